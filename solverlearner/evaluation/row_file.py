"""Rows: one a query in one setting, as JSON lines, derived from the journal."""

import os
import re
from collections.abc import Iterator, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

from solverlearner.errors import warn
from solverlearner.evaluation.row_schema import Row, is_row, row_line, whole_row
from solverlearner.files import whole_file
from solverlearner.inference.journal import append
from solverlearner.json_text import parsed

Key = tuple[str, int, int, int]
"""Setting, episode, query, sample: what a row is known by."""


# The first five fields of a row stand at the beginning of its line, so that it is known without parsing the rest.
_HEAD = re.compile(rb'\{"setting": "(\w+)", "episode": (\d+), "query": (\d+), "sample": (\d+), "status": "(\w+)"')


class RowFile:
    """An open `rows.jsonl`. Rows come as calls end; where two have the same key, the later one counts.

    `keep`: go on with the rows that are there, of which `scored` then counts the answered ones by setting and
    episode and the queries that have one; else begin anew. Rows from the first damaged line on are cut off, after a
    line that says so: the journal gives them again. Raises: OSError.
    """

    def __init__(self, path: Path, *, keep: bool) -> None:
        self.path = path
        self._file = FileIO(path, "a+")
        if not keep:
            os.truncate(self._file.fileno(), 0)
        self.scored: set[Key] = set()
        self._size = rows = 0
        for key, answered, _, length in _lines(path):
            self._size += length
            rows += 1
            if answered:
                self.scored.add(key)
        if self._size < os.fstat(self._file.fileno()).st_size:
            warn(f"{path}: line {1 + rows} is damaged; it and the rows after it are derived again from the replies")
        os.truncate(self._file.fileno(), self._size)

    def add(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call. Raises: ValueError for a row that could not be read back."""
        lines = [*map(row_line, rows)]
        if unreadable := next((line for line in lines if key_of(line) is None), None):
            raise ValueError(f"no row that this version reads: {unreadable[:100].decode(errors='replace')}")
        self._size = append(self._file, b"".join(lines), self._size)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def sort(self) -> None:
        """Bring the rows into the order of their keys, one a key; memory is for their keys only."""
        places = {key: (offset, length) for key, _, offset, length in _lines(self.path, whole=False)}
        with whole_file(self.path) as ordered:
            for _, (offset, length) in sorted(places.items()):
                ordered.write(os.pread(self._file.fileno(), length, offset))
        self._file.close()
        self._file = FileIO(self.path, "a+")


def key_of(line: bytes) -> Key | None:
    """What the row on this line is known by; None for a torn line and for one that is no row of this version."""
    head = _head(line)
    return head[0] if head else None


def _head(line: bytes, whole: bool = True) -> tuple[Key, bool] | None:
    """Its key, and whether it is answered. `whole`: all other columns have to be right too."""
    head = _HEAD.match(line) if line.endswith(b"\n") else None
    if head is None or (whole and not is_row(line)):
        return None
    setting, *numbers, status = head.groups()
    episode, query, sample = map(int, numbers)
    return (setting.decode(), episode, query, sample), status != b"unanswered"


def _lines(path: Path, whole: bool = True) -> Iterator[tuple[Key, bool, int, int]]:
    """Key, whether it is answered, offset and length in bytes of every whole line, up to the first that is no row."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            head = _head(line, whole)
            if head is None:
                return
            yield *head, offset, len(line)
            offset += len(line)


def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of a run folder, one by one, each with every column of the schema."""
    with (folder / "rows.jsonl").open("rb") as lines:
        yield from map(whole_row, map(parsed, lines))
