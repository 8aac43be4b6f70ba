"""Query frame: the rows of a run as a data frame, one row a query and sample, with the run's options beside them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.analysis.conditions import condition
from solverlearner.evaluation.identity import OBJECT, TARGET
from solverlearner.evaluation.row_schema import COLUMNS, Column
from solverlearner.evaluation.run_options import part_of

TEXT_COLUMNS = ("prompt", "reply", "reasoning", "program", "own_rule")
"""The columns that hold what a model was told and what it said, which are most of a row."""

_CALLED = {"shots": "program_shots", "shots_right": "program_shots_right"}
"""Columns of rows that are called otherwise in a frame, where `shots` is the option."""

_NO_OPTIONS = {
    "task", "model", "settings", "executor", "derivation", "name", "key_env", "key_required", "limit_field", "file",
    "replies", TARGET, OBJECT,
}  # fmt: skip


def query_frame(run: str, rows: Iterable[Mapping[str, Any]], options: Mapping[str, Any], texts: bool) -> pd.DataFrame:
    """A row a query, setting and sample. Columns: `run`, those of rows, then the options.

    Numbers and verdicts that may be missing are floats with NaN; 1.0 is right, 0.0 wrong. `texts`: also `TEXT_COLUMNS`.
    """
    wanted = [column for name, column in COLUMNS.items() if texts or name not in TEXT_COLUMNS]
    values: dict[str, list[Any]] = {column.name: [] for column in wanted}
    for row in rows:
        for name, each in values.items():
            each.append(row[name])
    found = {_CALLED.get(column.name, column.name): _series(values[column.name], column) for column in wanted}
    size = len(values["setting"])
    named = {f"option_{key}" if key in found else key: value for key, value in options.items() if key != "seed"}
    beside = {key: pd.Series([value] * size) for key, value in named.items()}
    return pd.DataFrame({"run": pd.Series([run] * size, dtype="object"), **found, **beside})


def _series(values: list[Any], column: Column) -> "pd.Series[Any]":
    if column.kind not in ("int64", "float64", "bool"):
        return pd.Series(values, dtype="object")
    if column.nullable:
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")
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
