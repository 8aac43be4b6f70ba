"""Tables of wordings: accuracies and effects over several wordings, of runs that are alike in everything else.

A run under `wording=all` has several by itself; runs in one wording each are taken together. The rows of such
runs are read again, for the wording of each.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.conditions import unusual
from solverlearner.analysis.labels import natural, options_text
from solverlearner.analysis.tables.grids import numbers, who
from solverlearner.analysis.tables.table import PERCENT, Entry, Table, TableRow, percent
from solverlearner.analysis.wordings import ALL_WORDINGS, OverWordings, Wordings
from solverlearner.design.setting import ASKABLE
from solverlearner.evaluation.row_lines import values_of

_OPTION = "wording"
_COLUMNS = ("setting", "episode", "query", "sample", "correct", "score", _OPTION)
_NOTES = (
    PERCENT,
    "over wordings: the mean over all of them; its interval covers episodes and wordings, as if other wordings had "
    "been drawn. SD: of the true value between wordings, in points. share: the wordings' part of the variance of a "
    "query's score. Effects are differences in points.",
)


def wording_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """For each task a table of the runs that were asked in two wordings or more."""
    for task in sorted({cell.task for cell in cells}):
        groups = _alike([cell for cell in cells if cell.task == task])
        if found := [(own[0], over) for own in groups if (over := _over(own))]:
            yield _table(task, found)


def _alike(cells: Sequence[Cell]) -> list[list[Cell]]:
    """The cells that differ in their wording alone, where they have several together."""
    groups: dict[str, list[Cell]] = {}
    for cell in sorted(cells, key=lambda each: (each.model, natural(each.variant))):
        rest = {key: value for key, value in cell.options.items() if key != _OPTION}
        groups.setdefault(json.dumps([cell.variant, cell.model, rest], sort_keys=True), []).append(cell)
    several = (own for own in groups.values() if len(own) > 1 or own[0].options.get(_OPTION) == ALL_WORDINGS)
    return [*several]


def _over(cells: Sequence[Cell]) -> dict[str, OverWordings]:
    wordings = Wordings()
    for cell in cells:
        for run, settings in cell.parts:
            for line in run.lines(settings):
                wordings.add_row(values_of(line, _COLUMNS), run.seed)
    return wordings.found()


def _table(task: str, found: Sequence[tuple[Cell, dict[str, OverWordings]]]) -> Table:
    header = ("", "over wordings", "SD", "share", "wordings", "episodes")
    groups = tuple((_title(cell), tuple(_row(*pair) for pair in over.items())) for cell, over in found)
    data = pd.DataFrame([_record(cell, *pair) for cell, over in found for pair in over.items()])
    title = f"{task}: accuracies and effects over several wordings"
    return Table(f"wordings_{task}", title, header, groups, data, _NOTES)


def _title(cell: Cell) -> str:
    told = options_text({key: value for key, value in unusual(cell.options).items() if key != _OPTION})
    return ", ".join(filter(None, (cell.variant, cell.model, told)))


def _row(name: str, found: OverWordings) -> TableRow:
    value = percent(found.estimate, sign="" if name in ASKABLE else "+")
    told = (f"{100 * found.spread:.1f}", f"{100 * found.share:.1f}", f"{found.wordings}", f"{found.episodes}")
    return (Entry(name), value, *map(Entry, told))


def _record(cell: Cell, name: str, found: OverWordings) -> dict[str, Any]:
    kind = "accuracy" if name in ASKABLE else "effect"
    sizes = {"wordings": found.wordings, "episodes": found.episodes}
    told = {"spread": round(found.spread, 6), "share": round(found.share, 6)}
    return {**who(cell), "kind": kind, "name": name, **numbers(found.estimate, "value"), **told, **sizes}
