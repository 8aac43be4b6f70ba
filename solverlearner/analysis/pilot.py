"""Pilot: what a small run tells of a larger one: the components of each effect's variance, and calls and dollars."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.comparison import Comparison
from solverlearner.analysis.sample_size import (
    QUERIES,
    Components,
    components,
    episodes_needed,
    least_effect,
)
from solverlearner.design.setting import all_effects, setting_named
from solverlearner.errors import UsageError, check_range


@dataclass(frozen=True)
class Wanted:
    """What is to be found: an effect of this size (share of 1), with this power, by a two-sided test at `alpha`.

    Raises: UsageError for a value that is out of range.
    """

    effect: float = 0.1
    power: float = 0.8
    alpha: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.effect <= 1:
            raise UsageError(f"effect={self.effect:g}", "must be above 0 and at most 1: effect=0.1 is 10 points")
        if not 0.5 <= self.power <= 0.99:
            raise UsageError(f"power={self.power:g}", "must be from 0.5 to 0.99")
        check_range("alpha", self.alpha, 0.001, 0.2)


@dataclass(frozen=True)
class Asked:
    """The calls of one setting: how many a query (of a program: an episode) and sample takes, and their dollars.

    `samples` are those of each prompt; `usd` is None where the price or the tokens are not known.
    """

    setting: str
    calls: float
    usd: float | None
    samples: int

    def times(self, episodes: int, queries: int) -> int:
        """How often this is asked by a run of this size."""
        known = setting_named(self.setting)
        return episodes * self.samples * (1 if known and known.writes_program else queries)


@dataclass(frozen=True)
class PilotEffect:
    """One effect of a pilot. `found` is None where it has one cluster: one episode, or one program for all of them.

    `items` are the samples of a query, each of which is an item; `value` is the effect that the pilot itself shows.
    """

    title: str
    value: float
    found: Components | None
    episodes: int
    queries: float
    asked: tuple[Asked, ...]
    shared: bool = False
    """Whether episodes share programs, so that there are fewer clusters than episodes."""

    @property
    def items(self) -> int:
        """The samples of each query."""
        return max(each.samples for each in self.asked)

    def told(self, wanted: Wanted) -> float | None:
        """The smallest effect that the pilot itself could have told; None with too few clusters."""
        if self.found is None:
            return None
        size = self.queries * self.items
        return least_effect(self.found, self.found.clusters, size, wanted.power, wanted.alpha)

    def episodes_for(self, queries: int, wanted: Wanted) -> tuple[int, int] | None:
        """Episodes of so many queries: by the pilot's variance as it is, and so many that they are surely enough."""
        if self.found is None:
            return None
        size = (queries * self.items, wanted.effect, wanted.power, wanted.alpha)
        plain, high = (each.at_least(wanted.effect) for each in (self.found, self.found.cautious))
        return episodes_needed(plain, *size), episodes_needed(high, *size)


@dataclass(frozen=True)
class Size:
    """A run that would tell every effect that is planned: its episodes, calls, and dollars if prices are known."""

    queries: int
    episodes: tuple[int, int]
    calls: tuple[int, int]
    usd: tuple[float, float] | None


def pilot_effects(cell: Cell) -> list[PilotEffect]:
    """The effects whose settings the pilot has. Raises: UsageError where it has none."""
    scores, samples = cell.summary.scores, _samples(cell)
    found = []
    for effect in all_effects():
        if clusters := scores.differences(effect.settings, effect.weights):
            asked = tuple(_asked(cell, name, samples) for name in effect.settings)
            shared = any(cell.summary.fewer(name) for name in effect.settings)
            found.append(_effect(effect.title, clusters, asked, shared=shared))
    if not found:
        there = ", ".join(cell.settings)
        raise UsageError("power", f"this pilot has no two settings that an effect compares; it has {there}")
    return found


def pilot_pair(pair: Comparison, title: str) -> PilotEffect:
    """The difference of two sides as an effect."""
    items = pair.items
    cluster = items["shared"].where(items["shared"] >= 0, items["seed"] * 1_000_003 + items["episode"])
    differences = (items["first"] - items["second"]).groupby([items["shared"] >= 0, cluster])
    asked = tuple(_asked(side.cell, side.setting, _samples(side.cell)) for side in (pair.first, pair.second))
    shared = bool((items["shared"] >= 0).any())
    return _effect(title, [each.tolist() for _, each in differences], asked, shared=shared)


def _effect(title: str, clusters: Sequence[Sequence[float]], asked: tuple[Asked, ...], *, shared: bool) -> PilotEffect:
    n = sum(map(len, clusters))
    items = max(each.samples for each in asked)
    value = math.fsum(map(math.fsum, clusters)) / n
    return PilotEffect(title, value, components(clusters), len(clusters), n / len(clusters) / items, asked, shared)


def _samples(cell: Cell) -> int:
    return int(str(cell.options.get("samples") or 1))


def _asked(cell: Cell, setting: str, samples: int) -> Asked:
    rows = cell.settings[setting]
    answered = rows[rows["score"].notna()]
    usd = float(answered["usd"].mean())
    return Asked(setting, float(answered["calls"].mean()), None if math.isnan(usd) else usd, samples)


def sizes(effects: Iterable[PilotEffect], wanted: Wanted) -> Iterator[Size]:
    """By queries per episode the run that tells all of these effects; those that no number tells are left out."""
    effects = [each for each in effects if each.found]
    asked = {(each.setting, number): each for effect in effects for number, each in _numbered(effect)}.values()
    for queries in QUERIES:
        both = [found for each in effects if (found := each.episodes_for(queries, wanted))]
        if not both:
            return
        low, high = max(each[0] for each in both), max(each[1] for each in both)
        calls = [round(sum(each.times(n, queries) * each.calls for each in asked)) for n in (low, high)]
        priced = [[each.times(n, queries) * each.usd for each in asked if each.usd is not None] for n in (low, high)]
        known = len(priced[0]) == len(asked)
        yield Size(queries, (low, high), (calls[0], calls[1]), (sum(priced[0]), sum(priced[1])) if known else None)


def _numbered(effect: PilotEffect) -> Iterator[tuple[int, Asked]]:
    """A setting that stands twice in an effect is asked of two models, or under two conditions."""
    seen: dict[str, int] = {}
    for each in effect.asked:
        seen[each.setting] = seen.get(each.setting, -1) + 1
        yield seen[each.setting], each


def power_frame(effects: Sequence[PilotEffect], wanted: Wanted) -> pd.DataFrame:
    """A row for each effect and number of queries per episode, and one for all effects together."""
    records: list[Mapping[str, Any]] = []
    for each in effects:
        for queries in QUERIES:
            both = each.episodes_for(queries, wanted) or (None, None)
            size = {"queries": queries, "episodes": both[0], "episodes_sure": both[1]}
            known = each.found
            told = {"deviation": known.deviation, "correlation": known.correlation} if known else {}
            pilot = {"pilot_value": each.value, "pilot_clusters": each.episodes, "pilot_tells": each.told(wanted)}
            records.append({"effect": each.title, **size, **told, **pilot})
    for whole in sizes(effects, wanted):
        episodes = {"queries": whole.queries, "episodes": whole.episodes[0], "episodes_sure": whole.episodes[1]}
        dollars = whole.usd or (None, None)
        costs = {"calls": whole.calls[0], "calls_sure": whole.calls[1], "usd": dollars[0], "usd_sure": dollars[1]}
        records.append({"effect": "all", **episodes, **costs})
    return pd.DataFrame(records)
