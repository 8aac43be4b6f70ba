"""Chance: choices from `rng.random()` alone, the one method whose sequence Python promises to keep."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


def below(rng: Random, count: int) -> int:
    """One of 0 … count - 1."""
    return int(rng.random() * count)


def one_of(rng: Random, items: Sequence[T]) -> T:
    """One element."""
    return items[int(rng.random() * len(items))]


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The elements in another order."""
    return [item for _, item in sorted(((rng.random(), item) for item in items), key=lambda pair: pair[0])]
