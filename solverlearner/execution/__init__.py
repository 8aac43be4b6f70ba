"""Execution: runs programs that a model wrote, in confined processes."""
