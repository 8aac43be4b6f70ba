"""Overview: the part of a page before its episodes, by family: the square, charts and tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from solverlearner.analysis.cells import Accuracy, Cell, main_cells
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import variants
from solverlearner.analysis.runs import Run
from solverlearner.analysis.tables.ablations import Ablation, find_ablations
from solverlearner.analysis.tables.build import TABLE_KINDS, build_tables
from solverlearner.analysis.tables.effects import LEVEL, SIGNIFICANT
from solverlearner.analysis.tables.table import INCOMPLETE, Entry, Table, accuracy_entry, percent
from solverlearner.design.setting import ASKABLE, all_effects
from solverlearner.reporting.html.charts import Chart, ablation_charts, comparison_charts

_OF_ALL = ("cost", "runs")
_OF_FAMILY = tuple(kind for kind in TABLE_KINDS if kind not in _OF_ALL)


@dataclass(frozen=True)
class Corner:
    """One setting in a square, in percent, None without an answer; `link` is the hash that shows its episodes."""

    setting: str
    entry: Entry
    title: str
    link: str
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Square:
    """One model on one variant: its corners by (interpreter executes, rule given), and the effects between them."""

    model: str
    variant: str
    corners: Mapping[tuple[bool, bool], Sequence[Corner]]
    effects: Sequence[tuple[str, Entry]]
    incomplete: bool


@dataclass(frozen=True)
class Family:
    """One task: its squares by model, charts and tables."""

    task: str
    squares: Mapping[str, Sequence[Square]]
    charts: Sequence[Chart]
    tables: Sequence[Table]


@dataclass(frozen=True)
class Overview:
    """All families, and the tables of all of them together."""

    families: Sequence[Family]
    tables: Sequence[Table]
    totals: Sequence[tuple[str, str]]
    notes: Sequence[str]


def overview(runs: Sequence[Run], cells: Sequence[Cell]) -> Overview:
    """The overview of runs and of the cells into which they are pooled."""
    ablations = find_ablations(cells)
    families = [
        _family(task, [cell for cell in cells if cell.task == task], [each for each in ablations if each.task == task])
        for task in sorted({cell.task for cell in cells})
    ]
    counts = {
        "models": len({run.model for run in runs}),
        "families": len(families),
        "runs": len(runs),
        "episodes": sum(size.episodes for run in runs for size in run.sizes.values()),
        "queries": sum(size.rows for run in runs for size in run.sizes.values()),
        "unanswered": sum(size.rows - size.answered for run in runs for size in run.sizes.values()),
        "runs not ended": sum(run.state != "complete" for run in runs),
    }
    lines = (
        "Accuracies and effects are percent with 95 % intervals; the bar below each number is its interval.",
        f"{SIGNIFICANT} told from none: p ≤ {LEVEL} by episodes after Holm’s correction within the family.",
    )
    marks = (f"{INCOMPLETE} A run has not ended or has unanswered queries, which accuracies leave out.",)
    incomplete = any(square.incomplete for f in families for squares in f.squares.values() for square in squares)
    tables = list(build_tables(cells, ablations, _OF_ALL))
    always = ("models", "families", "runs", "episodes", "queries")
    totals = [(key, f"{count:,}") for key, count in counts.items() if count or key in always]
    return Overview(families, tables, totals, [*lines, *(marks if incomplete else ())])


def _family(task: str, cells: Sequence[Cell], ablations: Sequence[Ablation]) -> Family:
    main = main_cells(cells)
    tables = list(build_tables(cells, ablations, _OF_FAMILY))
    effects = next((table.data for table in tables if table.name == f"square_{task}"), pd.DataFrame())
    squares: dict[str, list[Square]] = {}
    for model in sorted({cell.model for cell in main}):
        own = {cell.variant: cell for cell in main if cell.model == model}
        squares[model] = [_square(own[name], effects) for name in variants(main) if name in own]
    return Family(task, squares, [*comparison_charts(main), *ablation_charts(ablations)], tables)


def _square(cell: Cell, effects: pd.DataFrame) -> Square:
    corners: dict[tuple[bool, bool], list[Corner]] = {}
    for name, found in cell.accuracies.items():
        if name in ASKABLE:
            corners.setdefault(ASKABLE[name].corner, []).append(_corner(cell, name, found))
    told = [*_effects(effects, cell)]
    return Square(cell.model, cell.variant, corners, told, not all(each.complete for each in cell.accuracies.values()))


def _corner(cell: Cell, setting: str, found: Accuracy) -> Corner:
    wanted = {"task": cell.task, "variant": cell.variant, "model": cell.model, "setting": setting}
    entry, link = accuracy_entry(found, sizes=True), f"#view=episodes&{urlencode(wanted)}"
    if found.estimate is None:
        return Corner(setting, entry, ASKABLE[setting].title, link)
    value, low, high = (round(100 * x, 1) for x in (found.estimate.value, found.estimate.low, found.estimate.high))
    return Corner(setting, entry, ASKABLE[setting].title, link, value, low, high)


def _effects(effects: pd.DataFrame, cell: Cell) -> Iterator[tuple[str, Entry]]:
    records: list[dict[str, Any]] = [{str(k): v for k, v in each.items()} for each in effects.to_dict("records")]
    own = {r["contrast"]: r for r in records if (r["model"], r["variant"]) == (cell.model, cell.variant)}
    for title, *_ in all_effects():
        if title in own:
            record = own[title]
            mark = SIGNIFICANT if record["p_holm"] <= LEVEL else ""
            yield title, percent(Estimate(record["effect"], record["low"], record["high"]), sign="+", mark=mark)
