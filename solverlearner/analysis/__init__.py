"""Analysis: turns rows into numbers: intervals, tests, summaries, and tables as data."""
