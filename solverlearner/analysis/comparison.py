"""Compare: two models, settings or conditions on the same items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.analysis.cells import ITEM, ORDER, Cell
from solverlearner.analysis.conditions import defaults
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import natural, option_word
from solverlearner.analysis.row_frame import UNKNOWN, add_scores
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.tables.effects import PairedEffect, adjusted, with_tests
from solverlearner.errors import UsageError
from solverlearner.task import JSON

_PLACES = ("task", "variant", "model", "setting")
_NAMES = ("first", "second")
_GOES_WITH_MODEL = {"weights", "base_url"}
"""Options that every model has its own of."""


@dataclass(frozen=True)
class Side:
    """One setting of a cell. `facts` are all that it was asked under, as words."""

    cell: Cell
    setting: str

    @cached_property
    def facts(self) -> dict[str, str]:
        """Task, variant, model, setting and the options."""
        cell = self.cell
        own = {"task": cell.task, "variant": cell.variant, "model": cell.model, "setting": self.setting}
        return {key: option_word(key, value) for key, value in cell.options.items()} | own

    @property
    def task_options(self) -> Mapping[str, JSON]:
        """The task's own options, which stand in the variant's name."""
        return self.cell.runs[0].task_options

    def has(self, key: str) -> bool:
        """Whether it is one of the facts or an option of the task's own."""
        return key in self.facts or key in self.task_options

    def fact(self, key: str) -> str:
        """The word for a fact, an option of the task's own, or else the default of an option."""
        if key in self.facts:
            return self.facts[key]
        return option_word(key, self.task_options[key]) if key in self.task_options else _usual(key)

    @property
    def independent(self) -> bool:
        """Whether each query is a trial of its own."""
        return self.cell.summary.independent(self.setting)


@dataclass(frozen=True)
class Comparison:
    """Two sides on the items that both answered. `effect` is the first less the second.

    `differing` are the facts in which they differ, with both values. `unanswered` items only one or none answered.
    `items` has a row an item: seed, episode, item (a checksum of the input), first and second (the scores), wording (−1
    where the sides were asked in two), and shared: a number for the programs that several episodes show, −1 where the
    episode has its own.
    """

    first: Side
    second: Side
    differing: Mapping[str, tuple[str, str]]
    accuracies: tuple[Estimate | None, Estimate | None]
    effect: PairedEffect
    unanswered: int
    items: pd.DataFrame

    @property
    def independent(self) -> bool:
        """Whether each query is a trial of its own on both sides."""
        return self.first.independent and self.second.independent

    @property
    def facts(self) -> dict[str, str]:
        """The facts that both sides share."""
        return {key: value for key, value in self.first.facts.items() if key not in self.differing}

    @property
    def place(self) -> list[object]:
        """A sort key: by task, variant, model and setting, then other options, numbers as people count."""
        facts = self.facts
        more = [facts[key] for key in sorted({*facts} - {*_PLACES})]
        places = [natural(facts.get(key, "")) for key in _PLACES[:-1]]
        return [*places, ORDER.index(self.first.setting), *map(natural, more)]

    @property
    def episodes(self) -> pd.DataFrame:
        """The episodes in which the sides differ, the furthest apart first.

        Columns: seed, episode, first, second (sums of scores), size.
        """
        by_episode = self.items.groupby(["seed", "episode"])
        found = by_episode[["first", "second"]].sum().assign(size=by_episode.size()).reset_index()
        found = found[found["first"] != found["second"]]
        if (found[["first", "second"]] % 1 == 0).all(axis=None):
            found = found.astype({"first": "int64", "second": "int64"})
        order: Any = np.lexsort((found.episode, found.seed, -(found["first"] - found["second"]).abs()))
        return pd.DataFrame(found.iloc[order].reset_index(drop=True))


def sides_of(cells: Sequence[Cell], wanted: Mapping[str, str]) -> list[Side]:
    """The settings of cells whose facts, or whose tasks' own options, are these words."""
    sides = [Side(cell, setting) for cell in cells for setting in cell.settings]
    return [side for side in sides if all(side.fact(key) == value for key, value in wanted.items())]


def options_of_tasks(sides: Sequence[Side]) -> set[str]:
    """The names of the tasks' own options, such as `base`, that are no facts: variants differ in them."""
    return {key for side in sides for key in side.task_options if key not in side.facts}


def freed(keys: Iterable[str], sides: Sequence[Side]) -> set[str]:
    """The facts in which two sides may differ where these keys name them: with a task's own option its variant."""
    return {*keys} | ({"variant"} if options_of_tasks(sides) & {*keys} else set())


def _usual(key: str) -> str:
    return option_word(key, defaults().get(key))


def compare(first: Sequence[Side], second: Sequence[Side], free: set[str]) -> list[Comparison]:
    """Every pair of sides that differ in nothing but the facts that are `free`; p values adjusted for all of them.

    They come by `Comparison.place`. Where no two are alike in the rest, as models that were asked under different
    options, the most alike are taken.
    Raises: UsageError where no pair shares items.
    """
    fixed = [key for key in _PLACES if key not in free]
    groups: dict[tuple[str, ...], list[tuple[Side, Side]]] = {}
    for a in first:
        for b in second:
            if a != b and all(a.facts[key] == b.facts[key] for key in fixed):
                groups.setdefault(tuple(a.facts[key] for key in fixed), []).append((a, b))
    pairs = [pair for key in sorted(groups) for pair in _most_alike(groups[key], free)]
    found = [each for pair in pairs if (each := _compared(*pair))]
    if not found:
        problem = "share no items; the same task, variant and seed are needed"
        raise UsageError("A and B", problem if pairs else "have nothing in common to be compared on")
    tests = adjusted([each.effect for each in found])
    found = [replace(each, effect=test) for each, test in zip(found, tests, strict=True)]
    return sorted(found, key=lambda each: each.place)


def _most_alike(pairs: Sequence[tuple[Side, Side]], free: set[str]) -> list[tuple[Side, Side]]:
    free = free | ({"noise_kind"} if "noise" in free else set())  # shots without noise have no kind of it
    distances = [len({*_differing(*pair)} - free) for pair in pairs]
    nearest = [pair for pair, distance in zip(pairs, distances, strict=True) if distance == min(distances)]
    taken: list[tuple[Side, Side]] = []
    for pair in nearest:  # of sides that are unlike, each counts once
        if not min(distances) or not any(a is pair[0] or b is pair[1] for a, b in taken):
            taken.append(pair)
    return taken


def _differing(a: Side, b: Side) -> dict[str, tuple[str, str]]:
    keys = sorted({*a.facts, *b.facts})
    both = {key: (a.facts.get(key, "–"), b.facts.get(key, "–")) for key in keys}
    ignored = _GOES_WITH_MODEL if a.cell.model != b.cell.model else set()
    return {key: values for key, values in both.items() if values[0] != values[1] and key not in ignored}


def _compared(a: Side, b: Side) -> Comparison | None:
    columns = [*ITEM, "score", "prompt", "written", "wording"]
    left, right = (side.cell.settings[side.setting][columns] for side in (a, b))
    rows = left.merge(right, on=ITEM, suffixes=("_first", "_second"))
    rows = rows.rename(columns={"score_first": "first", "score_second": "second"})
    answered = rows[rows["first"].notna() & rows["second"].notna()]
    clusters = answered.groupby(["seed", "episode"]).ngroup()
    scores = Scores()
    for name in _NAMES:
        add_scores(scores, name, answered.assign(cluster=clusters), name, f"prompt_{name}", f"written_{name}")
    found = with_tests(scores.contrast(_NAMES, (1, -1), independent=a.independent and b.independent))
    if found is None:
        return None
    first, second = (
        scores.estimate(name, independent=each.independent) for name, each in zip(_NAMES, (a, b), strict=True)
    )
    shared = _shared(scores, answered.assign(cluster=clusters))
    items = answered[["seed", "episode", "item", *_NAMES]].assign(shared=shared, wording=_wording(answered))
    return Comparison(a, b, _differing(a, b), (first, second), found, len(rows) - len(answered), items)


def _wording(rows: pd.DataFrame) -> "pd.Series[int]":
    """The wording that both sides were asked in, `UNKNOWN` where they were asked in two."""
    return rows["wording_first"].where(rows["wording_first"] == rows["wording_second"], UNKNOWN)


def _shared(scores: Scores, rows: pd.DataFrame) -> "pd.Series[int]":
    """A number for the programs of each item that several episodes show, −1 where the episode has its own.

    It is the same wherever both sides wrote the same programs, so also under options that `code_mf` does not see.
    """
    groups = rows["cluster"].map(scores.groups(_NAMES))
    several = rows["cluster"].groupby(groups).transform("nunique") > 1
    written = rows[[f"written_{name}" for name in _NAMES]].groupby(groups).transform("min")
    numbers = (pd.util.hash_pandas_object(written, index=False).to_numpy() >> 1).astype("int64")
    return pd.Series(numbers, index=rows.index).where(several, -1)


def titles(found: Sequence[Comparison]) -> list[str]:
    """A title for each comparison: the facts that its sides share and not all comparisons do.

    An option at its default goes without saying.
    """
    shared = [{key: v for key, v in each.first.facts.items() if key not in each.differing} for each in found]
    keys = [
        key for key in {*_PLACES, *(key for each in shared for key in each)} if len({e.get(key) for e in shared}) > 1
    ]
    told = [", ".join(_told(each, sorted(keys, key=_order))) for each in shared]
    return [each or "default options" * (len(found) > 1) for each in told]


def _told(facts: Mapping[str, str], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        if key in _PLACES and key in facts:
            yield facts[key]
        elif key in facts and facts[key] != _usual(key) and key not in _GOES_WITH_MODEL:
            yield f"{key} {facts[key]}"


def _order(key: str) -> tuple[int, str]:
    return (_PLACES.index(key) if key in _PLACES else len(_PLACES), key)
