"""Synth: makes Case2Code data from Python files."""
