"""Chance: random numbers from `rng.random()` only, the method whose sequence Python guarantees across versions."""

from random import Random


def below(rng: Random, count: int) -> int:
    """A random integer from 0 to count - 1."""
    return int(rng.random() * count)
