"""Inputs: draws arguments that a function can be called with."""
