"""Chance: numbers from `rng.random()` alone, the one method whose sequence Python promises to keep."""

from random import Random


def below(rng: Random, count: int) -> int:
    """One of 0 … count - 1."""
    return int(rng.random() * count)
