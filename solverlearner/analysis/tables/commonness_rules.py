"""Commonness of rules: whether accuracy goes with how common a rule is, where each episode draws its own."""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.labels import natural
from solverlearner.analysis.tables.table import Entry, Table, TableRow
from solverlearner.analysis.tables.trend_entries import HEADER, trend_columns, trend_entries
from solverlearner.analysis.trend import rank_correlation, slope_over
from solverlearner.analysis.variant_counts import RULE_SOURCE, SOURCES, families_with_rule_counts, rule_count
from solverlearner.design.setting import ASKABLE
from solverlearner.evaluation.row_schema import score_of

FEWEST_RULES = 8
"""Rules that a trend needs: each has the accuracy of a few queries."""

Scores = Mapping[str, Sequence[float]]
"""The scores of all queries, by the hidden rule."""


def rule_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family whose rules have a count, for models that were asked about eight or more of them."""
    for task in sorted({cell.task for cell in main} & families_with_rule_counts()):
        groups, records = list[tuple[str, tuple[TableRow, ...]]](), list[dict[str, Any]]()
        for model in sorted({cell.model for cell in main if cell.task == task}, key=natural):
            asked = _asked([cell for cell in main if (cell.task, cell.model) == (task, model)])
            rows = []
            for setting, scores in asked.items():
                if len(scores) >= FEWEST_RULES:
                    row, found = _trend(task, setting, scores)
                    rows.append(row)
                    records += [{"task": task, "model": model, "setting": setting, **record} for record in found]
            if rows:
                groups.append((model, tuple(rows)))
        if groups:
            yield _table(task, groups, pd.DataFrame(records))


def _asked(cells: Sequence[Cell]) -> Mapping[str, Scores]:
    """By setting and rule, of rules whose count is known. Rows are read again, because columns do not hold rules."""
    found: dict[str, dict[str, list[float]]] = {name: {} for name in ASKABLE}
    for cell in cells:
        for run, settings in cell.parts:
            for line in run.lines(settings & {*found}):
                score = score_of(line.score, line.correct)
                if score is not None and line.rule is not None and rule_count(cell.task, line.rule):
                    found[line.setting].setdefault(line.rule, []).append(score)
    return found


def _trend(task: str, setting: str, scores: Scores) -> tuple[TableRow, list[dict[str, Any]]]:
    counts = {rule: found.times for rule in scores if (found := rule_count(task, rule))}
    logs, values = [math.log10(counts[rule] + 1) for rule in scores], [fmean(each) for each in scores.values()]
    line, ranks = slope_over(logs, values), rank_correlation(logs, values)
    sizes = Entry(f"{len(scores)}"), Entry(f"{sum(map(len, scores.values())):,}")
    each = [
        {"rule": rule, "count": counts[rule], "source": RULE_SOURCE, "accuracy": value, "n": len(scores[rule])}
        for rule, value in zip(scores, values, strict=True)
    ]
    whole = {"rules": len(scores), **trend_columns(line, ranks)}
    return (Entry(setting), *sizes, *trend_entries(line, ranks)), [*each, whole]


def _table(task: str, groups: Sequence[tuple[str, tuple[TableRow, ...]]], data: pd.DataFrame) -> Table:
    header = ("setting", "rules", "queries", *HEADER)
    notes = (
        f"Each hidden rule has a count: {SOURCES[RULE_SOURCE]}.",
        "slope: percentage points of accuracy for a rule that is ten times as common, by least squares of each rule's "
        "accuracy on log10(count + 1). Rules are the sample: its interval has the robust variance HC3 and the t "
        "quantile of the number of rules less two.",
        "rank correlation: Spearman's, over the rules, with Bonett & Wright's interval (2000); p of no correlation is "
        "over random orders of the rules.",
    )
    title = f"{task}: accuracy by how common the hidden rule is"
    return Table(f"commonness_{task}_rules", title, header, tuple(groups), data, notes)
