"""Paired: tests of two arms on the same items, and what many tests or unusual means need beside them.

What the tests assume is said with each: McNemar's takes items as independent, which the items of an episode are not
once they share shots or a program; flipping whole episodes takes only episodes as independent.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from solverlearner.analysis.intervals import Estimate

_RESAMPLES = 2_000
_SEED = 0


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p value that two arms are right equally often (McNemar 1947).

    Of the items on which exactly one arm is right, these many are each arm's. Items are taken as independent.
    """
    n, fewer = only_first + only_second, min(only_first, only_second)
    if only_first == only_second:
        return 1.0
    logs = np.concatenate(([0.0], np.cumsum(np.log(np.arange(1, n + 1)))))  # of the factorials
    k = np.arange(fewer + 1)
    return min(1.0, 2 * float(np.exp(logs[n] - logs[k] - logs[n - k] - n * math.log(2)).sum()))


def flip_signs(differences: Sequence[int]) -> float:
    """The exact two-sided p value that swapping the arms of an episode changes nothing (Fisher 1935; Pitman 1937).

    `differences[e]` is how many more of episode e's items one arm has right: a whole number, whose sign is as likely
    one as the other under the hypothesis. Episodes are independent, the items within one need not be. All sign
    patterns count, by the distribution of their sum rather than one by one. With G episodes that differ p is at least
    2 / 2^G. Below 1e-30 it is Hoeffding's bound (1963) on that p.
    """
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
