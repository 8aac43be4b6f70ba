"""Rows: the columns of a run's rows that tables need, read without the prompts and replies that rows mostly are."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd

from solverlearner.analysis.row_facts import FAILED, RowFacts, asked_for, is_drawn
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.truncation import CutKind, cut_kind
from solverlearner.errors import Warn
from solverlearner.evaluation.row_lines import RowLine, RowLines, open_rows
from solverlearner.evaluation.row_schema import score_of
from solverlearner.task.relabelled import USUAL_INPUT

_BATCH = 2_000  # lines held at once: their prompts and replies are most of a run and are not kept

WORD_COLUMNS = ("setting", "status", "state", "cut", "found", "found_rule")
"""The columns of rows that hold words, as categories."""


_AMOUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens", "seconds")

UNKNOWN = -1
"""Stands in the columns `prompt` and `written` where there is none."""

_HAS_USUAL = f'"{USUAL_INPUT}":'.encode()


class RowFrame(NamedTuple):
    """The rows of a file as a frame, and the first of them, None without any.

    `whole`: the file could be read to its end.
    """

    first: RowLine | None
    rows: pd.DataFrame
    whole: bool


def row_frame(path: Path, warn: Warn, options: Mapping[str, Any]) -> RowFrame:
    """The rows of a file, gzip or not, that count; `row_lines` says which, and `warn` gets a line for what is left out.

    Columns: see `tables.runs.Run`, and `line`, the number of its line. `options` are the run's. Raises: OSError where
    the file cannot be opened.
    """
    batches: list[pd.DataFrame] = []
    first: RowLine | None = None
    with open_rows(path) as file:
        lines = RowLines(file)
        numbered = ((number, row) for number, (_, row) in enumerate(lines, 1) if row)
        while batch := [*islice(numbered, _BATCH)]:
            first = first or batch[0][1]
            batches.append(_frame([row for _, row in batch], [at for at, _ in batch], is_drawn(options)))
    for note in lines.notes():
        warn(note)
    if first is None:
        return RowFrame(None, pd.DataFrame(), not lines.broken)
    rows = pd.concat(batches, ignore_index=True).astype(dict.fromkeys(WORD_COLUMNS, "category"))
    counting = rows.line.isin([*lines.counting.values()])
    return RowFrame(first, rows[counting].reset_index(drop=True), not lines.broken)


def _output(line: RowLine) -> int:
    """A checksum of the value that a program gave; answers have none, because nothing compares them."""
    return FAILED if line.program is None or bytes(line.value) == b"null" else zlib.crc32(line.value)


class _Facts(msgspec.Struct):
    """The facts of a row that pair it with others."""

    usual_input: msgspec.Raw


def _usual_input(line: RowLine) -> bytes:
    """Its input in usual symbols, so that runs which differ in their symbols alone are of the same items."""
    facts = bytes(line.facts)
    if _HAS_USUAL in facts:
        with suppress(msgspec.ValidationError):  # it stands deeper within another fact
            return bytes(msgspec.json.decode(facts, type=_Facts).usual_input)
    return bytes(line.input)


def _asked(line: RowLine, drawn: bool) -> tuple[int, int]:
    """Its prompt and program as numbers, `UNKNOWN` for none."""
    prompt, program = msgspec.json.encode(line.prompt) if line.prompt else b"", line.program
    written = program.encode(errors="replace") if program else None
    told = asked_for(line.setting, prompt, written, line.episode if drawn else None)
    return UNKNOWN if told[0] is None else told[0], UNKNOWN if told[1] is None else told[1]


def _cut(line: RowLine) -> CutKind:
    """Where a limit cut its reply."""
    if line.reply_state != "truncated":
        return ""
    return cut_kind(line.reply_state, line.status, line.reply or "", line.program, line.reasoning or "")


def _frame(lines: Sequence[RowLine], at: Sequence[int], drawn: bool) -> pd.DataFrame:
    def numbers(name: str, kind: str) -> "np.ndarray[Any, Any]":
        return np.array([getattr(line, name) for line in lines], dtype=kind)

    def scores(name: str, correct: str) -> "np.ndarray[Any, Any]":
        told = [score_of(getattr(line, name), getattr(line, correct)) for line in lines]
        return np.array(told, dtype="float64")  # None is NaN

    asked = np.array([_asked(line, drawn) for line in lines], dtype="int64").reshape(-1, 2)
    return pd.DataFrame(
        {
            "setting": pd.Series([line.setting for line in lines], dtype="str"),
            "status": pd.Series([line.status for line in lines], dtype="str"),
            "state": pd.Series([line.reply_state or "" for line in lines], dtype="str"),
            "episode": numbers("episode", "int32"),
            "query": numbers("query", "int32"),
            "sample": numbers("sample", "int32"),
            "wording": numbers("wording", "int32"),
            "item": np.array([zlib.crc32(_usual_input(line)) for line in lines], dtype="uint32"),
            "correct": np.array([-1 if line.correct is None else line.correct for line in lines], dtype="int8"),
            "score": scores("score", "correct"),
            "ideal": scores("ideal_score", "ideal_correct"),
            "default_world": scores("default_world_score", "default_world_correct"),
            "recited": numbers("recited", "bool"),
            **{name: numbers(name, "float64") for name in _AMOUNTS},
            "output": np.array([_output(line) for line in lines], dtype="int64"),
            "length": np.array([-1 if line.program is None else len(line.program) for line in lines], dtype="int32"),
            "calls": numbers("calls", "int32"),
            "shots": np.array([line.shots or 0 for line in lines], dtype="int32"),
            "shots_right": np.array([line.shots_right or 0 for line in lines], dtype="int32"),
            "prompt": asked[:, 0],
            "written": asked[:, 1],
            "found": pd.Series([line.found or "" for line in lines], dtype="str"),
            "found_rule": pd.Series([line.found_rule or "" for line in lines], dtype="str"),
            **{name: numbers(name, "float64") for name in ("found_agreement", "program_nodes", "rule_nodes")},
            "cut": pd.Series([_cut(line) for line in lines], dtype="str"),
            "thoughts": np.array([bool(line.reasoning_tokens or line.reasoning) for line in lines]),
            "line": np.array(at, dtype="uint32"),
        }
    )


def frame_facts(rows: pd.DataFrame) -> Iterator[RowFacts]:
    """The facts of a frame's rows, one by one, as `Summary.add` takes them; `cluster` numbers the episode."""
    columns = {
        "setting": rows.setting.tolist(),
        "status": rows.status.tolist(),
        "state": rows.state.tolist(),
        **{name: rows[name].tolist() for name in ("cluster", "query", "sample", "item")},
        **{name: _known(rows[name]) for name in ("score", "ideal", "default_world")},
        "recited": rows.recited.tolist(),
        "unstable": [""] * len(rows),
        "output": rows.output.tolist(),
        "length": [None if length < 0 else length for length in rows.length.tolist()],
        "calls": rows.calls.tolist(),
        "tokens": _known(rows.prompt_tokens + rows.completion_tokens),
        "shots": rows.shots.tolist(),
        "shots_right": rows.shots_right.tolist(),
        **{name: [None if each == UNKNOWN else each for each in rows[name].tolist()] for name in ("prompt", "written")},
        "cut": rows.cut.tolist(),
        "written_tokens": _known(rows.completion_tokens),
        "thoughts": rows.thoughts.tolist(),
    }
    return map(RowFacts._make, zip(*(columns[name] for name in RowFacts._fields), strict=True))


def add_scores(
    scores: Scores, name: str, rows: pd.DataFrame, column: str, prompt: str = "prompt", written: str = "written"
) -> None:
    """Add a column of rows as the scores of `name`, in their clusters; `prompt` and `written` name those columns."""
    columns = (column, "cluster", "query", "sample", "item", prompt, written)
    for score, cluster, query, sample, item, *known in zip(*(rows[each].tolist() for each in columns), strict=True):
        asked, program = (None if each == UNKNOWN else each for each in known)
        scores.add(name, float(score), cluster, query, sample, item, prompt=asked, program=program)


def _known(column: "pd.Series[float]") -> list[float | None]:
    return [None if number != number else number for number in column.tolist()]  # NaN equals nothing
