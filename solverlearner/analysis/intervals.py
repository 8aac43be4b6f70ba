"""Intervals: for every accuracy, with episodes as clusters, and for paired contrasts between settings.

Queries of an episode share its shots or its one program, so they are not independent: the episode is the cluster.
All intervals are two-sided at 95 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from statistics import NormalDist, correlation

Z95 = NormalDist().inv_cdf(0.975)
"""The quantile of the normal distribution that a two-sided interval at 95 % needs."""
_TINY = 1e-9  # a sum of squares below is rounding alone


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(correct: float, n: float, z: float = Z95) -> Estimate:
    """Wilson's score interval for `correct` of `n` independent trials (Wilson 1927); n may be an effective size."""
    p = correct / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def accuracy(clusters: Sequence[Sequence[float]]) -> Estimate | None:
    """Mean score of queries, clustered by episode; None without queries. The interval is `share`'s."""
    squares = sum(score * score for cluster in clusters for score in cluster)
    return share([*map(sum, clusters)], [*map(len, clusters)], squares)


def share(totals: Sequence[float], sizes: Sequence[int], squares: float | None = None) -> Estimate | None:
    """Mean score of queries, of which cluster i has `sizes[i]` with the sum `totals[i]`; None without queries.

    Right and wrong queries are the special case of scores 1 and 0: the mean is then the share of right ones. `squares`
    is the sum of all squared scores, which graded scores need; None where all scores are 0 or 1, or where totals are
    expected counts.

    The interval is Wilson's at the effective sample size n* = m (1 − m) / V, with m the mean and V its variance over
    clusters (Korn & Graubard 1998; Dean & Pagano 2015), reduced by the t quantile that the number of clusters calls
    for. So n shrinks by the design effect that the episodes show. Graded scores scatter less than right and wrong
    ones with the same mean, m (1 − m), so n* may exceed n: the variance is taken as proportional to m (1 − m), as in
    the quasi-binomial model of Papke & Wooldridge (1996). The interval stays within 0 and 1. It assumes that clusters
    are independent. n* is at most the value for scores that do not cluster: n for right and wrong ones,
    n m (1 − m) / s² for graded ones with the variance s². If V is 0, n* is n. If all scores are 0 or all are 1, the
    data show no design effect, so each cluster counts as one trial.

    >>> share([3, 1], [4, 4])
    Estimate(value=0.5, low=0.094..., high=0.905...)
    """
    clusters = [(total, size) for total, size in zip(totals, sizes, strict=True) if size]
    n = sum(sizes)
    if not n:
        return None
    mean = sum(totals) / n
    size = _effective_n(clusters, n, mean, squares)
    return wilson(mean * size, size)


def _effective_n(clusters: Sequence[tuple[float, int]], n: int, mean: float, squares: float | None) -> float:
    groups = len(clusters)
    graded = squares is not None and squares != sum(total for total, _ in clusters)
    if groups == 1 or mean in (0.0, 1.0) or (n == groups and not graded):
        return groups
    # Variance of a ratio, linearised: the distance of each episode's total from its expectation.
    spread = sum((total - mean * size) ** 2 for total, size in clusters)
    if spread < _TINY:
        return n
    variance = groups / (groups - 1) * spread / (n * n)
    shrink = (Z95 / t_quantile(groups - 1)) ** 2
    effective = mean * (1 - mean) / variance * shrink
    if squares is None or not graded:
        return min(float(n), effective)
    own = squares / n - mean * mean
    return min(n * mean * (1 - mean) / own, effective) if own * n > _TINY else effective


def mean(totals: Sequence[float], sizes: Sequence[int]) -> Estimate | None:
    """Mean of any numbers, of which cluster i has `sizes[i]` with the sum `totals[i]`; None without any.

    The interval is that of Student's t over clusters, with the linearised variance of a ratio; of one cluster it is
    empty. Clusters have to be independent.

    >>> mean([1.0, 3.0], [1, 1]).value
    2.0
    """
    clusters = [(total, size) for total, size in zip(totals, sizes, strict=True) if size]
    if not clusters:
        return None
    n, groups = sum(size for _, size in clusters), len(clusters)
    value = math.fsum(total for total, _ in clusters) / n
    if groups == 1:
        return Estimate(value, value, value)
    spread = math.fsum((total - value * size) ** 2 for total, size in clusters)
    half = t_quantile(groups - 1) * math.sqrt(groups / (groups - 1) * spread) / n
    return Estimate(value, value - half, value + half)


def contrast(sides: Sequence[Sequence[Sequence[float]]], weights: Sequence[float]) -> Estimate | None:
    """`share_contrast` of scores: `sides[a][e]` holds side a's queries of episode e, the same queries on every side."""
    sizes = [len(cluster) for cluster in sides[0]]
    squares = [sum(score * score for cluster in side for score in cluster) for side in sides]
    return share_contrast([[*map(sum, side)] for side in sides], sizes, weights, squares)


def share_contrast(
    sides: Sequence[Sequence[float]],
    sizes: Sequence[int],
    weights: Sequence[float],
    squares: Sequence[float] | None = None,
) -> Estimate | None:
    """Weighted sum of mean scores on the same items: a difference (1, −1), an interaction (1, −1, −1, 1).

    Of the `sizes[e]` queries of episode e, side a has the sum `sides[a][e]`; None without queries. `squares` has each
    side's sum of squared scores, as in `share`. The interval joins the sides' own ones, with their correlation over
    episodes (method of variance estimates recovery, Zou & Donner 2008; for two sides Newcombe 1998, method 10), so
    that it is never empty where a t interval would be. The correlation is shrunk by (G − 2) / G for G episodes, since
    few of them show it badly. It assumes that episodes are independent.
    """
    estimates = [
        share(side, sizes, square) for side, square in zip(sides, squares or repeat(None, len(sides)), strict=True)
    ]
    whole = [estimate for estimate in estimates if estimate]
    if not whole or len(whole) < len(sides):
        return None
    value = sum(w * e.value for w, e in zip(weights, whole, strict=True))
    below = [w * (e.value - (e.low if w > 0 else e.high)) for w, e in zip(weights, whole, strict=True)]
    above = [w * ((e.high if w > 0 else e.low) - e.value) for w, e in zip(weights, whole, strict=True)]
    means = [[total / size for total, size in zip(side, sizes, strict=True) if size] for side in sides]
    signs = [math.copysign(1, w) for w in weights]
    low = value - _joint_length(below, means, signs)
    high = value + _joint_length(above, means, signs)
    most, least = sum(w for w in weights if w > 0), sum(w for w in weights if w < 0)
    return Estimate(value, max(least, low), min(most, high))


def _joint_length(parts: Sequence[float], means: Sequence[Sequence[float]], signs: Sequence[float]) -> float:
    """Root of the quadratic form of the parts, each a length, under the sides' correlations."""
    total = sum(part * part for part in parts)
    for i in range(len(parts)):
        for j in range(i):
            total += 2 * signs[i] * signs[j] * _correlation(means[i], means[j]) * parts[i] * parts[j]
    return math.sqrt(max(0.0, total))


def _correlation(x: Sequence[float], y: Sequence[float]) -> float:
    if len(x) < 3 or len(set(x)) == 1 or len(set(y)) == 1:
        return 0.0
    return correlation(x, y) * (len(x) - 2) / len(x)


def t_quantile(df: int, level: float = 0.975) -> float:
    """A quantile of Student's t, from 50 to 97.5 %: exact for 1 and 2 degrees of freedom, else within 0.2 %.

    Expansion of Abramowitz & Stegun 1964, 26.7.5.
    """
    if df == 1:
        return math.tan(math.pi * (level - 0.5))
    if df == 2:
        return (2 * level - 1) * math.sqrt(1 / (2 * level * (1 - level)))
    z = NormalDist().inv_cdf(level)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / df**power for power, term in enumerate(terms, 1))
