"""Commonness: whether accuracy goes with how common a variant is outside of this project."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import natural
from solverlearner.analysis.tables.commonness_rules import rule_tables
from solverlearner.analysis.tables.grids import numbers
from solverlearner.analysis.tables.table import PERCENT, Entry, Table, TableRow, percent
from solverlearner.analysis.tables.trend_entries import HEADER, Ranks, trend_columns, trend_entries
from solverlearner.analysis.trend import FEWEST, rank_correlation, slope
from solverlearner.analysis.variant_counts import SOURCES, VariantCount, variant_count
from solverlearner.design.setting import ASKABLE

_METHOD = (
    "slope: percentage points of accuracy for a variant that is ten times as common, by least squares on "
    "log10(count + 1). Its interval takes queries as the sample, on these variants."
)
_RANKS = (
    "rank correlation: Spearman's, over the variants, with Bonett & Wright's interval (2000); p of no correlation is "
    "over the orders of the variants. Few variants show a strong relation at most."
)


def commonness_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family of which a model was asked about four or more variants, or eight rules, whose count is known."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task and variant_count(task, cell.variant)]
        models = sorted({cell.model for cell in cells}, key=natural)
        own = {model: [cell for cell in cells if cell.model == model] for model in models}
        if found := {model: each for model, each in own.items() if len({cell.variant for cell in each}) >= FEWEST}:
            yield _table(task, found)
    yield from rule_tables(main)


def _table(task: str, by_model: Mapping[str, Sequence[Cell]]) -> Table:
    counts = {cell.variant: _count(cell) for cells in by_model.values() for cell in cells}
    columns = sorted(counts, key=lambda name: (-counts[name].times, natural(name)))
    groups, records = [], list[dict[str, Any]]()
    for model, cells in by_model.items():
        rows: list[TableRow] = []
        for setting in ASKABLE:
            known = {cell.variant: each.estimate for cell in cells if (each := cell.accuracies.get(setting))}
            accuracies = {name: each for name, each in known.items() if each}
            if len(accuracies) >= FEWEST:
                who = {"task": task, "model": model, "setting": setting}
                found = _trend(accuracies, counts)
                rows.append(_row(setting, [accuracies.get(name) for name in columns], found))
                records += [{**who, **record} for record in _records(accuracies, counts, found)]
        groups.append((model, tuple(rows)))
    header = ("setting", *(f"{name} ({counts[name].times:,})" for name in columns), *HEADER)
    counted = sorted({SOURCES[each.source] for each in counts.values()})
    notes = (PERCENT, f"In brackets: {'; '.join(counted)}.", _METHOD, _RANKS)
    title = f"{task}: accuracy by how common a variant is"
    return Table(f"commonness_{task}", title, header, tuple(groups), pd.DataFrame(records), notes)


_Trend = tuple[Estimate | None, Ranks]


def _trend(accuracies: Mapping[str, Estimate], counts: Mapping[str, VariantCount]) -> _Trend:
    logs = [math.log10(counts[name].times + 1) for name in accuracies]
    values = [*accuracies.values()]
    return slope(logs, values), rank_correlation(logs, [each.value for each in values])


def _row(setting: str, accuracies: Sequence[Estimate | None], found: _Trend) -> TableRow:
    shown = [percent(each) if each else Entry("") for each in accuracies]
    return Entry(setting), *shown, *trend_entries(*found)


def _records(
    accuracies: Mapping[str, Estimate], counts: Mapping[str, VariantCount], found: _Trend
) -> Iterator[dict[str, Any]]:
    """A record a variant, for other regressions, and one of the trend over all (`variant` is empty)."""
    for name, each in accuracies.items():
        yield {"variant": name, "count": counts[name].times, "source": counts[name].source, **numbers(each)}
    yield {"variants": len(accuracies), **trend_columns(*found)}


def _count(cell: Cell) -> VariantCount:
    found = variant_count(cell.task, cell.variant)
    assert found is not None  # of cells that have one
    return found
