"""Trend: how accuracies of several variants go with a number that each variant has."""

import math
from collections.abc import Sequence
from itertools import permutations
from statistics import correlation, fmean

import numpy as np

from solverlearner.analysis.intervals import Z95, Estimate, t_quantile

FEWEST = 4
"""Variants that a trend needs: with fewer, one of 3! orders is no evidence."""

_COUNTED_UP_TO = 8
_SHUFFLES = 100_000
_SEED = 0


def slope(numbers: Sequence[float], accuracies: Sequence[Estimate]) -> Estimate | None:
    """The slope of the least-squares line of accuracy on the numbers; None where the numbers are all the same.

    It is a weighted sum of the accuracies, so its interval joins theirs (Zou & Donner 2008), which take queries as the
    sample and the variants as given. Accuracies of different variants count as independent.
    """
    middle = fmean(numbers)
    spread = math.fsum((number - middle) ** 2 for number in numbers)
    if not spread:
        return None
    weights = [(number - middle) / spread for number in numbers]
    value = math.fsum(weight * each.value for weight, each in zip(weights, accuracies, strict=True))
    ends = [
        (each.low, each.high) if weight > 0 else (each.high, each.low)
        for weight, each in zip(weights, accuracies, strict=True)
    ]
    below = math.fsum(
        (w * (each.value - low)) ** 2 for w, each, (low, _) in zip(weights, accuracies, ends, strict=True)
    )
    above = math.fsum(
        (w * (high - each.value)) ** 2 for w, each, (_, high) in zip(weights, accuracies, ends, strict=True)
    )
    return Estimate(value, value - math.sqrt(below), value + math.sqrt(above))


def slope_over(numbers: Sequence[float], values: Sequence[float]) -> Estimate | None:
    """The slope of the least-squares line of values on the numbers, where the pairs are the sample.

    The interval has the variance HC3 (MacKinnon & White 1985), which holds where values scatter unequally, and the t
    quantile of n − 2. None where the numbers are all the same, or one of them alone differs.
    """
    x, y = np.array(numbers) - fmean(numbers), np.array(values) - fmean(values)
    n, spread = len(x), float(x @ x)
    leverage = 1 / n + x * x / spread if spread else np.ones(n)
    if n < 3 or leverage.max() > 1 - 1e-9:
        return None
    value = float(x @ y) / spread
    error = math.sqrt(float((x * (y - value * x) / (1 - leverage)) @ (x * (y - value * x) / (1 - leverage)))) / spread
    half = t_quantile(n - 2) * error
    return Estimate(value, value - half, value + half)


def rank_correlation(numbers: Sequence[float], values: Sequence[float]) -> tuple[Estimate, float] | None:
    """Spearman's rank correlation with its interval and the p value of none; None where either side is constant.

    Variants are the sample. The interval is Bonett & Wright's (2000); a perfect correlation counts for it as half a
    step below, since Fisher's transformation has no value there. p is two-sided: the share of orders of the values
    with a correlation as large, all orders up to 8 variants, else 100,000 random ones.

    >>> rank_correlation([1, 2, 3, 4], [0.1, 0.2, 0.4, 0.8])[1]
    0.08333333333333333
    """
    one, other = _ranks(numbers), _ranks(values)
    if len({*one}) == 1 or len({*other}) == 1:
        return None
    found, n = correlation(one, other), len(one)
    limit = 1 - 6 / (n**3 - n)
    centre = math.atanh(max(-limit, min(limit, found)))
    half = Z95 * math.sqrt((1 + found * found / 2) / (n - 3))
    return Estimate(found, math.tanh(centre - half), math.tanh(centre + half)), _p_value(one, other)


def _ranks(values: Sequence[float]) -> list[float]:
    """Ranks from 0; equal values share the mean of theirs."""
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) - 1) / 2 for value in values]


def _p_value(one: Sequence[float], other: Sequence[float]) -> float:
    centred = np.array(one) - fmean(one)
    observed = abs(float(centred @ np.array(other))) - 1e-9
    if len(other) <= _COUNTED_UP_TO:
        orders = np.array([*permutations(other)])
        return float((np.abs(orders @ centred) >= observed).mean())
    rng = np.random.default_rng(_SEED)
    orders = rng.permuted(np.tile(np.array(other), (_SHUFFLES, 1)), axis=1)
    return float(((np.abs(orders @ centred) >= observed).sum() + 1) / (_SHUFFLES + 1))
