"""Functions: finds usable functions in Python files."""
