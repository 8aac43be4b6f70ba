"""Cells: runs of the same thing pooled, runs of different things kept apart and their difference named."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from solverlearner.analysis.conditions import defaults, of_queries
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.row_columns import pooled_frame
from solverlearner.analysis.row_frame import frame_facts
from solverlearner.analysis.runs import Run
from solverlearner.analysis.setting_counts import SettingCounts
from solverlearner.analysis.summary import Summary, place_of_setting
from solverlearner.design.setting import CHECK, settings_of_rows
from solverlearner.errors import Warn
from solverlearner.task import JSON

ITEM = ["seed", "episode", "query", "sample", "item"]
"""The columns that two rows have to share to be compared: the same query and sample, and the same input."""

ORDER = tuple(setting.name for setting in settings_of_rows())
"""The names of all settings, in the order of tables."""


@dataclass(frozen=True)
class Accuracy:
    """The mean score of the answered queries of one setting of a cell: the share of right ones without partial credit.

    `estimate` is None where no query is answered. `complete` is False where a run has not ended, or has unanswered
    queries. `graded`: some score is strictly between 0 and 1. `clusters` are the prompts, episodes or programs that the
    interval takes as independent (`analysis.clusters`). `remedy` is not empty where more than a few replies
    were cut before their answer, so that the number is a lower bound: it says which limit to raise.
    """

    estimate: Estimate | None
    n: int
    episodes: int
    clusters: int
    unanswered: int
    complete: bool
    graded: bool = False
    remedy: str = ""

    @property
    def fewer(self) -> bool:
        """Whether fewer clusters than episodes stand behind the number."""
        return self.clusters < self.episodes


@dataclass(frozen=True, eq=False)
class Cell:
    """One entry of a table: one model on one variant under one condition, pooled over seeds.

    `parts` are its runs, each with the settings of which its rows count. Rows are read at each use, of the two cells
    that were used last they are kept. They are as in `Run`, with `seed` and `cluster`, a number that counts the
    episodes of all seeds (and variants, where those of several are pooled).
    """

    task: str
    variant: str
    model: str
    options: Mapping[str, JSON]
    parts: tuple[tuple[Run, frozenset[str]], ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """The runs that it is pooled from."""
        return tuple(run for run, _ in self.parts)

    @cached_property
    def counted(self) -> frozenset[tuple[Path, str]]:
        """The run folder and setting of all rows: of other runs on the same items, rows are left out."""
        return frozenset((run.path, setting) for run, settings in self.parts for setting in settings)

    @property
    def rows(self) -> pd.DataFrame:
        """All rows, from the disk."""
        return _cell_rows(self)

    @cached_property
    def size(self) -> int:
        """How many rows there are."""
        return sum(run.sizes[setting].rows for run, settings in self.parts for setting in settings)

    @property
    def own_rules(self) -> bool:
        """Whether every episode hides a real function of its own."""
        return self.runs[0].own_rules

    @cached_property
    def summary(self) -> Summary:
        """The statistics of all rows: accuracies, effects, references, outcomes."""
        summary = Summary(own_rules=self.own_rules)
        for rows in self._by_variant():
            for facts in frame_facts(rows):
                summary.add(facts)
        summary.finish()
        return summary

    def _by_variant(self) -> Iterator[pd.DataFrame]:
        """All rows in pieces: of a whole family they may be more than the memory holds."""
        names = sorted({run.variant for run in self.runs})
        if len(names) == 1:
            yield self.rows
            return
        begun = 0
        for name in names:
            rows = replace(self, parts=tuple(part for part in self.parts if part[0].variant == name)).rows
            yield rows.assign(cluster=rows.cluster + begun)
            begun += int(rows.cluster.max()) + 1

    def summarise(self) -> None:
        """Compute now what tables need from the rows, while these are read."""
        assert self.accuracies is not None
        assert self.is_default_world is not None

    @cached_property
    def settings(self) -> "SettingRows":
        """The rows by setting, in the order of the square, the checks last."""
        names = {name for _, settings in self.parts for name in settings}
        return SettingRows(self, sorted(names, key=place_of_setting))

    @cached_property
    def accuracies(self) -> dict[str, Accuracy]:
        """By setting, in the same order."""
        counts = self.summary.counts
        return {name: self._accuracy(name, counts[name]) for name in sorted(counts, key=place_of_setting)}

    def _accuracy(self, setting: str, counts: SettingCounts) -> Accuracy:
        whole = all(run.state == "complete" for run in self.runs) and not counts.unanswered
        estimate = self.summary.estimate(setting)
        graded = self.summary.scores.graded([setting])
        sizes = counts.answered, len(counts.answered_episodes), self.summary.clusters(setting)
        remedy = counts.cuts.remedy(self.model, self.options) if counts.cuts.many(counts.answered) else ""
        told = f"{self.model}: {remedy}" if remedy else ""
        return Accuracy(estimate, *sizes, counts.unanswered, whole, graded, told)

    @cached_property
    def is_default_world(self) -> bool:
        """Whether the variant is the default world's own, so that reciting is right."""
        asked = self.rows.default_world[self.rows.setting != CHECK.name]
        return bool(len(asked) and (asked == 1).all())

    def unlike(self, other: "Cell") -> dict[str, JSON]:
        """The options of this cell that the other has not, or has other values of; None for one that is missing."""
        keys = sorted({*self.options, *other.options})
        return {key: self.options.get(key) for key in keys if self.options.get(key) != other.options.get(key)}


class SettingRows(Mapping[str, pd.DataFrame]):
    """The rows of a cell by setting. The names are known without reading the rows."""

    def __init__(self, cell: Cell, names: Sequence[str]) -> None:
        self._cell, self._names = cell, names

    def __getitem__(self, setting: str) -> pd.DataFrame:
        if setting not in self._names:
            raise KeyError(setting)
        rows = self._cell.rows
        return rows[rows.setting == setting]

    def __contains__(self, setting: object) -> bool:
        return setting in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@lru_cache(maxsize=2)
def _cell_rows(cell: Cell) -> pd.DataFrame:
    variants = sorted({run.variant for run, _ in cell.parts})
    loaded = [(run, run.load().of(settings)) for run, settings in cell.parts]
    rows = pooled_frame(
        [
            found.also(seed=np.full(len(found), run.seed), variant=np.full(len(found), variants.index(run.variant)))
            for run, found in loaded
        ]
    )
    rows["cluster"] = rows.groupby(["variant", "seed", "episode"]).ngroup()
    return rows


def pool(runs: Sequence[Run], warn: Warn) -> list[Cell]:
    """The cells of these runs, by task, variant, model and condition.

    Seeds draw different items, so those of one condition are pooled as further episodes. Two runs of one condition and
    seed (other sizes, say) share items, so the one with more answers counts and `warn` gets a line for the other.
    """
    groups: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        key = (run.task, run.variant, run.model, json.dumps(run.options, sort_keys=True))
        groups.setdefault(key, []).append(run)
    return [_cell(groups[key], warn) for key in sorted(groups)]


def _cell(runs: Sequence[Run], warn: Warn) -> Cell:
    first, parts = runs[0], []
    best: dict[tuple[str, int], tuple[int, Run]] = {}
    for run in runs:
        for setting, size in run.sizes.items():
            rival = best.get((setting, run.seed))
            if rival is None or size.answered > rival[0]:
                best[setting, run.seed] = (size.answered, run)
    for run in runs:
        settings = frozenset(setting for (setting, seed), (_, winner) in best.items() if winner is run)
        if lost := sorted({*run.sizes} - settings):
            warn(f"{run.path}: {', '.join(lost)} left out: another run has more answers on the same items")
        if settings:
            parts.append((run, settings))
    return Cell(first.task, first.variant, first.model, first.options, tuple(parts))


def main_cells(cells: Sequence[Cell]) -> list[Cell]:
    """Of each task and model the cells of one condition, the one that a table of variants shows.

    It is the condition that covers most variants; then the nearest to the defaults, then the one with most rows.
    """
    by_model: dict[tuple[str, str], dict[str, list[Cell]]] = {}
    for cell in cells:
        conditions = by_model.setdefault((cell.task, cell.model), {})
        conditions.setdefault(json.dumps(cell.options, sort_keys=True), []).append(cell)
    chosen: list[Cell] = []
    for conditions in by_model.values():
        best = max(conditions.values(), key=_rank)
        chosen += best
    return chosen


def _rank(cells: Sequence[Cell]) -> tuple[int, int, int]:
    unusual = sum(cells[0].options.get(key) != value for key, value in defaults().items())
    unusual += sum(map(of_queries, cells[0].options))
    return len({cell.variant for cell in cells}), -unusual, sum(cell.size for cell in cells)
