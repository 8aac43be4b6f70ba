"""Rows: one a query in one setting, as JSON lines, derived from the journal."""

import os
from collections.abc import Iterator, Sequence
from io import FileIO
from itertools import accumulate
from pathlib import Path
from typing import Any

import msgspec

from solverlearner.errors import warn
from solverlearner.evaluation.row_lines import Key, RowLines, key_of, row_of, rows_on, values_of
from solverlearner.evaluation.row_schema import COLUMNS, Row, row_line
from solverlearner.files import whole_file
from solverlearner.inference.journal import append

_decode = msgspec.json.Decoder().decode


class RowFile:
    """An open `rows.jsonl`. Rows come as calls end; which of several with the same key counts, `row_lines` says.

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
        with path.open("rb") as lines:
            for line, row in RowLines(lines):
                if row is None or not line.endswith(b"\n"):
                    break
                self._size += len(line)
                rows += 1
                if row.status != "unanswered":
                    self.scored.add(key_of(row))
        if self._size < os.fstat(self._file.fileno()).st_size:
            warn(f"{path}: line {1 + rows} is damaged; it and the rows after it are derived again from the replies")
        os.truncate(self._file.fileno(), self._size)

    def add(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call. Raises: ValueError for a row that could not be read back."""
        lines = [*map(row_line, rows)]
        if unreadable := next((line for line in lines if row_of(line) is None), None):
            raise ValueError(f"no row that this version reads: {unreadable[:100].decode(errors='replace')}")
        self._size = append(self._file, b"".join(lines), self._size)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def sort(self) -> None:
        """Bring the rows that count into the order of their keys; memory is for their keys only."""
        with self.path.open("rb") as file:
            lines = RowLines(file)
            sizes = [len(line) for line, _ in lines]
        offsets = [0, *accumulate(sizes)]
        numbers = [number for _, number in sorted(lines.counting.items())]
        if numbers == [*range(1, len(sizes) + 1)]:
            return
        with whole_file(self.path) as ordered:
            for number in numbers:
                ordered.write(os.pread(self._file.fileno(), sizes[number - 1], offsets[number - 1]))
        self._file.close()
        self._file = FileIO(self.path, "a+")

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows that `sort` has put into order, like `read_rows`, in one reading: each of them counts."""
        with self.path.open("rb") as lines:
            for line in lines:
                yield _values_on(line)


def _values_on(line: bytes) -> dict[str, Any]:
    """The columns of a row that was read or written by this version."""
    try:
        values: dict[str, Any] = _decode(line)
    except msgspec.DecodeError:  # half of a surrogate pair, or nan
        values = {}
    return values if values.keys() == COLUMNS.keys() else values_of(row_of(line))


def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of a run folder that count, one by one, each with every column of the schema."""
    with (folder / "rows.jsonl").open("rb") as file:
        counting = sorted(RowLines(file).read().counting.values())
        file.seek(0)
        yield from (values_of(row) for _, row in rows_on(file, counting) if row)
