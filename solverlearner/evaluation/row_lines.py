"""Row lines: which lines of a file of rows are rows, and which of them count. Every reader of rows asks here.

A line is a row where each column of the schema has a value of its type. A row is foreign where its task, variant,
model or seed is not that of most of the first hundred rows. Of rows with the same key the last answered one counts, or
the last one where none is answered. What is left out is counted by kind, with the number of the first such line.
"""

import gzip
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal, cast

import msgspec

from solverlearner.evaluation import row_parquet
from solverlearner.evaluation.row_schema import COLUMNS, SCORES, row_decoder, score_of
from solverlearner.inference.journal import readable

Key = tuple[str, int, int, int]
"""Setting, episode, query, sample: what a row is known by."""

RowLine = Any
"""A row as `row_of` gives it: every column as an attribute, those of JSON as `msgspec.Raw`, which `value_of` reads."""

UNREADABLE = (OSError, EOFError, zlib.error)
"""What an open file of rows may raise while its lines are read."""

_JSON = frozenset(name for name, column in COLUMNS.items() if column.kind == "json")
_FIRST = 100

LeftOut = Literal["damaged", "torn", "foreign", "doubled"]
_NOTES: dict[LeftOut, str] = {
    "damaged": "{n} lines are damaged or of another version, the first is line {first}, skipped; "
    "the same `run` command derives them anew",
    "torn": "its last line is torn, skipped",
    "foreign": "{n} rows of another task, variant, model or seed, the first is line {first}, skipped",
    "doubled": "{n} answered rows stand in it more than once, the first again at line {first}; the last of each counts",
}


@cache
def _decoder() -> Any:
    return row_decoder([*COLUMNS], raw=_JSON)


def row_of(line: bytes) -> RowLine | None:
    """A line as a row; None for a line that is torn, damaged or of another version."""
    try:
        line.decode()  # what msgspec skips, it does not check
        return _decoder()(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def key_of(row: RowLine) -> Key:
    """What a row is known by."""
    return row.setting, row.episode, row.query, row.sample


def value_of(packed: msgspec.Raw) -> Any:
    """The value of a column of JSON. A number that Python does not read (1e999) is None."""
    try:
        return msgspec.json.decode(packed)
    except msgspec.DecodeError:
        return msgspec.json.decode(readable(bytes(packed)))


def values_of(row: RowLine, names: Collection[str] = COLUMNS) -> dict[str, Any]:
    """These columns of a row by name, with parsed JSON, and scores also of a version that kept verdicts alone."""
    found = {name: getattr(row, name) for name in names}
    for name in names:
        if name in _JSON:
            found[name] = value_of(found[name])
        elif verdict := SCORES.get(name):
            found[name] = score_of(found[name], getattr(row, verdict))
    return found


class RowLines:
    """One reading of a file of rows: each line with its row, None where it is left out.

    When all lines are read, `counting` has the line number, from 1, of each row that counts. `left_out` has how many
    lines of each kind are left out and the number of the first, `broken` why the file could not be read to its end.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._unanswered: set[Key] = set()
        self.counting: dict[Key, int] = {}
        self.left_out: dict[LeftOut, tuple[int, int]] = {}
        self.broken = ""

    def __iter__(self) -> Iterator[tuple[bytes, RowLine | None]]:
        own = self._most_named()
        for number, line in enumerate(self._until_broken(), 1):
            row = row_of(line)
            own = own or (row and _named(row))
            if row is None:
                self._leave_out("damaged" if line.endswith(b"\n") else "torn", number)
            elif _named(row) != own:
                self._leave_out("foreign", number)
                row = None
            else:
                self._count(key_of(row), number, row.status != "unanswered")
            yield line, row

    def _most_named(self) -> tuple[str, str, str, int] | None:
        """What most of the first rows name: one damaged name must not speak for the file."""
        first = map(row_of, islice(self._until_broken(), _FIRST))
        names = Counter(_named(row) for row in first if row)
        self._file.seek(0)
        return names.most_common(1)[0][0] if names else None

    def read(self) -> "RowLines":
        """Read all lines; gives itself."""
        for _ in self:
            pass
        return self

    def notes(self) -> list[str]:
        """A sentence for each kind of line that is left out, and for a file that could not be read to its end."""
        found = [_NOTES[kind].format(n=n, first=first) for kind, (n, first) in self.left_out.items()]
        return [*found, *([f"cannot be read to its end ({self.broken})"] if self.broken else [])]

    def _until_broken(self) -> Iterator[bytes]:
        try:
            yield from (line for line in self._file)  # `yield from` a file would close it
        except UNREADABLE as error:
            self.broken = str(error)

    def _count(self, key: Key, number: int, answered: bool) -> None:
        if key in self.counting and key not in self._unanswered:
            self._leave_out("doubled", number)
            if not answered:
                return
        self.counting[key] = number
        (self._unanswered.discard if answered else self._unanswered.add)(key)

    def _leave_out(self, kind: LeftOut, number: int) -> None:
        n, first = self.left_out.get(kind, (0, number))
        self.left_out[kind] = n + 1, first


def _named(row: RowLine) -> tuple[str, str, str, int]:
    return row.task, row.variant, row.model, row.seed


def open_rows(path: Path) -> IO[bytes]:
    """A file of rows: lines, gzip or not, or Parquet, read as the same lines. Raises: OSError."""
    if path.name == row_parquet.NAME:
        return cast(IO[bytes], row_parquet.ParquetRows(path))
    return cast(IO[bytes], gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb"))


def rows_on(file: Iterable[bytes], numbers: Sequence[int]) -> Iterator[tuple[int, RowLine | None]]:
    """The rows on the lines with these numbers, which ascend from 1; None for a line that is no row any more."""
    at = 0
    lines = iter(file)
    for number in numbers:
        line = next(islice(lines, number - at - 1, None), None)
        if line is None:
            return
        at = number
        yield number, row_of(line)
