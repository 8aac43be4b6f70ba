"""Overview: the part of a page before its episodes. First all models, then by family the square, charts, tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from solverlearner.analysis.cells import Accuracy, Cell, main_cells
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import counted, variants
from solverlearner.analysis.runs import Run
from solverlearner.analysis.tables.ablations import Ablation, find_ablations
from solverlearner.analysis.tables.build import TABLE_KINDS, build_tables
from solverlearner.analysis.tables.effects import LEVEL, SIGNIFICANT
from solverlearner.analysis.tables.table import Entry, Table, accuracy_entry, percent, size_notes
from solverlearner.design.setting import ASKABLE, all_effects
from solverlearner.reporting.html.charts import Chart, ablation_charts, comparison_charts
from solverlearner.reporting.html.conditions_shown import ShownConditions
from solverlearner.reporting.html.standings import FamilyStanding, Standing, is_smoke, standings
from solverlearner.reporting.progress_bar import watched

_OF_ALL = ("cost", "runs")
_OF_FAMILY = tuple(kind for kind in TABLE_KINDS if kind not in _OF_ALL)


@dataclass(frozen=True)
class Corner:
    """One accuracy, in percent, None without an answer; `link` is the hash that shows the episodes that it counts.

    `label` is its name, `n` the number of its answered queries.
    """

    label: str
    setting: str
    entry: Entry
    title: str
    link: str
    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def number(self) -> tuple[str, str]:
        """The number, and the marks behind it."""
        text = self.entry.text
        bare = text.rstrip("".join(_MARKS))
        return bare, text[len(bare) :]


@dataclass(frozen=True)
class Square:
    """One model on one variant: its corners by (interpreter executes, rule given), and the effects between them."""

    model: str
    variant: str
    corners: Mapping[tuple[bool, bool], Sequence[Corner]]
    effects: Sequence[tuple[str, Entry]]

    @property
    def rows(self) -> list[bool]:
        """Whether the interpreter executes, for the rows of the square that were asked."""
        return sorted({executes for executes, _ in self.corners})

    @property
    def columns(self) -> list[bool]:
        """Whether the rule is given, for the columns that were asked, given first."""
        return sorted({given for _, given in self.corners}, reverse=True)


@dataclass(frozen=True)
class Stand:
    """One model in the first picture: by task its corners, and how many variants they are of."""

    model: str
    smoke: bool
    families: Mapping[str, tuple[Sequence[Corner], str]]


@dataclass(frozen=True)
class Family:
    """One task: its squares by model, the best model first, charts and tables."""

    task: str
    squares: Mapping[str, Sequence[Square]]
    charts: Sequence[Chart]
    tables: Sequence[Table]


@dataclass(frozen=True)
class Overview:
    """All models, all families, and the tables of all of them together. `notes` explain the numbers and marks."""

    stands: Sequence[Stand]
    families: Sequence[Family]
    tables: Sequence[Table]
    totals: Sequence[tuple[str, str]]
    notes: Sequence[str]
    conditions: ShownConditions

    @property
    def kinds(self) -> dict[str, str]:
        """The labels of the first picture with the setting that each stands for, where it is one."""
        found: dict[str, set[str]] = {}
        for corner in (c for stand in self.stands for corners, _ in stand.families.values() for c in corners):
            found.setdefault(corner.label, set()).add(corner.setting)
        return {label: " or ".join(sorted(settings)) for label, settings in found.items()}

    @property
    def hints(self) -> list[str]:
        """What the first picture pools and how it is ordered, as far as there is something to pool or to order."""
        pools = any(words != "1 variant" for stand in self.stands for _, words in stand.families.values())
        pooled = ["Each accuracy is of all variants of a family together, the default world’s own among them."]
        ranked = ["The models with the highest mean of these accuracies come first."]
        return pooled * pools + ranked * (len(self.stands) > 1)


_MARKS = ("↑", "‡", "†")
_ONE = {"models": "model", "families": "family", "runs": "run", "episodes": "episode", "queries": "query"}


def overview(runs: Sequence[Run], cells: Sequence[Cell]) -> Overview:
    """The overview of runs and of the cells into which they are pooled. On a terminal it shows how far it is."""
    main = main_cells(cells)
    ranked = standings(main, watched)  # which pool many rows: before those of the cells are counted, and held
    for cell in watched(cells, "conditions are counted"):
        cell.summarise()
    ablations, conditions = find_ablations(cells), ShownConditions(runs, cells)
    order = [each.model for each in ranked]
    families = [
        _family(
            [cell for cell in cells if cell.task == task],
            [each for each in ablations if each.task == task],
            order,
            conditions,
        )
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
    tables = list(build_tables(cells, ablations, _OF_ALL))
    always = ("models", "families", "runs", "episodes", "queries")
    totals = [
        (key if count != 1 else _ONE.get(key, key), f"{count:,}")
        for key, count in counts.items()
        if count or key in always
    ]
    stands = [_stand(each, conditions) for each in ranked]
    return Overview(stands, families, tables, totals, _notes(main), conditions)


def _notes(main: Sequence[Cell]) -> list[str]:
    """The lines that explain marks and what numbers are of."""
    real = [cell for cell in main if not is_smoke(cell.model)] or main
    found = [each for cell in real for name, each in cell.accuracies.items() if name in ASKABLE]
    marked = sorted(line for line in size_notes(found)[1] if line.startswith((*_MARKS, "Scores")))[::-1]
    star = f"{SIGNIFICANT} An effect told from none: p ≤ {LEVEL} by episodes after Holm’s correction within the family."
    return [*marked, star]


def _stand(standing: Standing, conditions: ShownConditions) -> Stand:
    families = {
        task: ([_pooled_corner(each, *told, conditions) for told in each.accuracies], _variants(each))
        for task, each in standing.families.items()
    }
    return Stand(standing.model, standing.smoke, families)


def _variants(each: FamilyStanding) -> str:
    of = f"{each.variants} of " if each.variants < each.all_variants else ""
    return f"{of}{counted(each.all_variants, 'variant')}"


def _pooled_corner(
    each: FamilyStanding, label: str, setting: str, found: Accuracy, conditions: ShownConditions
) -> Corner:
    return _corner(each.cell, setting, found, conditions, label)


def _family(
    cells: Sequence[Cell], ablations: Sequence[Ablation], order: Sequence[str], conditions: ShownConditions
) -> Family:
    main, task = main_cells(cells), cells[0].task
    tables = list(build_tables(cells, ablations, _OF_FAMILY))
    effects = next((table.data for table in tables if table.name == f"square_{task}"), pd.DataFrame())
    squares: dict[str, list[Square]] = {}
    for model in order:
        own = {cell.variant: cell for cell in main if cell.model == model}
        if own:
            squares[model] = [_square(own[name], effects, conditions) for name in variants(main) if name in own]
    real = [model for model in squares if not is_smoke(model)] or [*squares]
    charts = [*comparison_charts(main, real), *ablation_charts(ablations)]
    return Family(task, squares, charts, tables)


def _square(cell: Cell, effects: pd.DataFrame, conditions: ShownConditions) -> Square:
    corners: dict[tuple[bool, bool], list[Corner]] = {}
    for name, found in cell.accuracies.items():
        if name in ASKABLE:
            corners.setdefault(ASKABLE[name].corner, []).append(_corner(cell, name, found, conditions, name))
    return Square(cell.model, cell.variant, corners, [*_effects(effects, cell)])


def _corner(cell: Cell, setting: str, found: Accuracy, conditions: ShownConditions, label: str) -> Corner:
    wanted = {"task": cell.task, "variant": cell.variant, "model": cell.model}
    wanted |= {"options": conditions.label(cell.options), "setting": setting}
    link = f"#view=episodes&{urlencode({key: value for key, value in wanted.items() if value})}"
    entry, title = accuracy_entry(found, sizes=True), f"{setting}: {ASKABLE[setting].title}"
    if found.estimate is None:
        return Corner(label, setting, entry, title, link, found.n)
    value, low, high = (round(100 * x, 1) for x in (found.estimate.value, found.estimate.low, found.estimate.high))
    return Corner(label, setting, entry, title, link, found.n, value, low, high)


def _effects(effects: pd.DataFrame, cell: Cell) -> Iterator[tuple[str, Entry]]:
    records: list[dict[str, Any]] = [{str(k): v for k, v in each.items()} for each in effects.to_dict("records")]
    own = {r["contrast"]: r for r in records if (r["model"], r["variant"]) == (cell.model, cell.variant)}
    for title, *_ in all_effects():
        if title in own:
            record = own[title]
            mark = SIGNIFICANT if record["p_holm"] <= LEVEL else ""
            yield title, percent(Estimate(record["effect"], record["low"], record["high"]), sign="+", mark=mark)
