"""Row Parquet: a run's rows as `rows.parquet` (option `rows=parquet`), which DuckDB, Polars and pandas read as it is.

A run that goes on needs lines that it can append to. So the rows of a run in progress are `rows.jsonl`; at its end they
are packed, and when it goes on they are unpacked. Columns have the types of the schema. Those of JSON are texts with
the JSON of the line, and messages are lists of structures. So a line comes back byte for byte, except that a half of a
surrogate pair becomes U+FFFD. A checksum of all bytes stands before the footer.
"""

import json
import zlib
from collections.abc import Callable, Generator, Iterator, Mapping
from itertools import islice
from json.encoder import encode_basestring
from os import SEEK_END
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from solverlearner.errors import UsageError, check_choice
from solverlearner.evaluation.row_schema import COLUMNS, ColumnKind, row_decoder
from solverlearner.files import whole_file

NAME = "rows.parquet"
FORMATS = ("jsonl", "parquet")

_BATCH = 2_000
_GROUP = 20_000  # rows of a group, which a writer and a reader hold in memory
_JSON = [name for name, column in COLUMNS.items() if column.kind == "json"]
_SEAL = 8
_LINE = "{" + ", ".join(f'"{name}": %s' for name in COLUMNS) + "}\n"


def check_format(wanted: str) -> None:
    """Refuse a value of the option `rows`, also for Parquet where pyarrow is not installed. Raises: UsageError."""
    check_choice("rows", wanted, FORMATS)
    if wanted == "parquet":
        _arrow("rows=parquet")


def _arrow(option: str) -> tuple[ModuleType, ModuleType]:
    try:
        import pyarrow  # an extra
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError(option, "needs pyarrow: pip install 'solverlearner[parquet]'") from error
    return pyarrow, parquet


def write_parquet(lines_file: Path, to: Path) -> None:
    """Write the rows of a file of whole lines as Parquet. Raises: OSError, UsageError."""
    pa, parquet = _arrow("rows=parquet")
    message = pa.struct([(part, pa.string()) for part in ("role", "content")])
    types = {
        "string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(), "json": pa.string(),
        "messages": pa.list_(message),
    }  # fmt: skip
    schema = pa.schema([pa.field(name, types[each.kind], each.nullable) for name, each in COLUMNS.items()])
    decode = row_decoder([*COLUMNS], raw=_JSON)
    with lines_file.open("rb") as lines, whole_file(to) as file:
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            while rows := [decode(line) for line in islice(lines, _GROUP)]:
                columns = [_arrow_values(name, rows) for name in COLUMNS]
                arrays = [pa.array(each, field.type) for each, field in zip(columns, schema, strict=True)]
                writer.write_table(pa.table(arrays, schema))
        seal(file)


def seal(file: BinaryIO) -> None:
    """Put a checksum of all bytes before the footer, where no reader of Parquet looks. Raises: OSError."""
    file.flush()
    with open(file.name, "rb") as written:
        footer = _footer_size(written)
        size = written.seek(0, SEEK_END)
        total = _checksum(written, size)
        written.seek(size - footer)
        end = written.read()
    file.seek(size - footer)
    file.write(b"%08x" % total + end)


def _is_whole(file: BinaryIO) -> bool:
    """Whether every byte is as it was sealed."""
    size, footer = file.seek(0, SEEK_END), _footer_size(file)
    if footer + _SEAL > size:
        return False
    file.seek(size - footer - _SEAL)
    told = file.read(_SEAL)
    end = file.read()
    return told == b"%08x" % zlib.crc32(end, _checksum(file, size - footer - _SEAL))


def _footer_size(file: BinaryIO) -> int:
    """Bytes of the footer with its length and the four last ones, "PAR1"."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - 8))
    return int.from_bytes(file.read(4), "little") + 8


def _checksum(file: BinaryIO, size: int) -> int:
    """The checksum of the first bytes of a file."""
    file.seek(0)
    total = 0
    while part := file.read(min(2**20, size)):
        total, size = zlib.crc32(part, total), size - len(part)
    return total


def unpack(packed: Path, lines_file: Path) -> None:
    """Write the rows of such a file as lines in place of it. Raises: OSError where it is damaged, UsageError."""
    with ParquetRows(packed) as lines, whole_file(lines_file) as file:
        file.writelines(lines)
    packed.unlink()


def _arrow_values(name: str, rows: list[Any]) -> list[Any]:
    values = [getattr(row, name) for row in rows]
    return [bytes(value).decode() for value in values] if COLUMNS[name].kind == "json" else values


class ParquetRows:
    """The rows of such a file as lines of JSON, like an open `rows.jsonl`.

    Raises: OSError where the file cannot be read or is damaged, also while lines are read; UsageError without pyarrow.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        pa, self._parquet = _arrow(str(path))
        self._damaged = (OSError, pa.ArrowException)
        self._lines: Generator[bytes, None, None] = self._read()
        with path.open("rb") as file:
            if not _is_whole(file):
                raise OSError(f"{path.name} is damaged")

    def __enter__(self) -> "ParquetRows":
        return self

    def __exit__(self, *args: object) -> None:
        self._lines.close()

    def seek(self, at: int) -> None:
        """Begin anew; `at` has to be 0."""
        assert at == 0
        self._lines = self._read()

    def __iter__(self) -> Iterator[bytes]:
        return self._lines

    def _parquet_file(self) -> Any:
        try:
            return self._parquet.ParquetFile(self._path)
        except self._damaged as error:
            raise OSError(f"{self._path.name}: {_first_line(error)}") from error

    def _read(self) -> Generator[bytes, None, None]:
        with self._parquet_file() as file:
            there = {*file.schema_arrow.names}
            batches = file.iter_batches(_BATCH, columns=[name for name in COLUMNS if name in there], use_threads=False)
            try:
                while batch := next(batches, None):
                    columns = [_texts(batch, name) if name in there else _earlier(batch, name) for name in COLUMNS]
                    yield from map(str.encode, map(_LINE.__mod__, zip(*columns, strict=True)))
            except (*self._damaged, KeyError, TypeError, ValueError) as error:
                raise OSError(f"{self._path.name} is damaged: {_first_line(error)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _text(value: Any) -> str:
    return "null" if value is None else encode_basestring(value)


def _messages(value: Any) -> str:
    sent = (f'{{"role": {_text(each["role"])}, "content": {_text(each["content"])}}}' for each in value)
    return f"[{', '.join(sent)}]"


_WRITERS: Mapping[ColumnKind, Callable[[Any], str]] = {
    "string": _text,
    "int64": lambda value: "null" if value is None else int.__repr__(value),
    "float64": lambda value: "null" if value is None else float.__repr__(value),
    "bool": lambda value: "null" if value is None else "true" if value else "false",
    "json": lambda value: "null" if value is None else value,
    "messages": _messages,
}


def _texts(batch: Any, name: str) -> list[str]:
    return [*map(_WRITERS[COLUMNS[name].kind], batch.column(name).to_pylist())]


def _earlier(batch: Any, name: str) -> list[str]:
    """The values of a column that the version which wrote the file did not have."""
    if COLUMNS[name].required:
        raise KeyError(f"no column {name}")
    return [json.dumps(COLUMNS[name].earlier)] * len(batch)
