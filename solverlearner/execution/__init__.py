"""Execution: runs programs that a model wrote, in processes that can harm nothing."""
