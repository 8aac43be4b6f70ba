"""Inputs: draws arguments for functions."""
