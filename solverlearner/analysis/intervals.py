"""Statistics: an interval on every accuracy, with episodes as clusters, and paired contrasts between settings.

Queries of an episode share its shots or its one program, so they are no independent trials: the episode is the cluster.
All intervals are two-sided at 95 %.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, correlation

_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def wilson(correct: float, n: float, z: float = _Z) -> Estimate:
    """Wilson's score interval for `correct` of `n` independent trials (Wilson 1927); n may be an effective size."""
    p = correct / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Estimate(p, max(0.0, centre - half), min(1.0, centre + half))


def accuracy(clusters: Sequence[Sequence[bool]]) -> Estimate | None:
    """Share of correct queries, clustered by episode; None without queries. The interval is `share`'s."""
    return share([*map(sum, clusters)], [*map(len, clusters)])


def share(correct: Sequence[float], sizes: Sequence[int]) -> Estimate | None:
    """Share of correct queries, of which cluster i has `correct[i]` of `sizes[i]`; None without queries.

    A cluster's count may be an expected one, and then is no whole number.

    Wilson's interval at the effective sample size (Korn & Graubard 1998; Dean & Pagano 2015): n shrinks by the design
    effect that the episodes show and by the t quantile that their number calls for. Where the effect cannot be seen,
    since all are right or all wrong, an episode counts as one trial.
    """
    clusters = [(count, size) for count, size in zip(correct, sizes, strict=True) if size]
    n = sum(sizes)
    if not n:
        return None
    p = sum(correct) / n
    size = _effective_n(clusters, n, p)
    return wilson(p * size, size)


def _effective_n(clusters: Sequence[tuple[float, int]], n: int, p: float) -> float:
    groups = len(clusters)
    if groups == 1 or p in (0.0, 1.0) or n == groups:
        return groups
    # Variance of a ratio, linearised: how far each episode's count is from what p promises it.
    spread = sum((count - p * size) ** 2 for count, size in clusters)
    variance = groups / (groups - 1) * spread / (n * n)
    if not variance:
        return n
    shrink = (_Z / t_quantile(groups - 1)) ** 2
    return min(float(n), p * (1 - p) / variance * shrink)


def contrast(arms: Sequence[Sequence[Sequence[bool]]], weights: Sequence[float]) -> Estimate | None:
    """`share_contrast` of verdicts: `arms[a][e]` holds arm a's queries of episode e, the same queries in every arm."""
    sizes = [len(cluster) for cluster in arms[0]]
    return share_contrast([[*map(sum, arm)] for arm in arms], sizes, weights)


def share_contrast(arms: Sequence[Sequence[int]], sizes: Sequence[int], weights: Sequence[float]) -> Estimate | None:
    """Weighted sum of the arms' accuracies on the same items: a difference (1, −1), an interaction (1, −1, −1, 1).

    Of the `sizes[e]` queries of episode e, arm a has `arms[a][e]` right; None without queries. The interval joins the
    arms' own ones, with their correlation over episodes (method of variance estimates recovery, Zou & Donner 2008; for
    two arms Newcombe 1998, method 10), so that it is never empty where a t interval would be. The correlation is
    shrunk by (G − 2) / G for G episodes, since few of them show it badly.
    """
    estimates = [share(arm, sizes) for arm in arms]
    whole = [estimate for estimate in estimates if estimate]
    if not whole or len(whole) < len(arms):
        return None
    value = sum(w * e.value for w, e in zip(weights, whole, strict=True))
    below = [w * (e.value - (e.low if w > 0 else e.high)) for w, e in zip(weights, whole, strict=True)]
    above = [w * ((e.high if w > 0 else e.low) - e.value) for w, e in zip(weights, whole, strict=True)]
    means = [[count / size for count, size in zip(arm, sizes, strict=True) if size] for arm in arms]
    signs = [math.copysign(1, w) for w in weights]
    low = value - _joint_length(below, means, signs)
    high = value + _joint_length(above, means, signs)
    most, least = sum(w for w in weights if w > 0), sum(w for w in weights if w < 0)
    return Estimate(value, max(least, low), min(most, high))


def _joint_length(parts: Sequence[float], means: Sequence[Sequence[float]], signs: Sequence[float]) -> float:
    """Root of the quadratic form of the parts, each a length, under the arms' correlations."""
    total = sum(part * part for part in parts)
    for i in range(len(parts)):
        for j in range(i):
            total += 2 * signs[i] * signs[j] * _correlation(means[i], means[j]) * parts[i] * parts[j]
    return math.sqrt(max(0.0, total))


def _correlation(x: Sequence[float], y: Sequence[float]) -> float:
    if len(x) < 3 or len(set(x)) == 1 or len(set(y)) == 1:
        return 0.0
    return correlation(x, y) * (len(x) - 2) / len(x)


def t_quantile(df: int) -> float:
    """The 97.5 % quantile of Student's t: exact for 1 and 2 degrees of freedom, else within 0.2 %.

    Expansion of Abramowitz & Stegun 1964, 26.7.5.
    """
    if df == 1:
        return math.tan(math.pi * 0.475)
    if df == 2:
        return 0.95 * math.sqrt(2 / (4 * 0.975 * 0.025))
    z = _Z
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / df**power for power, term in enumerate(terms, 1))
