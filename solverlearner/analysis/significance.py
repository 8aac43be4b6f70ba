"""Significance: paired tests of two sides on the same items, adjustment for many tests, and a bootstrap of ratios.

Each test names its assumption. McNemar's takes items as independent, but the items of an episode that share shots or a
program are not. Flipping the signs of whole episodes takes only episodes as independent.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from solverlearner.analysis.intervals import Estimate

FLIPS = 100_000
"""How many sign patterns are drawn where they cannot all be counted."""

_FINEST = 100
_ROUNDING = 1e-9
_RESAMPLES = 2_000
_SEED = 0


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p value that two sides are right equally often (McNemar 1947).

    Of the items that exactly one side has right, these many are each side's. Items are taken as independent. With the
    items on which each side has the higher of two graded scores it is the exact sign test (Dixon & Mood 1946): that
    either side is higher equally often.
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    if only_first == only_second:
        return 1.0
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))  # of the factorials
    k = np.arange(fewer + 1)
    return min(1.0, 2 * float(np.exp(logs[n] - logs[k] - logs[n - k] - n * math.log(2)).sum()))


def flip_signs(differences: Sequence[float]) -> float:
    """The two-sided p value that swapping the sides of an episode changes nothing (Fisher 1935; Pitman 1937).

    `differences[e]` is how much more one side's scores of episode e add up to; its sign is as likely one as the other
    under the hypothesis. Episodes are independent, the items within one need not be. With G episodes that differ p is
    at least 2 / 2^G.

    The test is exact where the differences are multiples of a step (`sign_steps`), as counts of right answers are: all
    sign patterns count, by the distribution of their sum rather than one by one. Below 1e-30 it is Hoeffding's bound
    (1963) on that p. Otherwise it draws 100,000 patterns from a fixed seed; p is then at least 1 / 100,001 (Phipson &
    Smyth 2010).

    >>> flip_signs([3, 2, 1, 2, 4])
    0.0625
    """
    steps = sign_steps(differences)
    return _flip_random(differences) if steps is None else _flip_exactly(steps)


def sign_steps(differences: Sequence[float]) -> list[int] | None:
    """The differences as multiples of 1/k for the least k up to 100 that fits them all, else None."""
    for parts in range(1, _FINEST + 1):
        steps = [round(parts * each) for each in differences]
        if all(abs(step - parts * each) < _ROUNDING * parts for step, each in zip(steps, differences, strict=True)):
            return steps
    return None


def _flip_exactly(differences: Sequence[int]) -> float:
    sizes = [abs(difference) for difference in differences if difference]
    observed, squares = abs(sum(differences)), sum(size * size for size in sizes)
    if not observed:
        return 1.0
    span = min(sum(sizes), math.ceil(12 * math.sqrt(squares)))  # sums beyond have less than 1e-30 of the patterns
    if observed > span:
        return 2 * math.exp(-observed * observed / (2 * squares))
    chances = np.zeros(2 * span + 1)  # chances[span + s]: the signed sum is s
    chances[span] = 1.0
    for size in sizes:
        half = chances / 2
        chances = np.zeros_like(half)
        chances[size:] = half[:-size]
        chances[:-size] += half[size:]
    return min(1.0, 2 * float(chances[span + observed :].sum()))


def _flip_random(differences: Sequence[float]) -> float:
    sizes = np.abs(np.array([each for each in differences if abs(each) > _ROUNDING]))
    observed = abs(math.fsum(differences)) - _ROUNDING * len(sizes)
    rng, hits = np.random.default_rng(_SEED), 0
    at_once = max(1, 1_000_000 // max(1, len(sizes)))
    for start in range(0, FLIPS, at_once):
        signs = rng.integers(0, 2, size=(min(at_once, FLIPS - start), len(sizes)), dtype=np.int8) * 2.0 - 1.0
        hits += int((np.abs(signs @ sizes) >= observed).sum())
    return (hits + 1) / (FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p values adjusted so that the chance of any false finding among them stays at the level (Holm 1979)."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def bootstrap_ratio(totals: "np.ndarray[Any, Any]", sizes: "np.ndarray[Any, Any]") -> Estimate:
    """Σ totals / Σ sizes over clusters, with the percentile interval of resampled clusters (Efron 1979; Field & Welsh
    2007), for amounts that are no shares: tokens, seconds.

    2,000 resamples from a fixed seed. Few clusters give too narrow an interval, one cluster gives an empty one.
    """
    rng, groups = np.random.default_rng(_SEED), len(totals)
    ratios = np.empty(_RESAMPLES)
    at_once = max(1, 1_000_000 // groups)  # resamples held in memory together
    for start in range(0, _RESAMPLES, at_once):
        picks = rng.integers(groups, size=(min(at_once, _RESAMPLES - start), groups))
        ratios[start : start + len(picks)] = totals[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Estimate(float(totals.sum() / sizes.sum()), float(low), float(high))
