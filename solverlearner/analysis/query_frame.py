"""Query frame: the rows of runs as columns of one type each, with the runs' options beside them.

A data frame and the files of `rows` have the same columns, because both are made of the batches here.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from solverlearner.analysis.conditions import condition
from solverlearner.analysis.kept_runs import KeptRun
from solverlearner.errors import Warn
from solverlearner.evaluation.identity import OBJECT, TARGET
from solverlearner.evaluation.row_schema import COLUMNS, SCORES, Column, score_of
from solverlearner.evaluation.run_options import part_of

TEXT_COLUMNS = ("prompt", "reply", "reasoning", "program", "own_rule")
"""The columns that hold what a model was told and what it said, which are most of a row."""

CALLED = {"shots": "program_shots", "shots_right": "program_shots_right"}
"""Columns of rows that are called otherwise beside the options, where `shots` is the option."""

_NO_OPTIONS = {
    "task", "model", "settings", "executor", "derivation", "name", "key_env", "key_required", "limit_field", "file",
    "replies", TARGET, OBJECT,
}  # fmt: skip
_BATCH = 10_000
_TEXT = pd.Series(["text"]).dtype
"""What this version of pandas has for text: object, from pandas 3 on str, where a missing one is NaN."""
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class FrameColumn:
    """A column beside others: its name, the type of its values, and whether some may be missing.

    `kind` is string, int64, float64, bool, or messages: a list of objects with role and content.
    """

    name: str
    kind: str
    nullable: bool


@dataclass(frozen=True)
class RowBatch:
    """Some rows of one run: `values` by column name, and the `options`, which are the same in each of its rows."""

    size: int
    values: Mapping[str, list[Any]]
    options: Mapping[str, Any]

    def column(self, name: str) -> list[Any]:
        """The values of a column, None where this run has no such option."""
        found = self.values.get(name)
        return [self.options.get(name)] * self.size if found is None else found


class QueryColumns:
    """The rows of runs as batches of columns: `run`, those of rows, then every option that one of the runs has.

    JSON columns (`input`, `expected`, `value`, `ideal`, `default_world`) are text: a text as it is, any other value as
    JSON. `correct` and other verdicts that may be missing are numbers, 1.0 or 0.0. `texts`: also `TEXT_COLUMNS`.
    Memory is for one batch, and for the keys of one run's rows.
    """

    def __init__(self, runs: Sequence[KeptRun], texts: bool) -> None:
        self._runs, self._texts = runs, texts

    @cached_property
    def columns(self) -> list[FrameColumn]:
        """All columns, in their order; each run's batches have those options alone that it has."""
        own = [FrameColumn(CALLED.get(each.name, each.name), *table_kind(each)) for each in _wanted(self._texts)]
        values: dict[str, list[Any]] = {}
        for run in self._runs:
            for key, value in _beside(run_options(run.config, run.manifest)).items():
                values.setdefault(key, []).append(value)
        options = [_option_column(key, each, len(self._runs)) for key, each in values.items()]
        return [FrameColumn("run", "string", False), *own, *options]

    def batches(self, warn: Warn, watched: Callable[[Sequence[KeptRun], str], Iterable[KeptRun]]) -> Iterator[RowBatch]:
        """The rows of all runs, in the order of the runs and their files; of each key the last one.

        `watched` hands on the runs, and may show how many are done.
        """
        kinds = {column.name: column.kind for column in self.columns}
        for run in watched(self._runs, "runs are written"):
            beside = _beside(run_options(run.config, run.manifest))
            options = {key: _as_kind(value, kinds[key]) for key, value in beside.items()}
            with run.rows(warn) as rows:
                lines = rows.lines()
                while lines_of_batch := list(islice(lines, _BATCH)):
                    values = {"run": [run.path.name] * len(lines_of_batch)}
                    for column in _wanted(self._texts):
                        values[CALLED.get(column.name, column.name)] = _values(lines_of_batch, column)
                    yield RowBatch(len(lines_of_batch), values, options)


def _wanted(texts: bool) -> list[Column]:
    return [column for name, column in COLUMNS.items() if texts or name not in TEXT_COLUMNS]


def table_kind(column: Column) -> tuple[str, bool]:
    """The type that a column of rows has in a table, and whether values may be missing."""
    kind = {"json": "string", "bool": "float64" if column.nullable else "bool"}.get(column.kind, column.kind)
    return kind, column.nullable


def _values(lines: Sequence[Any], column: Column) -> list[Any]:
    values = [getattr(line, column.name) for line in lines]
    if column.kind == "json":
        return [*map(_text, values)]
    if verdict := SCORES.get(column.name):
        return [score_of(score, getattr(line, verdict)) for score, line in zip(values, lines, strict=True)]
    if column.kind == "bool" and column.nullable:
        return [None if value is None else float(value) for value in values]
    if column.kind == "messages":
        roles = ("role", "content")
        return [[{part: message.get(part, "") for part in roles} for message in messages] for messages in values]
    return values


def _text(value: msgspec.Raw) -> str | None:
    raw = bytes(value)
    if raw == b"null":
        return None
    return msgspec.json.decode(raw, type=str) if raw.startswith(b'"') else raw.decode()


def _beside(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options under names that no column of rows has; `seed` is one of rows."""
    taken = {"run", *(CALLED.get(name, name) for name in COLUMNS)}
    return {f"option_{key}" if key in taken else key: value for key, value in options.items() if key != "seed"}


def _option_column(name: str, values: Sequence[Any], runs: int) -> FrameColumn:
    there = {type(value) for value in values if value is not None}
    nullable = len(values) < runs or any(value is None for value in values)
    if there == {int} and not all(value is None or value in _INT64 for value in values):
        there = {str}
    kinds = {frozenset({bool}): "bool", frozenset({int}): "int64"}
    kind = kinds.get(frozenset(there), "float64" if there and there <= {int, float} else "string")
    return FrameColumn(name, kind, nullable)


def _as_kind(value: Any, kind: str) -> Any:
    """A value of an option as its column has it; where runs have values of several types, all are text."""
    if value is None or kind in ("bool", "int64"):
        return value
    if kind == "float64":
        return float(value)
    return value if isinstance(value, str) else json.dumps(value)


def query_frame(runs: Sequence[KeptRun], texts: bool, warn: Warn) -> pd.DataFrame:
    """The rows of runs as a data frame, one row a query, setting and sample. Numbers that are missing are NaN."""
    found = QueryColumns(runs, texts)
    batches = [*found.batches(warn, lambda runs, _what: runs)]
    return pd.DataFrame({column.name: _series(column, batches) for column in found.columns})


def _series(column: FrameColumn, batches: Iterable[RowBatch]) -> "pd.Series[Any]":
    values: list[Any] = []
    for batch in batches:
        values += batch.column(column.name)
    if column.kind == "string":
        return pd.Series(values, dtype=_TEXT)
    if column.kind == "messages" or (column.kind == "bool" and column.nullable):
        return pd.Series(values, dtype="object")
    if column.nullable or column.kind == "float64":
        return pd.Series([np.nan if value is None else value for value in values], dtype="float64")
    return pd.Series(values, dtype=column.kind)


def run_options(config: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a run was asked with, of its task, its model and all else that answers follow from, as plain values.

    An option that an older run does not record has its default. Lists and mappings are JSON text.
    """
    found = _options(config)
    for part in ("task", "model"):
        own = config.get(part)
        for key, value in _options(own if isinstance(own, Mapping) else {}).items():
            found[key if found.get(key, value) == value else f"{part}_{key}"] = value
    return found | {key: value for key, value in condition(config, manifest).items() if key not in found}


def _options(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {str(key): value for key, value in values.items() if key not in _NO_OPTIONS and _names_run(str(key))}
    return {key: json.dumps(value) if isinstance(value, Mapping | list) else value for key, value in kept.items()}


def _names_run(key: str) -> bool:
    part = part_of(key)
    return part is None or part.names_run
