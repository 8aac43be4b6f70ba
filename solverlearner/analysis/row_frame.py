"""Rows: the columns of a run's rows that tables need, read without the prompts and replies that rows mostly are."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from solverlearner.analysis.kept_runs import open_rows
from solverlearner.analysis.row_facts import FAILED, RowFacts, asked_for, is_drawn
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.truncation import CutKind, cut_kind
from solverlearner.errors import Warn
from solverlearner.evaluation.row_schema import row_decoder, score_of
from solverlearner.task.relabelled import USUAL_INPUT

_BATCH = 10_000  # lines held at once: their prompts and replies are most of a run and are not kept

WORD_COLUMNS = ("setting", "status", "state", "cut", "found", "found_rule")
"""The columns of rows that hold words, as categories."""


_AMOUNTS = ("prompt_tokens", "completion_tokens", "cached_tokens", "seconds")

UNKNOWN = -1
"""Stands in the columns `prompt` and `written` where there is none."""

_decode = row_decoder(
    (
        "task", "variant", "setting", "model", "seed", "episode", "query", "sample", "input", "status", "reply_state",
        "correct", "score", "recited", "ideal_correct", "ideal_score", "default_world_correct", "default_world_score",
        "ambiguity", "prompt_tokens", "completion_tokens", "cached_tokens", "seconds", "value", "program", "calls",
        "shots", "shots_right", "found", "found_rule", "found_agreement", "program_nodes", "rule_nodes",
        "prompt", "reply", "reasoning", "reasoning_tokens", "facts",
    ),
    raw=("input", "value", "prompt", "reply", "reasoning", "facts"),
)  # fmt: skip

_HAS_USUAL = f'"{USUAL_INPUT}":'.encode()

RowLine = Any
"""A row as `_decode` gives it: the columns that tables need, as attributes."""


def row_frame(path: Path, warn: Warn, options: Mapping[str, Any]) -> tuple[RowLine | None, pd.DataFrame]:
    """The first line of a file of rows, gzip or not, and its rows as a frame; None without any.

    The last row of a (setting, episode, query, sample) counts: rows in the order of arrival may hold an unanswered one
    before. Columns: see `tables.runs.Run`. `options` are the run's. Raises: OSError, EOFError, zlib.error where
    the file cannot be read.
    """
    batches: list[pd.DataFrame] = []
    who = ("", "", "", 0)
    first: RowLine | None = None
    with open_rows(path) as file:
        for lines in _batches(_lines(file, warn)):
            if first is None:  # one damaged name must not speak for the file
                who = Counter(map(_who, lines)).most_common(1)[0][0]
                first = next(line for line in lines if _who(line) == who)
            if own := [line for line in lines if _who(line) == who]:
                batches.append(_frame(own, is_drawn(options)))
            if strangers := len(lines) - len(own):
                warn(f"{strangers} rows of another task, variant, model or seed, skipped")
    if first is None:
        return None, pd.DataFrame()
    rows = pd.concat(batches, ignore_index=True).astype(dict.fromkeys(WORD_COLUMNS, "category"))
    return first, rows.drop_duplicates(["setting", "episode", "query", "sample"], keep="last", ignore_index=True)


def _who(line: RowLine) -> tuple[str, str, str, int]:
    return line.task, line.variant, line.model, line.seed


def _lines(file: Iterable[bytes], warn: Warn) -> Iterator[RowLine]:
    bad: list[int] = []
    for number, line in enumerate(file, 1):
        try:
            yield _decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            if line.endswith(b"\n"):
                bad.append(number)
            else:
                warn("its last line is torn, skipped")
    if bad:
        warn(f"{len(bad)} lines are no rows, the first is line {bad[0]}, skipped")


def _batches(lines: Iterator[RowLine]) -> Iterator[list[RowLine]]:
    while batch := list(islice(lines, _BATCH)):
        yield batch


def _output(line: RowLine) -> int:
    """A checksum of the value that a program gave; answers have none, because nothing compares them."""
    return FAILED if line.program is None or bytes(line.value) == b"null" else zlib.crc32(line.value)


class _Facts(msgspec.Struct):
    """The facts of a row that pair it with others."""

    usual_input: msgspec.Raw


def _usual_input(line: RowLine) -> bytes:
    """Its input in usual symbols, so that runs which differ in their symbols alone are of the same items."""
    facts = bytes(line.facts)
    return bytes(msgspec.json.decode(facts, type=_Facts).usual_input) if _HAS_USUAL in facts else bytes(line.input)


def _asked(line: RowLine, drawn: bool) -> tuple[int, int]:
    """Its prompt and program as numbers, `UNKNOWN` for none."""
    prompt, program = bytes(line.prompt), line.program
    written = program.encode(errors="replace") if program else None
    told = asked_for(line.setting, b"" if prompt == b"[]" else prompt, written, line.episode if drawn else None)
    return UNKNOWN if told[0] is None else told[0], UNKNOWN if told[1] is None else told[1]


def _cut(line: RowLine) -> CutKind:
    """Where a limit cut its reply; the texts of all others stay packed."""
    if line.reply_state != "truncated":
        return ""
    return cut_kind(line.reply_state, line.status, _text(line.reply), line.program, _text(line.reasoning))


def _text(packed: msgspec.Raw) -> str:
    """The text of a column that nobody has checked yet; "" where it is none."""
    try:
        text = msgspec.json.decode(packed)
    except msgspec.DecodeError:
        return ""
    return text if isinstance(text, str) else ""


def _has_thoughts(line: RowLine) -> bool:
    return bool(line.reasoning_tokens) or bytes(line.reasoning) not in (b"null", b'""')


def _frame(lines: Sequence[RowLine], drawn: bool) -> pd.DataFrame:
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
            "thoughts": np.array([_has_thoughts(line) for line in lines]),
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
