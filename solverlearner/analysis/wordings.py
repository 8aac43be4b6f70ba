"""Wordings: accuracies and effects over several wordings of the prompts, which are a second random factor.

A run with one wording answers for this wording alone. Where rows have several, the wordings asked are taken as draws of
the wordings that might have been written, as episodes are draws of items (Clark 1973; Judd, Westfall & Kenny 2012).
Only the standard library is needed: a run prints its summary without loading numpy.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from typing import Any

from solverlearner.analysis.intervals import Z95, Estimate, share_contrast, t_quantile, wilson
from solverlearner.design.setting import ASKABLE, all_effects

ALL_WORDINGS = "all"
"""The value of the option `wording` under which each episode draws one."""

_TINY = 1e-12

Place = tuple[int, int]
"""Wording and episode; the episode's number tells several seeds apart."""

Asked = tuple[int, int, int, int]
"""Wording, episode, query and sample of one score."""


@dataclass(frozen=True)
class OverWordings:
    """An accuracy or an effect over several wordings.

    `estimate` has a 95 % interval that covers both factors, episodes and wordings. `spread` is the standard deviation
    of the true accuracy (or effect) between wordings, in the unit of the estimate. `share` is the wordings' share of
    the variance of a query's score, 0 to 1. Both are 0 where wordings differ no more than episodes explain.
    """

    estimate: Estimate
    wordings: int
    episodes: int
    spread: float
    share: float


@dataclass(frozen=True)
class PlaceSum:
    """The queries of one episode in one wording: sum of scores (or of differences), of their squares, and number."""

    total: float
    squares: float
    size: int


def over_wordings(sums: Mapping[Place, PlaceSum], *, bounded: bool) -> OverWordings | None:
    """The mean over all queries, with both factors in its interval; None with fewer than two wordings or episodes.

    Episodes that have one wording each, as under `wording=all`, are nested in wordings, which are then the clusters.
    The variance of the mean is that between wordings, with one degree of freedom less than there are wordings. Episodes
    that are asked in several are crossed with them: the variance is V_w + V_e − V_we, by wording, by episode, and of
    what neither explains (Cornfield & Tukey 1956), with Satterthwaite's degrees of freedom (1946), rounded down.
    `bounded`: a mean of scores from 0 to 1, whose interval is Wilson's at the effective sample size n* = m (1 − m) / V,
    as `intervals.share` has it. Of differences it is a t interval.

    >>> sums = {(w, e): PlaceSum(total, total, 4) for w, e, total in ((0, 0, 4), (0, 1, 3), (1, 2, 2), (1, 3, 1))}
    >>> over_wordings(sums, bounded=False).estimate.value
    0.625
    """
    n = sum(each.size for each in sums.values())
    wordings, episodes = {wording for wording, _ in sums}, {episode for _, episode in sums}
    if len(wordings) < 2 or len(episodes) < 2 or not n:
        return None
    mean = math.fsum(each.total for each in sums.values()) / n
    parts = _parts(sums, mean, n)
    between = max(0.0, parts.of_wording - parts.of_rest) / _unevenness(sums, n)
    of_query = math.fsum(each.squares for each in sums.values()) / n - mean * mean
    share = min(1.0, between / of_query) if of_query > _TINY else 0.0
    estimate = _interval(mean, n, *parts.joined, bounded)
    return OverWordings(estimate, len(wordings), len(episodes), math.sqrt(between), share)


@dataclass(frozen=True)
class _Parts:
    """The variance of the mean as wordings alone show it, as episodes alone do (None: nested), and as the rest does."""

    of_wording: float
    of_episode: float | None
    of_rest: float
    wordings: int
    episodes: int
    rest_df: int

    @property
    def joined(self) -> tuple[float, int]:
        """The variance from both factors and its degrees of freedom; each factor alone is the least that it can be."""
        first = self.of_wording, self.wordings - 1
        if self.of_episode is None:
            return first
        variance = max(self.of_wording + self.of_episode - self.of_rest, self.of_wording, self.of_episode)
        parts = (first, (self.of_episode, self.episodes - 1), (self.of_rest, self.rest_df))
        terms = sum(part * part / df for part, df in parts)
        return variance, max(1, int(variance**2 / terms + 1e-9)) if terms else self.wordings - 1


def _parts(sums: Mapping[Place, PlaceSum], mean: float, n: int) -> _Parts:
    of_wording, of_episode = _margins(sums, 0, mean), _margins(sums, 1, mean)
    wordings, episodes, places = len(of_wording), len(of_episode), len(sums)
    nested = places == episodes
    rests = []
    for (wording, episode), each in sums.items():
        explained = of_wording[wording].rate + (0.0 if nested else of_episode[episode].rate)
        rests.append(each.total - (mean + explained) * each.size)
    df = max(1, places - wordings - (0 if nested else episodes - 1))
    return _Parts(
        of_wording=_variance([each.rest for each in of_wording.values()], wordings - 1, n),
        of_episode=None if nested else _variance([each.rest for each in of_episode.values()], episodes - 1, n),
        of_rest=_variance(rests, df, n),
        wordings=wordings,
        episodes=episodes,
        rest_df=df,
    )


@dataclass
class _Margin:
    """One wording or one episode: how far its sum is from its expectation, and its queries."""

    rest: float = 0.0
    size: int = 0

    @property
    def rate(self) -> float:
        """How far its mean is from the mean of all."""
        return self.rest / self.size


def _margins(sums: Mapping[Place, PlaceSum], factor: int, mean: float) -> dict[int, _Margin]:
    found: dict[int, _Margin] = {}
    for place, each in sums.items():
        margin = found.setdefault(place[factor], _Margin())
        margin.rest += each.total - mean * each.size
        margin.size += each.size
    return found


def _variance(rests: Sequence[float], df: int, n: int) -> float:
    """The variance of the mean that these clusters show, linearised as a ratio's."""
    return len(rests) / df * math.fsum(rest * rest for rest in rests) / n**2


def _unevenness(sums: Mapping[Place, PlaceSum], n: int) -> float:
    """The factor by which the variance between wordings comes into the mean: 1 / wordings where all are asked alike."""
    return sum(margin.size**2 for margin in _margins(sums, 0, 0.0).values()) / n**2


def _interval(mean: float, n: int, variance: float, df: int, bounded: bool) -> Estimate:
    if not bounded:
        half = t_quantile(df) * math.sqrt(variance)
        return Estimate(mean, mean - half, mean + half)
    if variance < _TINY:
        size: float = df + 1 if mean in (0.0, 1.0) else n
    else:
        size = min(float(n), mean * (1 - mean) / variance * (Z95 / t_quantile(df)) ** 2)
    return wilson(mean * size, size)


def wordings_record(found: Mapping[str, OverWordings]) -> dict[str, Any]:
    """Plain values for `summary.json`, under the key "wordings"; nothing where no two wordings were asked."""
    told = {}
    for name, each in found.items():
        ends = {key: round(value, 6) for key, value in asdict(each.estimate).items()}
        sizes = {"wordings": each.wordings, "episodes": each.episodes}
        told[name] = {**ends, "spread": round(each.spread, 6), "share": round(each.share, 6), **sizes}
    return {"wordings": told} if told else {}


class Wordings:
    """The scores of each setting by wording, and what they give over all wordings.

    wordings = Wordings()
    for row in rows:
        wordings.add_row(row)
    wordings.found()["io"].share
    """

    def __init__(self) -> None:
        self._scores: dict[str, dict[Asked, float]] = {}

    def add_row(self, row: Mapping[str, Any], seed: int = 0) -> None:
        """Take one row; one without a wording or a score, or of another setting than the askable ones, is left out."""
        if row.get("wording") is None or row["score"] is None or row["setting"] not in ASKABLE:
            return
        place = row["wording"], (seed << 32) + row["episode"], row["query"], row["sample"]
        self._scores.setdefault(row["setting"], {})[place] = row["score"]

    def found(self) -> dict[str, OverWordings]:
        """Accuracies by setting, in the order of the square, then effects by title; those with two wordings or more."""
        accuracies = {name: self._of([name], [1]) for name in ASKABLE if name in self._scores}
        effects = {each.title: self._of(each.settings, each.weights) for each in all_effects()}
        return {name: each for name, each in (accuracies | effects).items() if each}

    def _of(self, names: Sequence[str], weights: Sequence[float]) -> OverWordings | None:
        if not {*names} <= {*self._scores}:
            return None
        return contrast_over_wordings([self._scores[name] for name in names], weights)


def contrast_over_wordings(asked: Sequence[Mapping[Asked, float]], weights: Sequence[float]) -> OverWordings | None:
    """A weighted sum of the scores of several sides, on the queries that all of them answered in a wording.

    One side is an accuracy; two with the weights 1 and −1 are a difference. None with fewer than two wordings or
    episodes.

    >>> first = {(wording, episode, 0, 0): 1.0 for wording in (0, 1) for episode in (0, 1)}
    >>> contrast_over_wordings([first, dict.fromkeys(first, 0.0)], (1, -1)).estimate.value
    1.0
    """
    values: dict[Place, list[float]] = {}
    for place in asked[0]:
        if all(place in scores for scores in asked):
            value = math.fsum(w * scores[place] for w, scores in zip(weights, asked, strict=True))
            values.setdefault(place[:2], []).append(value)
    sums = {place: PlaceSum(math.fsum(own), math.fsum(x * x for x in own), len(own)) for place, own in values.items()}
    found = over_wordings(sums, bounded=len(asked) == 1)
    if not found:
        return None
    mean, low, high = astuple(found.estimate)
    if low == high:  # all differences are alike, which few of them may be
        return replace(found, estimate=_never_empty(asked, weights, {place[0] for place in sums}))
    least, most = (math.fsum(w for w in weights if w * sign > 0) for sign in (-1, 1))
    return replace(found, estimate=Estimate(mean, max(least, low), min(most, high)))


def _never_empty(asked: Sequence[Mapping[Asked, float]], weights: Sequence[float], wordings: set[int]) -> Estimate:
    """`share_contrast` with wordings as clusters, on the queries that all of these sides answered."""
    places = [place for place in asked[0] if all(place in scores for scores in asked)]
    own = [[place for place in places if place[0] == wording] for wording in sorted(wordings)]
    sides = [[math.fsum(scores[place] for place in each) for each in own] for scores in asked]
    estimate = share_contrast(sides, [*map(len, own)], weights)
    assert estimate is not None
    return estimate
