"""Case2Code: the data format of real functions: programs, their values as JSON, and cases (input, output)."""
