"""Tables of rules: which rule the programs of each setting carry out, by variant, and how long they are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.labels import natural, options_text
from solverlearner.analysis.rules_found import DIAGNOSE, KINDS, PARTLY, kind_of
from solverlearner.analysis.tables.grids import who
from solverlearner.analysis.tables.table import Entry, Table, TableRow
from solverlearner.design.setting import ASKABLE

_HEADS = {
    "hidden": "hidden rule", "default_world": "default world", "another": "another rule", "shot_table": "its shots",
    "fits_shots": "fits shots", "none": "something else", "fails": "no value", "no_program": "no program",
}  # fmt: skip
_NO_CONDITION = ("weights", "base_url")
_NOTES = (
    "Programs run on probe inputs that are none of their shots, at most 200, and are compared with every rule of their "
    "task. hidden rule, default world, another rule: they give its output on all of them; partly: on more than half.",
    "its shots: they store their shots or pieces of them. fits shots: all shots right in another way. no value: errors "
    "on every probe. which other: the names of the other rules.",
    "nodes: median size of the programs in nodes of the syntax tree, over that of the smallest program among the rules "
    "that fit the shots. n (k): n programs of which k are distinct.",
)


def rule_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """A table a family: a row for each variant, condition and setting whose programs were examined."""
    for task in sorted({cell.task for cell in cells}):
        found = [(cell, setting, own) for cell in cells if cell.task == task for setting, own in _programs(cell)]
        if found:
            yield _table(task, found)


def _programs(cell: Cell) -> Iterator[tuple[str, pd.DataFrame]]:
    """The programs of each setting, a row each, with their kind; those that nobody examined have none."""
    for setting, known in ASKABLE.items():
        if not known.writes_program or setting not in cell.settings:
            continue
        rows = cell.settings[setting]
        own = rows[rows.correct >= 0].drop_duplicates(["cluster", "sample"])
        if not (own.found != "").any():
            continue
        told = zip(own.found, own.found_agreement, own.length, strict=True)
        yield setting, own.assign(kind=["no_program" if length < 0 else kind_of(*f) for *f, length in told])


def _table(task: str, found: Sequence[tuple[Cell, str, pd.DataFrame]]) -> Table:
    there = {kind for _, _, own in found for kind in own.kind}
    kinds = [kind for kind in KINDS if kind in there]
    others = ["which other"] if {"another", "another partly"} & there else []
    groups: dict[str, list[TableRow]] = {}
    records = []
    unknown = 0
    for cell, setting, own in sorted(found, key=lambda each: (each[0].model, natural(each[0].variant), each[1])):
        counts, rules = Counter(own.kind), Counter(own[own.found == "another"].found_rule)
        unknown += counts[""]
        sizes = own.program_nodes.median(), own.rule_nodes.median()
        row = _row(cell, setting, own, [counts[kind] for kind in kinds], bool(others))
        groups.setdefault(_title(cell, found), []).append(row)
        records.append(
            {**who(cell), "setting": setting, "programs": len(own), "distinct": _distinct(own)}
            | {kind.replace(" ", "_"): counts[kind] for kind in kinds}
            | {"program_nodes": sizes[0], "rule_nodes": sizes[1], "others": "; ".join(sorted(rules))}
        )
    header = ("variant", "setting", "programs", *map(_head, kinds), *others, "nodes")
    notes = [*_NOTES, *([f"{unknown} programs are not examined: {DIAGNOSE} does it."] if unknown else [])]
    grouped = tuple((title, tuple(rows)) for title, rows in groups.items())
    title = f"{task}: which rule the programs carry out"
    return Table(f"rules_{task}", title, header, grouped, pd.DataFrame(records), tuple(notes), 2)


def _row(cell: Cell, setting: str, own: pd.DataFrame, counts: Sequence[int], named: bool) -> TableRow:
    distinct = _distinct(own)
    programs = f"{len(own)} ({distinct})" if distinct < len(own) else str(len(own))
    sizes = [own.program_nodes.median(), own.rule_nodes.median()]
    nodes = "/".join("–" if pd.isna(size) else f"{size:.0f}" for size in sizes)
    others = [_others(own)] if named else []
    return tuple(map(Entry, (cell.variant, setting, programs, *(str(each or "") for each in counts), *others, nodes)))


def _others(own: pd.DataFrame) -> str:
    """The other rules that programs carry out, the most frequent ones with their counts."""
    others = Counter(own[own.found == "another"].found_rule)
    return ", ".join(f"{rule} ×{count}" for rule, count in others.most_common(3)) + (", …" if len(others) > 3 else "")


def _distinct(own: pd.DataFrame) -> int:
    return int(own.written[own.length >= 0].nunique()) + int((own.length < 0).any())


def _head(kind: str) -> str:
    name = kind.removesuffix(PARTLY)
    return _HEADS[name] + (", partly" if kind != name else "")


def _title(cell: Cell, found: Sequence[tuple[Cell, str, Any]]) -> str:
    """The model, and its options where it was asked under several conditions."""
    conditions = [each.options for each, *_ in found if each.model == cell.model]
    shared = {key: value for key, value in conditions[0].items() if all(own.get(key) == value for own in conditions)}
    told = {key: value for key, value in sorted(cell.options.items()) if key not in {*shared, *_NO_CONDITION}}
    return ", ".join(filter(None, [cell.model, options_text(told)]))
