"""Evaluation: turns replies into scored rows in a run folder."""
