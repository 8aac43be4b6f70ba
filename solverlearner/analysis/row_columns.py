"""Row columns: the columns of a run's rows that tables need, kept in the run folder, so that lines are parsed once.

The file `.columns` is made from `rows.jsonl` by the first command that reads it, and again when the rows or this code
change. It may be deleted at any time. Where a run folder cannot be written, the file lies in a temporary folder until
the command ends. Its first line is JSON, with a checksum before it; the values of each column follow as plain bytes.
"""

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.analysis.row_facts import is_drawn
from solverlearner.analysis.row_frame import WORD_COLUMNS, row_frame
from solverlearner.errors import Warn
from solverlearner.evaluation.row_lines import RowLine, RowLines, open_rows, rows_on
from solverlearner.files import source_hash

_FILE = ".columns"
_CODES = "int32"


@dataclass(frozen=True)
class SettingSize:
    """The rows of one setting of a run, those of them that are answered, and their episodes, answered or not."""

    rows: int
    answered: int
    episodes: int


@dataclass(frozen=True)
class RowColumns:
    """The columns of a run's rows, on disk. `who` are task, variant, model and seed; `sizes` are by setting.

    `own_rules`: every episode hides a real function of its own.
    """

    file: Path
    rows_file: Path
    who: tuple[str, str, str, int]
    own_rules: bool
    sizes: Mapping[str, SettingSize]
    options: Mapping[str, Any]
    state: Sequence[Any]

    def load(self) -> "LoadedColumns":
        """The columns, from the disk. Where the file is gone or damaged since, the rows are parsed again."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            return _loaded(self.file.read_bytes())
        return _of_frame(row_frame(self.rows_file, lambda line: None, self.options).rows)

    def lines(self, settings: Collection[str], episodes: Collection[int] | None = None) -> Iterator[RowLine]:
        """The rows of these settings, and of these episodes where some are given, read again with all their columns.

        Raises: OSError, EOFError, zlib.error where the file cannot be read any more.
        """
        with open_rows(self.rows_file) as file:
            if _state(self.rows_file, self.options) == self.state:
                numbers = self.load().line_numbers(settings, episodes)
            else:
                found = RowLines(file).read().counting
                file.seek(0)
                of = ((number, key) for key, number in found.items() if key[0] in settings)
                numbers = sorted(number for number, key in of if episodes is None or key[1] in episodes)
            yield from (row for _, row in rows_on(file, numbers) if row)


@dataclass(frozen=True)
class LoadedColumns:
    """Columns as arrays of one length; those of `WORD_COLUMNS` are numbers of their `words`."""

    values: Mapping[str, Any]
    words: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        return len(self.values["setting"]) if self.values else 0

    def of(self, settings: Collection[str]) -> "LoadedColumns":
        """The rows of these settings."""
        named = self.words["setting"]
        if {*named} <= {*settings}:
            return self
        kept = np.isin(self.values["setting"], [at for at, name in enumerate(named) if name in settings])
        return LoadedColumns({name: values[kept] for name, values in self.values.items()}, self.words)

    def line_numbers(self, settings: Collection[str], episodes: Collection[int] | None = None) -> list[int]:
        """The numbers of the lines of these settings, and of these episodes where some are given."""
        found = self.of(settings).values
        lines = found["line"] if episodes is None else found["line"][np.isin(found["episode"], [*episodes])]
        return sorted(lines.tolist())

    def also(self, **values: Any) -> "LoadedColumns":
        """With further columns."""
        return LoadedColumns({**self.values, **values}, self.words)


def pooled_frame(parts: Sequence[LoadedColumns]) -> pd.DataFrame:
    """The rows of all parts in one frame. Joining arrays takes a tenth of the time that joining frames takes."""
    columns: dict[str, Any] = {}
    for name in parts[0].values:
        values = [part.values[name] for part in parts]
        if name in WORD_COLUMNS:
            words = sorted({word for part in parts for word in part.words[name]})
            numbers = [np.array([words.index(word) for word in part.words[name]], dtype=_CODES) for part in parts]
            codes = [number[old] for number, old in zip(numbers, values, strict=True)]
            columns[name] = pd.Categorical.from_codes(np.concatenate(codes), pd.Index(words))
        else:
            columns[name] = np.concatenate(values)
    return pd.DataFrame(columns)


def row_columns(rows_file: Path, warn: Warn, options: Mapping[str, Any]) -> RowColumns | None:
    """The columns of a file of rows, gzip or not; None without any row. `options` are the run's.

    `warn` gets a line for what is skipped, whether it was parsed now or before. Raises: OSError where the file cannot
    be opened.
    """
    state = _state(rows_file, options)
    file = rows_file.with_name(_FILE)
    head = _head(file, state)
    if head is None:
        told: list[str] = []
        first, rows, whole = row_frame(rows_file, told.append, options)
        head = _described(first, rows, told) | {"state": state if whole else None}  # the next command may read it all
        file = _kept(file, _bytes_of(head, rows))
    for line in head["told"]:
        warn(f"{rows_file}: {line}")
    if not head["sizes"]:
        return None
    sizes = {name: SettingSize(*counts) for name, counts in head["sizes"].items()}
    task, variant, model, seed = head["who"]
    return RowColumns(file, rows_file, (task, variant, model, seed), head["own_rules"], sizes, options, state)


def _state(rows_file: Path, options: Mapping[str, Any]) -> list[Any]:
    """What columns are made from: other rows and another code give others."""
    status = rows_file.stat()
    return [_code(), status.st_size, status.st_mtime_ns, is_drawn(options)]


def _described(first: Any, rows: pd.DataFrame, told: Sequence[str]) -> dict[str, Any]:
    if first is None:
        return {"who": ["", "", "", 0], "own_rules": False, "sizes": {}, "told": told}
    sizes = {
        str(setting): [len(own), int((own.correct >= 0).sum()), int(own.episode.nunique())]
        for setting, own in rows.groupby("setting", observed=True, sort=False)
    }
    who = [first.task, first.variant, first.model, first.seed]
    return {"who": who, "own_rules": first.ambiguity is None, "sizes": sizes, "told": told}


@cache
def _code() -> str:
    """A hash of the code that makes columns of rows: of another code they are made anew."""
    return source_hash("solverlearner.analysis", "solverlearner.evaluation", "solverlearner.inference").hex()


def _of_frame(rows: pd.DataFrame) -> LoadedColumns:
    words = {name: rows[name].cat.categories.tolist() for name in WORD_COLUMNS if name in rows}
    values = {
        str(name): rows[name].cat.codes.to_numpy(_CODES) if name in words else rows[name].to_numpy() for name in rows
    }
    return LoadedColumns(values, words)


def _bytes_of(head: Mapping[str, Any], rows: pd.DataFrame) -> bytes:
    found = _of_frame(rows)
    body = b"".join(values.tobytes() for values in found.values.values())
    columns = [[name, values.dtype.str] for name, values in found.values.items()]
    told = {**head, "columns": columns, "words": found.words, "rows": len(rows), "checksum": zlib.crc32(body)}
    line = json.dumps(told).encode()
    return b"%08x %s\n%s" % (zlib.crc32(line), line, body)


def _kept(file: Path, content: bytes) -> Path:
    """Write the file beside the rows, else to a folder of this process; gives where it lies."""
    with contextlib.suppress(OSError):
        return _written(file, content)
    other = Path(_temporary().name, f"{zlib.crc32(str(file.resolve()).encode()):08x}-{len(content)}")
    with contextlib.suppress(OSError):
        return _written(other, content)
    return other  # a full disk: every use parses the rows again


def _written(file: Path, content: bytes) -> Path:
    part = file.with_name(f"{file.name}-{os.getpid()}")  # two commands may write it at once
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return file


@cache
def _temporary() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="solverlearner-columns-")


def _head(file: Path, state: Sequence[Any]) -> dict[str, Any] | None:
    """The first line of a file that is whole and of this state of the rows; None for any other."""
    try:
        with file.open("rb") as opened:
            found = _told(opened.readline())
            whole = sum(np.dtype(kind).itemsize for _, kind in found["columns"]) * found["rows"] + opened.tell()
            fits = found["state"] == list(state) and whole == os.fstat(opened.fileno()).st_size
        return found if fits else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _told(line: bytes) -> dict[str, Any]:
    checksum, _, told = line.removesuffix(b"\n").partition(b" ")
    if int(checksum, 16) != zlib.crc32(told):
        raise ValueError("the first line is damaged")
    found = json.loads(told)
    if not isinstance(found, dict):
        raise ValueError("the first line is no object")
    return found


def _loaded(content: bytes) -> LoadedColumns:
    """The columns of a file. Raises: ValueError where it is damaged."""
    at = content.index(b"\n") + 1
    told = _told(content[:at])
    if zlib.crc32(memoryview(content)[at:]) != told["checksum"]:
        raise ValueError("the columns are damaged")
    columns: dict[str, Any] = {}
    for name, kind in told["columns"]:
        columns[name] = np.frombuffer(content, kind, told["rows"], at)
        at += columns[name].nbytes
    return LoadedColumns(columns, told["words"])
