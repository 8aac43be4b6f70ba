"""Pooled: what all pairs of a comparison say together, and by setting, family and variant, each level for itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat

import numpy as np
import pandas as pd

from solverlearner.analysis.cells import ORDER
from solverlearner.analysis.comparison import Comparison
from solverlearner.analysis.intervals import Estimate, share
from solverlearner.analysis.labels import natural
from solverlearner.analysis.row_frame import UNKNOWN
from solverlearner.analysis.significance import holm
from solverlearner.analysis.stratified import stratified_effect
from solverlearner.analysis.tables.effects import LEVEL
from solverlearner.analysis.wordings import OverWordings, contrast_over_wordings

ALL, PAIR = "all", "pair"
"""The first level, of all pairs together, and the last, of each pair for itself."""

_LEVELS = ("model", "setting", "task", "variant")
_STRATUM = ["task", "variant"]
_SIDES = ("first", "second")


@dataclass(frozen=True)
class PooledComparison:
    """Some pairs of sides together, on the queries that both sides of each answered. Each query counts once.

    `group` are the facts that these pairs share and other groups of the level have otherwise. `effect` is the first
    side less the second. `clusters` are the episodes, programs or prompts that count as independent; strata are the
    variants. `detectable`: the smallest difference that the test would tell from none with a power of 80 %, None where
    there are too few clusters. `p` is by clusters, `p_holm` adjusted for all groups of its level.
    """

    level: str
    group: Mapping[str, str]
    pairs: tuple[Comparison, ...]
    accuracies: tuple[Estimate | None, Estimate | None]
    effect: Estimate
    n: int
    episodes: int
    clusters: int
    fewer: bool
    detectable: float | None
    p: float
    p_holm: float

    @property
    def better(self) -> str | None:
        """ "first" or "second" where the sides are told apart after the adjustment, else None."""
        if self.p_holm > LEVEL:
            return None
        return "first" if self.effect.value > 0 else "second"

    def over_wordings(self) -> OverWordings | None:
        """The first side less the second over several wordings, as draws of all that might have been written.

        None where no two wordings were asked, or the sides were asked in different ones.
        """
        items = pd.concat(map(_items, self.pairs), ignore_index=True)
        if items["wording"].nunique() < 2 or (items["wording"] == UNKNOWN).any():
            return None
        episodes = items.groupby([*_STRATUM, "seed", "episode"]).ngroup()
        places = [*zip(items["wording"].tolist(), episodes.tolist(), items.index.tolist(), repeat(0), strict=False)]
        sides = [dict(zip(places, items[name].tolist(), strict=True)) for name in _SIDES]
        return contrast_over_wordings(sides, (1, -1))


def pooled_levels(found: Sequence[Comparison]) -> dict[str, list[PooledComparison]]:
    """All pairs together; then by each fact of which pairs have several values, families and variants last; each pair.

    Levels: "all", then names of options, "model", "setting", "task" and "variant" where there are several, "pair".
    Holm's correction is over the groups of a level. A fact that tells the same pairs apart as another one has no level.
    """
    keys = _keys(found)
    families = {each.facts.get("task") for each in found}
    by = {key: ("task", "variant") if key == "variant" and len(families) > 1 else (key,) for key in keys}
    groups: dict[str, dict[tuple[str, ...], list[Comparison]]] = {ALL: {(): [*found]}}
    for level, names in by.items():
        for each in found:
            place = tuple(each.facts.get(name, "") for name in names)
            groups.setdefault(level, {}).setdefault(place, []).append(each)
    named: dict[str, tuple[str, ...]] = {ALL: (), **by}
    told = {
        level: _adjusted([_pooled(level, dict(zip(named[level], key, strict=True)), own) for key, own in each.items()])
        for level, each in groups.items()
    }
    pairs = [_pooled(PAIR, {key: each.facts.get(key, "") for key in keys}, [each]) for each in found]
    return {**told, PAIR: _adjusted(pairs)}


def _keys(found: Sequence[Comparison]) -> list[str]:
    """The facts of which there are several values, each telling the pairs apart in another way than those after it."""
    names = {name for each in found for name in each.facts}
    told = {name: [each.facts.get(name, "") for each in found] for name in names}
    several = {name for name, values in told.items() if len({*values}) > 1}
    keys = [*sorted(several - {*_LEVELS}), *(key for key in _LEVELS if key in several)]
    parts = [[told[key].index(value) for value in told[key]] for key in keys]
    return [key for place, key in enumerate(keys) if parts[place] not in parts[place + 1 :]]


def _order(found: PooledComparison) -> list[object]:
    """Settings in the order of the square, all else as people count."""
    return [ORDER.index(value) if key == "setting" else natural(value) for key, value in found.group.items()]


def _adjusted(found: Sequence[PooledComparison]) -> list[PooledComparison]:
    adjusted = zip(found, holm([each.p for each in found]), strict=True)
    return sorted((replace(each, p_holm=p) for each, p in adjusted), key=_order)


def _pooled(level: str, group: Mapping[str, str], pairs: Sequence[Comparison]) -> PooledComparison:
    items = pd.concat(map(_items, pairs), ignore_index=True)
    episode = items.groupby([*_STRATUM, "seed", "episode"]).ngroup()
    items["cluster"] = _clusters(items, independent=all(pair.independent for pair in pairs))
    clusters = items.groupby("cluster")
    sides = [clusters[name].sum().to_numpy() for name in _SIDES]
    sizes = clusters.size().to_numpy()
    graded = any(pair.effect.graded for pair in pairs)
    squares = [float((items[name] ** 2).sum()) for name in _SIDES]
    found = stratified_effect(sides, sizes, clusters["stratum"].first().to_numpy(), squares if graded else None)
    told = zip(sides, squares, strict=True)
    first, second = (share(side.tolist(), sizes.tolist(), square if graded else None) for side, square in told)
    counts = len(items), episode.nunique(), len(sizes)
    fewer = bool((items["shared"] >= 0).any())
    return PooledComparison(
        level, group, (*pairs,), (first, second), found.estimate, *counts, fewer, found.detectable, found.p, found.p
    )


def _items(pair: Comparison) -> pd.DataFrame:
    facts = {key: pair.facts.get(key, "") for key in _STRATUM}
    return pair.items.assign(**facts)


def _clusters(items: pd.DataFrame, *, independent: bool) -> "pd.Series[int]":
    """The number of each item's cluster, and beside it the column `stratum`.

    The episodes of a variant are one cluster over all settings and conditions, because they have the same queries. A
    program that several episodes show is of none of them, so it is a cluster of its own, and in a stratum of its own.
    """
    shared = items["shared"] >= 0
    items["stratum"] = items.assign(program=shared).groupby([*_STRATUM, "program"]).ngroup()
    if independent:
        return items.groupby(["stratum", "item"]).ngroup()
    keys = {
        "seed": np.where(shared, -1, items["seed"]),
        "episode": np.where(shared, -1, items["episode"]),
    }
    return items.assign(**keys).groupby(["stratum", "shared", "seed", "episode"]).ngroup()
