"""Hydra's configuration: the options and their defaults, and the groups task, model and executor."""
