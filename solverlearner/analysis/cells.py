"""Cells: runs of the same thing pooled, runs of different things kept apart and their difference named."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from solverlearner.analysis.conditions import defaults, of_queries
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.row_frame import WORD_COLUMNS, frame_facts
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

    Rows as in `Run`, with `seed` and `cluster`, a number that counts the episodes of all seeds.
    """

    task: str
    variant: str
    model: str
    options: Mapping[str, JSON]
    rows: pd.DataFrame
    runs: tuple[Run, ...]
    counted: frozenset[tuple[Path, str]] = frozenset()
    """The run folder and setting of all rows: of other runs on the same items, rows are left out."""

    @property
    def own_rules(self) -> bool:
        """Whether every episode hides a real function of its own."""
        return self.runs[0].own_rules

    @cached_property
    def summary(self) -> Summary:
        """The statistics of all rows: accuracies, effects, references, outcomes."""
        summary = Summary(own_rules=self.own_rules)
        for facts in frame_facts(self.rows):
            summary.add(facts)
        return summary

    @cached_property
    def settings(self) -> dict[str, pd.DataFrame]:
        """The rows by setting, in the order of the square, the checks last."""
        known = {str(setting): rows for setting, rows in self.rows.groupby("setting", observed=True)}
        return {name: known[name] for name in sorted(known, key=place_of_setting)}

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
    first, kept, used, counted = runs[0], [], [], set[tuple[Path, str]]()
    best: dict[tuple[str, int], tuple[int, Run]] = {}
    answers = [run.rows[run.rows.correct >= 0].setting.value_counts().to_dict() for run in runs]
    for run, counts in zip(runs, answers, strict=True):
        for setting in run.rows.setting.unique():
            rival = best.get((setting, run.seed))
            if rival is None or counts.get(setting, 0) > rival[0]:
                best[setting, run.seed] = (counts.get(setting, 0), run)
    for run in runs:
        settings = [setting for (setting, seed), (_, winner) in best.items() if winner is run]
        lost = sorted({*run.rows.setting.unique()} - {*settings})
        if lost:
            warn(f"{run.path}: {', '.join(lost)} left out: another run has more answers on the same items")
        if settings:
            kept.append(run.rows[run.rows.setting.isin(settings)].assign(seed=run.seed))
            used.append(run)
            counted |= {(run.path, setting) for setting in settings}
    rows = pd.concat(kept, ignore_index=True)
    rows = rows.astype(dict.fromkeys(WORD_COLUMNS, "category"))
    rows["cluster"] = rows.groupby(["seed", "episode"]).ngroup()
    return Cell(first.task, first.variant, first.model, first.options, rows, tuple(used), frozenset(counted))


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
    return len({cell.variant for cell in cells}), -unusual, sum(len(cell.rows) for cell in cells)
