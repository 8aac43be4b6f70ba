"""Row table: the rows of runs as one Parquet, CSV or JSON-lines file, for pandas, DuckDB, Polars and R."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from solverlearner.analysis.query_frame import FrameColumn, QueryColumns, RowBatch
from solverlearner.errors import UsageError, Warn
from solverlearner.files import whole_file
from solverlearner.reporting.progress_bar import watched

_GROUP_BYTES = 2**26  # Parquet is written in groups of rows; a group is held in memory


def write_rows(found: QueryColumns, to: Path, warn: Warn) -> int:
    """Write the rows to a file whose ending names its format, one of `FORMATS`; gives their number.

    The file appears when it is whole, in place of an earlier one. Raises: UsageError for another ending, and for
    Parquet without pyarrow; OSError.
    """
    if (write := FORMATS.get(to.suffix)) is None:
        raise UsageError(f"to={to}", f"must end with {' or '.join(FORMATS)}, which names the format")
    rows = 0

    def counted() -> Iterator[RowBatch]:
        nonlocal rows
        for batch in found.batches(warn, watched):
            rows += batch.size
            yield batch

    with whole_file(to) as file:
        write(file, found.columns, counted())
    return rows


def _records(batch: RowBatch, columns: Sequence[FrameColumn]) -> Iterator[tuple[Any, ...]]:
    return zip(*(batch.column(each.name) for each in columns), strict=True)


def _write_json_lines(file: BinaryIO, columns: Sequence[FrameColumn], batches: Iterable[RowBatch]) -> None:
    encode, names = msgspec.json.Encoder().encode_lines, [column.name for column in columns]
    for batch in batches:
        file.write(encode([dict(zip(names, record, strict=True)) for record in _records(batch, columns)]))


def _write_csv(file: BinaryIO, columns: Sequence[FrameColumn], batches: Iterable[RowBatch]) -> None:
    """Missing values are empty, true and false are in small letters, and messages are JSON."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    for batch in batches:
        writer.writerows([*map(_csv_value, record)] for record in _records(batch, columns))
    text.detach()  # it would close the file


def _csv_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")  # at which some readers end a field
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value


def _write_parquet(file: BinaryIO, columns: Sequence[FrameColumn], batches: Iterable[RowBatch]) -> None:
    try:
        import pyarrow as pa  # an extra
        from pyarrow import parquet
    except ImportError as error:
        problem = "needs pyarrow: pip install 'solverlearner[parquet]'; .csv and .jsonl need nothing"
        raise UsageError("to=….parquet", problem) from error
    message = pa.struct([(part, pa.string()) for part in ("role", "content")])
    types = {
        "string": pa.string(), "int64": pa.int64(), "float64": pa.float64(), "bool": pa.bool_(),
        "messages": pa.list_(message),
    }  # fmt: skip
    schema = pa.schema([pa.field(each.name, types[each.kind], each.nullable) for each in columns])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        waiting: list[Any] = []
        for batch in batches:
            waiting.append(pa.table([pa.array(batch.column(field.name), field.type) for field in schema], schema))
            if sum(table.nbytes for table in waiting) > _GROUP_BYTES:
                writer.write_table(pa.concat_tables(waiting))
                waiting.clear()
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


FORMATS = {".parquet": _write_parquet, ".csv": _write_csv, ".jsonl": _write_json_lines}
