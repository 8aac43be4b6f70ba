"""Knowledge: how much accuracy a model owes to symbols that it knows, as usual less other symbols on the same items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import ORDER, Cell
from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.comparison import Comparison, compare, sides_of
from solverlearner.analysis.conditions import unusual
from solverlearner.analysis.labels import natural, options_text
from solverlearner.analysis.pooled import ALL, PAIR, PooledComparison, pooled_levels
from solverlearner.analysis.tables.effects import LEVEL, SIGNIFICANT
from solverlearner.analysis.tables.grids import numbers
from solverlearner.analysis.tables.table import PERCENT, Entry, Table, TableRow, p_value, percent
from solverlearner.design.setting import CHECK
from solverlearner.errors import UsageError
from solverlearner.task.symbols import OTHER_SYMBOLS

EVERY = "all variants"
"""Stands for the variant of a row that pools several."""

_MEANING = (
    "Knowledge effect: accuracy with usual symbols less accuracy with the other ones, on the same items. Above zero "
    "the usual symbols help. In percentage points, with the interval of pooled comparisons; n are queries. The seed "
    "draws the signs of a run, and intervals are for those that were drawn. Runs of several seeds are pooled."
)


@dataclass(frozen=True)
class KnowledgeEffect:
    """Usual less other `symbols`, of one model in one setting, on one variant or on `EVERY`.

    `options`: what else was not at its default, where the model has effects under several options. `widest`: no other
    effect pools more variants of the same.
    """

    task: str
    model: str
    options: str
    setting: str
    variant: str
    symbols: str
    widest: bool
    found: PooledComparison


def knowledge_effects(cells: Sequence[Cell]) -> list[KnowledgeEffect]:
    """The knowledge effect of each task, model, setting and variant; where there are several variants, all come first.

    Cells that differ in another option beside `symbols` are not compared. p values are adjusted over the variants.
    """
    tasks = sorted({cell.task for cell in cells})
    of_task = {task: [cell for cell in cells if cell.task == task] for task in tasks}
    return [found for own in of_task.values() for symbols in OTHER_SYMBOLS for found in _of_task(own, symbols)]


def _of_task(cells: Sequence[Cell], symbols: str) -> Iterator[KnowledgeEffect]:
    first, second = (sides_of(cells, {"symbols": level}) for level in ("usual", symbols))
    try:
        pairs = [pair for pair in compare(first, second, {"symbols"}) if {*pair.differing} == {"symbols"}]
    except UsageError:  # no run with these symbols, or none on the same items
        return
    groups: dict[tuple[str, str, str], list[Comparison]] = {}
    asked: dict[str, set[str]] = {}
    for pair in pairs:
        side = pair.first
        if side.setting != CHECK.name:
            key = (side.cell.model, options_text(unusual(side.cell.options)), side.setting)
            asked.setdefault(side.cell.model, set()).add(key[1])
            groups.setdefault(key, []).append(pair)
    for key in sorted(groups, key=lambda key: (natural(key[0]), key[1], ORDER.index(key[2]))):
        model, options, setting = key
        told = options if len(asked[model]) > 1 else ""
        yield from _of_variants(cells[0].task, (model, told, setting), groups[key], symbols)


def _of_variants(
    task: str, key: tuple[str, str, str], pairs: Sequence[Comparison], symbols: str
) -> Iterator[KnowledgeEffect]:
    levels = pooled_levels(pairs)
    several = len(pairs) > 1
    for found in levels[ALL] if several else ():
        yield KnowledgeEffect(task, *key, EVERY, symbols, widest=True, found=found)
    for found in levels[PAIR]:
        variant = found.pairs[0].first.cell.variant
        yield KnowledgeEffect(task, *key, variant, symbols, widest=not several, found=found)


def knowledge_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """A table a family: in each setting, accuracy with usual and with other symbols, and their difference."""
    effects = knowledge_effects(cells)
    for task in sorted({each.task for each in effects}):
        yield _table(task, [each for each in effects if each.task == task])


def _table(task: str, effects: Sequence[KnowledgeEffect]) -> Table:
    groups: dict[str, list[TableRow]] = {}
    for each in effects:
        title = ", ".join(filter(None, [each.model, each.options]))
        groups.setdefault(title, []).append(_row(each))
    star = f"{SIGNIFICANT} p ≤ {LEVEL} by episodes after Holm's correction over the variants of a setting."
    notes = [PERCENT, _MEANING, star, *([FEWER_LEGEND] if any(each.found.fewer for each in effects) else [])]
    header = ("setting", "variant", "symbols", "usual", "other", "effect", "n/episodes", "p, episodes", "p, Holm")
    title = f"{task}: knowledge effect, usual less other symbols"
    data = pd.DataFrame(map(_record, effects))
    grouped = tuple((model, tuple(rows)) for model, rows in groups.items())
    return Table(f"knowledge_{task}", title, header, grouped, data, tuple(notes), texts=3)


def _row(each: KnowledgeEffect) -> TableRow:
    found = each.found
    mark = SIGNIFICANT * (found.p_holm <= LEVEL) + FEWER * found.fewer
    return (
        *map(Entry, (each.setting, each.variant, each.symbols)),
        *map(percent, found.accuracies),
        percent(found.effect, sign="+", mark=mark),
        *map(Entry, (f"{found.n}/{found.episodes}", p_value(found.p), p_value(found.p_holm))),
    )


def _record(each: KnowledgeEffect) -> dict[str, Any]:
    found = each.found
    names = {"task": each.task, "variant": each.variant, "model": each.model, "options": each.options}
    values = (side and round(side.value, 6) for side in found.accuracies)
    both = dict(zip(("usual", "other"), values, strict=True))
    sizes = {"n": found.n, "episodes": found.episodes, "clusters": found.clusters}
    tests = {key: float(f"{p:.6g}") for key, p in (("p_episode", found.p), ("p_holm", found.p_holm))}
    return {
        **names,
        "setting": each.setting,
        "symbols": each.symbols,
        **both,
        **numbers(found.effect, "effect"),
        **sizes,
        **tests,
    }
