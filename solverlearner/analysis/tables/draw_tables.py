"""Tables of draws: entropies by setting and how far settings move the answers, by variant, shots and partition.

Rows of a run are read again with their completions' meanings, but only of runs that ask for one of the measures: by
`uncertainty` or `persuasion` in their options, or by the setting in which nothing is told.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.conditions import unusual
from solverlearner.analysis.draws import COLUMNS, Draws
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import natural, options_text
from solverlearner.analysis.measures import ALL, Measures, measures_of, regrouped_prompts, with_groups
from solverlearner.analysis.moved_question import Movement
from solverlearner.analysis.persuaded import ENTROPIES, Moved, Uncertainty, movements
from solverlearner.analysis.tables.grids import numbers, who
from solverlearner.analysis.tables.table import PERCENT, Entry, Table, TableRow, percent
from solverlearner.design.setting import ASKABLE, CLOSED
from solverlearner.evaluation.row_lines import values_of
from solverlearner.files import read_json

_OUTCOMES = ("persuaded", "stubborn", "elsewhere")

_MOVED_NOTES = (
    PERCENT,
    "target: share of samples with the answer that the setting argues for (the hidden rule's, or the one in the "
    "context). default: share with the default world's or the original answer. moved: target told, minus with nothing "
    "told (closed), in percentage points, paired by query (Newcombe 1998; Zou & Donner 2008).",
    "persuaded, stubborn, elsewhere: of the queries whose most frequent closed answer is not the target, those whose "
    "most frequent answer then is the target, still the closed one, or another.",
    "answers moved: Jensen–Shannon divergence of the answers' meanings in nats, less its sampling floor; "
    "0 to 0.693. ideal learner: mean probability of the target, all rules that fit the shots being equally likely.",
)
_ENTROPY_NOTES = (
    "Means over prompts in nats with 95 % intervals (Student's t over episodes, or over queries where these are "
    "independent). right, exact, ROUGE-L: accuracies in percent, the last two of free text. discrete: entropy of the "
    "shares of the meanings. Miller–Madow: corrected for few samples. Rao: "
    "by the replies' probabilities (Farquhar et al. 2024). formula: equation (2) of Marjanović et al. 2024, which may "
    "be negative. as coded: their code, with means over tokens and plus 5.",
)


def draw_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """For each task a table of entropies and a table of persuasion, where runs measure them."""
    for task in sorted({cell.task for cell in cells}):
        own = [cell for cell in cells if cell.task == task]
        measured = [(cell, measures) for cell in own if (measures := _read(cell).measures)]
        measured.sort(key=lambda pair: (pair[0].model, natural(pair[0].variant), _told(pair[0])))
        if moved := [pair for pair in measured if pair[1][ALL].persuasion]:
            yield _persuasion(task, moved)
        if sure := [pair for pair in measured if pair[1][ALL].uncertainty]:
            yield _uncertainty(task, sure)


@dataclass(frozen=True)
class Scatter:
    """A panel of points: the questions of one model in one setting."""

    task: str
    title: str
    points: Sequence[Movement]


def scatters(cells: Sequence[Cell]) -> Iterator[Scatter]:
    """Closed entropy and movement of every question, a panel for each cell and setting of runs that measure both."""
    order = sorted(cells, key=lambda each: (each.task, each.model, natural(each.variant), _told(each)))
    shown = [cell for cell in order if _read(cell).points]
    for cell in shown:
        title = _apart(cell, [each for each in shown if each.task == cell.task])
        for setting, points in _read(cell).points.items():
            yield Scatter(cell.task, f"{title}: {setting}", points)


def _apart(cell: Cell, cells: Sequence[Cell]) -> str:
    """The model, with the options and the variant in which these cells differ."""
    options = unusual(cell.options).items()
    told = {key: value for key, value in options if any(each.options.get(key) != value for each in cells)}
    variant = cell.variant if any(each.variant != cell.variant for each in cells) else ""
    return ", ".join(filter(None, [cell.model, options_text(told), variant]))


Measured = Sequence[tuple[Cell, Mapping[str, Measures]]]


@dataclass(frozen=True)
class _Read:
    """What the rows of a cell give for tables, and the points of its questions by setting for the figure."""

    measures: Mapping[str, Measures]
    points: Mapping[str, Sequence[Movement]]


_READ: WeakKeyDictionary[Cell, _Read] = WeakKeyDictionary()


def _read(cell: Cell) -> _Read:
    """What is measured of a cell. Its rows are read once for tables and figure, and what they hold is let go of."""
    if cell not in _READ:
        wanted = _wanted(cell)
        draws = _draws(cell) if wanted["uncertainty"] or wanted["persuasion"] else Draws()
        measures = measures_of(draws, wanted) if draws.prompts else {}
        points = movements(regrouped_prompts(draws, wanted)) if wanted["persuasion"] else {}
        _READ[cell] = _Read(measures, points)
    return _READ[cell]


def _wanted(cell: Cell) -> dict[str, Any]:
    """The options of a cell's runs that say what is measured, and how answers are grouped."""
    asked = [read_json(run.path / "config.json") for run in cell.runs]
    wanted: dict[str, Any] = {name: any(config.get(name) for config in asked) for name in ("uncertainty", "persuasion")}
    wanted["persuasion"] |= CLOSED.name in cell.settings
    return wanted | with_groups({name: asked[-1].get(name) for name in ("cluster", "nli")}, cell.runs[-1].path)


def _draws(cell: Cell) -> Draws:
    draws = Draws()
    for run, settings in cell.parts:
        for line in run.lines(settings):
            draws.add(values_of(line, COLUMNS), run.seed)
    return draws


def _persuasion(task: str, measured: Measured) -> Table:
    header = (
        "queries of", "told", "of", "target, nothing told", "target, told", "moved", "default, nothing told",
        "default, told", *_OUTCOMES, "answers moved", "ideal learner",
    )  # fmt: skip
    groups: dict[str, list[TableRow]] = {}
    records = []
    for cell, measures in measured:
        for part, each in measures.items():
            for name, moved in each.persuasion.items():
                groups.setdefault(_title(cell), []).append(_moved_row(cell, part, name, moved))
                records.append({**who(cell), "part": part, "setting": name, **_record(vars(moved))})
    rows = tuple((title, tuple(own)) for title, own in groups.items())
    title = f"{task}: how far what is told moves the answers"
    return Table(f"persuasion_{task}", title, header, rows, pd.DataFrame(records), _MOVED_NOTES, 2)


def _moved_row(cell: Cell, part: str, name: str, moved: Moved) -> TableRow:
    shares = [percent(moved.closed_target), percent(moved.target), percent(moved.moved, sign="+")]
    shares += [percent(moved.closed_default), percent(moved.default)]
    shares += [percent(moved.shares.get(kind)) for kind in moved.counts]
    knows = moved.posterior is not None and ASKABLE[name].shots_shown
    ideal = Entry(f"{100 * (moved.posterior or 0):.1f}" if knows else "–")
    words = Entry(_part(cell, part)), Entry(name), Entry(str(moved.questions))
    return (*words, *shares, _nats(moved.answers, 3), ideal)


def _uncertainty(task: str, measured: Measured) -> Table:
    names = ("discrete", "Miller–Madow", "Rao", "formula", "as coded")
    header = ("queries of", "setting", "prompts × samples", "right", "exact", "ROUGE-L > 0.3", "meanings", *names)
    groups: dict[str, list[TableRow]] = {}
    records = []
    for cell, measures in measured:
        for part, each in measures.items():
            for name, found in each.uncertainty.items():
                groups.setdefault(_title(cell), []).append(_entropy_row(cell, part, name, found))
                records.append({**who(cell), "part": part, "setting": name, **_record(vars(found))})
    rows = tuple((title, tuple(own)) for title, own in groups.items())
    title = f"{task}: semantic uncertainty, nats"
    return Table(f"uncertainty_{task}", title, header, rows, pd.DataFrame(records), _ENTROPY_NOTES, 2)


def _entropy_row(cell: Cell, part: str, name: str, found: Uncertainty) -> TableRow:
    words = Entry(_part(cell, part)), Entry(name), Entry(f"{found.prompts} × {found.samples}")
    judged = [percent(each) if each else Entry("–") for each in (found.right, found.exact, found.rouge)]
    return (*words, *judged, _nats(found.groups, 1), *(_nats(getattr(found, kind), 2) for kind in ENTROPIES))


def _nats(found: Estimate | None, digits: int) -> Entry:
    if found is None:
        return Entry("–")
    value, low, high = (f"{x:.{digits}f}".replace("-", "−") for x in (found.value, found.low, found.high))
    return Entry(value, (f"[{low}, {high}]",))


def _record(values: Mapping[str, Any]) -> dict[str, Any]:
    """A number a column: estimates with their ends, counts and shares by outcome."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= {f"{kind}_{key}" if key == "counts" else kind: each for kind, each in _flat(value).items()}
        elif isinstance(value, Estimate):
            found |= _named(key, value)
        else:
            found[key] = round(value, 6) if isinstance(value, float) else value
    return found


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for kind, value in values.items():
        found |= _named(kind, value) if isinstance(value, Estimate) else {kind: value}
    return found


def _named(name: str, value: Estimate) -> dict[str, float | None]:
    return {key if key == name else f"{name}_{key}": each for key, each in numbers(value, name).items()}


def _title(cell: Cell) -> str:
    return ", ".join(filter(None, [cell.model, _told(cell)]))


def _told(cell: Cell) -> str:
    return options_text(unusual(cell.options))


def _part(cell: Cell, part: str) -> str:
    return cell.variant if part == ALL else f"{cell.variant}: {part}"
