"""Stratified: a difference of two sides pooled over strata of clusters, its interval, and what it could have told.

Strata, as the variants of a task, are fixed: the question is about these variants and no others. Clusters within them
are independent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solverlearner.analysis.intervals import Estimate, share_contrast, t_quantile
from solverlearner.analysis.significance import flip_signs

POWER = 0.8
"""The power at which a difference counts as one that a test could have told."""

FEWEST = 6
"""The clusters that the test needs: with five, all of one sign, its p value is 2 / 2^5 = 0.0625."""

_TINY = 1e-9

Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True)
class StratifiedEffect:
    """A difference of mean scores over all strata. `detectable` is None where there are too few clusters for a test."""

    estimate: Estimate
    detectable: float | None
    p: float


def stratified_effect(
    sides: Sequence[Numbers], sizes: Numbers, strata: Numbers, squares: Sequence[float] | None = None
) -> StratifiedEffect:
    """First less second side, each query counting once. Cluster c has `sizes[c]` queries and is of `strata[c]`.

    `sides[a][c]` is the sum of side a's scores in cluster c, and `squares` each side's sum of squared scores, which
    graded scores need.

    The p value is `flip_signs` of the clusters' differences: exact, whatever the strata, if the sides are
    interchangeable in each cluster. The interval is a t interval with the variance within strata (Cochran 1977, 5.4)
    and Satterthwaite's degrees of freedom (1946), rounded down. Strata of one cluster are collapsed into one (Cochran
    1977, 5A.12). With one stratum, or without variance, it is `share_contrast`'s, which is never empty.

    `detectable` is the difference that the test tells from none in 80 % of such samples, by the t approximation.

    >>> first, second, sizes = np.array([4, 3, 5, 4, 4, 5]), np.array([3, 3, 3, 2, 4, 3]), np.full(6, 5)
    >>> stratified_effect((first, second), sizes, np.array([0, 0, 0, 1, 1, 1])).estimate
    Estimate(value=0.2333..., low=-0.0469..., high=0.5136...)
    """
    differences = np.asarray(sides[0], dtype=float) - sides[1]
    variance, df = _variance(differences, np.asarray(sizes), _collapsed(np.asarray(strata)))
    if variance > _TINY**2:
        value, error = float(differences.sum() / sizes.sum()), math.sqrt(variance)
        half = t_quantile(df) * error
        estimate = Estimate(value, max(-1.0, value - half), min(1.0, value + half))
    else:
        lists = [np.asarray(side).tolist() for side in sides]
        found = share_contrast(lists, np.asarray(sizes).tolist(), (1, -1), squares)
        assert found is not None  # there are queries
        estimate, df = found, max(1, len(differences) - 1)
        error = (found.high - found.low) / 2 / t_quantile(df)
    detectable = (t_quantile(df) + t_quantile(df, POWER)) * error if len(differences) >= FEWEST else None
    return StratifiedEffect(estimate, detectable, flip_signs(differences.tolist()))


def _collapsed(strata: Numbers) -> Numbers:
    """The strata as numbers, in which those of one cluster are joined, a single one to the smallest other."""
    codes = np.unique(strata, return_inverse=True)[1]
    counts = np.bincount(codes)
    alone = np.flatnonzero(counts == 1)
    if len(alone) == 1 and len(counts) > 1:
        counts[alone] = counts.max() + 1
        alone = np.append(alone, counts.argmin())
    codes[np.isin(codes, alone)] = alone[0] if len(alone) else 0
    return codes


def _variance(differences: Numbers, sizes: Numbers, strata: Numbers) -> tuple[float, int]:
    """The variance of Σ differences / Σ sizes within strata, and its degrees of freedom; 0 with one stratum."""
    parts, terms = 0.0, 0.0
    groups = np.unique(strata)
    for stratum in groups if len(groups) > 1 else ():
        own = strata == stratum
        count = int(own.sum())
        rest = differences[own] - differences[own].sum() / sizes[own].sum() * sizes[own]
        part = count / (count - 1) * float((rest**2).sum())
        parts, terms = parts + part, terms + part * part / (count - 1)
    return parts / float(sizes.sum()) ** 2, max(1, int(parts * parts / terms + _TINY)) if terms else 1
