"""Ablations: cells that differ in one option alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.labels import natural, option_word, options_text
from solverlearner.analysis.tables.grids import accuracy_records
from solverlearner.analysis.tables.table import METHOD, PERCENT, Entry, Table, accuracy_entry, size_notes
from solverlearner.design.setting import ASKABLE
from solverlearner.task import RULE_FORMS

# How noise is told and made distinguishes curves over the noise; weights and endpoints are no dose of anything.
_NO_ABLATION = {"noise_told", "noise_kind", "weights", "base_url", "reasoning_effort"}
_OF_NOISE = ("noise_told", "noise_kind")
_EFFORT = "reasoning_effort"  # a level of thought that the endpoint gives, and no prompt
_NOTES = {"noise": ["noise 0: shots that are all right, asked about once, and nothing told of noise."]}
_WORDS = (
    "none", "domain", "strong", "free", "steps", "plan",
    *(f"effort {each}" for each in ("none", "minimal", "low", "medium", "high")), *RULE_FORMS,
)  # fmt: skip
"""The levels of options whose values are words, in order."""


@dataclass(frozen=True)
class Curve:
    """Cells along one option, all else equal, in the order of its levels. `title` tells it from other curves."""

    title: str
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class Ablation:
    """All curves of one family along one option; `levels` are those of any of them, in order."""

    task: str
    option: str
    levels: tuple[str, ...]
    curves: tuple[Curve, ...]


def find_ablations(cells: Sequence[Cell]) -> list[Ablation]:
    """Every option of every family of which two or more levels were asked under otherwise the same condition."""
    found = []
    for task in sorted({cell.task for cell in cells}):
        own = [cell for cell in cells if cell.task == task]
        for option in sorted({key for cell in own for key in cell.options} - _NO_ABLATION):
            groups = [group for group in _alike(own, option) if len({_level(cell, option) for cell in group}) > 1]
            if groups:
                found.append(_ablation(task, option, groups))
    return found


def _alike(cells: Sequence[Cell], option: str) -> list[list[Cell]]:
    """The cells, grouped by all that they share beside the option."""
    groups: dict[str, list[Cell]] = {}
    bare: dict[str, Cell] = {}
    for cell in cells:
        rest = {key: value for key, value in cell.options.items() if key not in _along(option)}
        key = json.dumps([cell.variant, cell.model, rest], sort_keys=True)
        groups.setdefault(key, []).append(cell)
        if option == "noise" and not cell.options.get("noise") and not cell.options.get("noise_told"):
            bare[_without_noise(cell)] = cell
    for group in groups.values():  # shots without noise begin every curve over it, however it is told and made
        start = bare.get(_without_noise(group[0])) if option == "noise" else None
        if start and start not in group and group[0].options.get("noise"):
            group.append(start)
    return [groups[key] for key in sorted(groups)]


def _without_noise(cell: Cell) -> str:
    rest = {key: value for key, value in cell.options.items() if key not in ("noise", *_OF_NOISE)}
    return json.dumps([cell.variant, cell.model, rest], sort_keys=True)


def _along(option: str) -> tuple[str, ...]:
    """The options that make the levels of one axis: how much a model thinks follows from its effort, too."""
    return (option, _EFFORT) if option == "thought" else (option,)


def _level(cell: Cell, option: str) -> str:
    effort = cell.options.get(_EFFORT)
    if option != "thought" or effort is None:
        return option_word(option, cell.options.get(option))
    thought = cell.options.get(option)
    return f"effort {effort}" if thought == "free" else f"{thought}, effort {effort}"


def _ablation(task: str, option: str, groups: Sequence[Sequence[Cell]]) -> Ablation:
    levels = {_level(cell, option): cell.options.get(option) for group in groups for cell in group}

    def place(text: str) -> tuple[bool, float, int, object]:
        level = levels[text]
        number = float(level) if isinstance(level, int | float) else 0.0
        return level is not None, number, _WORDS.index(text) if text in _WORDS else len(_WORDS), natural(text)

    shown = [group[0].options.items() for group in groups]
    shared = {key: value for key, value in shown[0] if all((key, value) in items for items in shown)}
    curves = []
    for group in groups:
        own = {key: value for key, value in sorted(group[0].options.items()) if key not in {*shared, *_along(option)}}
        own = {key: value for key, value in own.items() if key != "weights"}
        title = ", ".join(filter(None, [group[0].variant, group[0].model, options_text(own)]))
        by_level = {_level(cell, option): cell for cell in group}
        curves.append(Curve(title, {level: by_level[level] for level in sorted(by_level, key=place)}))
    curves.sort(key=lambda curve: natural(curve.title))
    return Ablation(task, option, tuple(sorted(levels, key=place)), tuple(curves))


def ablation_tables(ablations: Sequence[Ablation]) -> Iterator[Table]:
    """A table an ablation: rows curve × setting, columns the levels."""
    for each in ablations:
        cells = [cell for curve in each.curves for cell in curve.cells.values()]
        found = [accuracy for cell in cells for key, accuracy in cell.accuracies.items() if key in ASKABLE]
        sized, more = size_notes(found)
        groups = tuple((curve.title, tuple(_rows(curve, each.levels, sized))) for curve in each.curves)
        header = ("setting", *(f"{each.option} {level}" for level in each.levels))
        data = pd.DataFrame(_records(each))
        title = f"{each.task}: accuracy by {each.option}"
        notes = (PERCENT, METHOD, *more, *_NOTES.get(each.option, ()))
        yield Table(f"ablation_{each.task}_{each.option}", title, header, groups, data, notes)


def _rows(curve: Curve, levels: Sequence[str], sized: bool) -> Iterator[tuple[Entry, ...]]:
    for setting in ASKABLE:
        found = [curve.cells[level].accuracies.get(setting) if level in curve.cells else None for level in levels]
        if any(found):
            yield (Entry(setting), *(accuracy_entry(accuracy, sized) for accuracy in found))


def _records(ablation: Ablation) -> Iterator[dict[str, object]]:
    for curve in ablation.curves:
        for level, cell in curve.cells.items():
            for record in accuracy_records([cell], tuple(ASKABLE)):
                yield {"curve": curve.title, ablation.option: level, **record}
