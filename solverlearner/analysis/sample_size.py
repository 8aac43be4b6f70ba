"""Power: how many episodes and queries tell an effect from none, by the variance and the correlation of a pilot run.

The design is paired: all settings, or both models, get the same items, so what varies is the difference of a query's
scores. Queries of an episode share shots or a program, so differences of one episode are alike: the episode is the
cluster (Donner & Klar 2000, chapter 5; Raudenbush 1997).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from solverlearner.analysis.intervals import t_quantile

QUERIES = (1, 2, 5, 10, 20, 50)
"""Queries per episode for which episodes are told."""

SURE = 0.8
"""The chance at which a plan is enough although the pilot's variance is an estimate."""

_MOST = 1_000_000
_TINY = 1e-12


@dataclass(frozen=True)
class Components:
    """The variance of a query's difference: between episodes and within one, from a pilot of so many clusters.

    `size`: the queries of a cluster, in the mean. `floored`: the pilot shows less variance than any effect of the
    wanted size has, so that one is taken.
    """

    between: float
    within: float
    clusters: int
    size: float = 1.0
    floored: bool = False

    @property
    def deviation(self) -> float:
        """The standard deviation of a query's difference."""
        return math.sqrt(self.between + self.within)

    @property
    def correlation(self) -> float:
        """The share of the variance that lies between episodes, 0 to 1: how alike two queries of one episode are."""
        whole = self.between + self.within
        return self.between / whole if whole else 0.0

    def at_least(self, effect: float) -> "Components":
        """The components that a plan for an effect takes.

        Scores of right and wrong differ by 1, so an effect e has at least the variance e (1 − e), which a small pilot
        may miss. The correlation stays; of a pilot without any variance it is not known, and 0.
        """
        least, whole = effect * (1 - effect), self.between + self.within
        if whole >= least:
            return self
        share = self.correlation
        return replace(self, between=least * share, within=least * (1 - share), floored=True)

    @property
    def cautious(self) -> "Components":
        """The components at the upper end of what the pilot leaves open: enough with a chance of 80 %.

        A pilot's variance is an estimate, and a plan with it is too small in half of all cases (Browne 1995). The upper
        end is that of the variance of episodes' means, put between episodes, so that it holds for more queries too.
        The χ² quantile is Wilson & Hilferty's (1931). A pilot without any variance may have missed any correlation.
        """
        if not self.between + self.within:
            return replace(self, between=_TINY)
        df = self.clusters - 1
        quantile = df * (1 - 2 / (9 * df) + NormalDist().inv_cdf(1 - SURE) * math.sqrt(2 / (9 * df))) ** 3
        upper = (self.between + self.within / self.size) * max(1.0, df / quantile)
        return replace(self, between=upper - self.within / self.size)


def components(clusters: Iterable[Sequence[float]]) -> Components | None:
    """The components of variance of differences, given by cluster; None with fewer than two clusters.

    One-way analysis of variance of clusters of unlike sizes (Searle, Casella & McCulloch 1992, 3.6): the variance
    between clusters is at least 0. Clusters of one query show their sum alone, which then counts as within.

    >>> components([[1, 1], [0, 0], [1, 0]]).correlation
    0.5
    """
    found = [cluster for cluster in clusters if cluster]
    n, groups = sum(map(len, found)), len(found)
    if groups < 2:
        return None
    means = [math.fsum(cluster) / len(cluster) for cluster in found]
    grand = math.fsum(map(math.fsum, found)) / n
    of_means = math.fsum(len(c) * (m - grand) ** 2 for c, m in zip(found, means, strict=True)) / (groups - 1)
    if n == groups:
        return Components(0.0, of_means, groups)
    within = math.fsum((x - m) ** 2 for c, m in zip(found, means, strict=True) for x in c) / (n - groups)
    size = (n - sum(len(cluster) ** 2 for cluster in found) / n) / (groups - 1)
    return Components(max(0.0, (of_means - within) / size), within, groups, n / groups)


def fewest_clusters(alpha: float) -> int:
    """The clusters with which the test of swapped signs can be significant: its least p value is 2 / 2^G.

    >>> fewest_clusters(0.05)
    6
    """
    return math.ceil(math.log2(2 / alpha))


def episodes_needed(found: Components, queries: float, effect: float, power: float, alpha: float) -> int:
    """The fewest episodes of so many queries with which a two-sided test at `alpha` tells the effect with this power.

    The power is that of the paired t test over episodes: E episodes are enough if effect ≥ (t₁₋α⁄₂ + t_power) × √V + c,
    with V = (between + within / queries) / E and E − 1 degrees of freedom. The test of `compare` is exact and its sums
    come in steps, so c is one right answer of all, a correction for continuity. At most 1,000,000.

    >>> episodes_needed(Components(0.02, 0.18, 20), 5, 0.1, 0.8, 0.05)
    50
    """
    low, high = fewest_clusters(alpha), _MOST
    while low < high:
        middle = (low + high) // 2
        if _told_effect(found, middle, queries, power, alpha) <= effect:
            high = middle
        else:
            low = middle + 1
    return low


def least_effect(found: Components, episodes: int, queries: float, power: float, alpha: float) -> float | None:
    """The smallest effect that so many episodes and queries tell; None with too few episodes for the test."""
    if episodes < fewest_clusters(alpha):
        return None
    return _told_effect(found, episodes, queries, power, alpha)


def _told_effect(found: Components, episodes: int, queries: float, power: float, alpha: float) -> float:
    df = episodes - 1
    error = math.sqrt((found.between + found.within / queries) / episodes)
    return (t_quantile(df, 1 - alpha / 2) + t_quantile(df, power)) * error + 1 / (episodes * queries)
