"""Kept runs: run folders with their rows as a stream, also while a run is being written."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any, TypeVar, cast

import msgspec

from solverlearner.analysis.run_folders import no_runs, rows_files
from solverlearner.design.setting import settings_of_rows
from solverlearner.errors import Warn
from solverlearner.evaluation import row_parquet
from solverlearner.evaluation.row_file import Key, key_of
from solverlearner.evaluation.row_schema import row_decoder, whole_row
from solverlearner.files import read_json
from solverlearner.inference.journal import readable

T = TypeVar("T")

_UNREADABLE = (OSError, EOFError, zlib.error)


class KeptRows:
    """The rows of an open file, gzip or not, that were whole when it was opened: the last one of each key.

    Rows that are appended later do not show. Memory is for the keys only.
    """

    def __init__(self, file: IO[bytes], warn: Warn) -> None:
        self._file, self._warn = file, warn
        self._last: dict[Key, int] = {}
        foreign = 0
        try:
            for number, line in enumerate(file):
                if key := key_of(line):
                    self._last[key] = number
                elif line.endswith(b"\n"):
                    foreign += 1
        except _UNREADABLE as error:
            warn(f"cannot be read to its end ({error})")
        if foreign:
            warn(
                f"{foreign} lines are damaged or of another version, skipped; the same `run` command derives them anew"
            )

    @property
    def settings(self) -> list[str]:
        """The settings that there are rows of, in the order of the square, the checks last."""
        there = {setting for setting, *_ in self._last}
        return [setting.name for setting in settings_of_rows() if setting.name in there]

    def places(self, setting: str) -> list[tuple[int, int, int]]:
        """Episode, query and sample of each of a setting's rows."""
        return [key[1:] for key in self._last if key[0] == setting]

    def read(self, *settings: str) -> Iterator[dict[str, Any]]:
        """The rows of these settings, in the order of the file, each with every column of the schema.

        Lone surrogates are replaced: no format holds them.
        """
        return self.decoded(_parsed, *settings)

    def decoded(self, decode: Callable[[bytes], T], *settings: str) -> Iterator[T]:
        """The rows of these settings, or of all, in the order of the file, as `decode` reads their lines."""
        self._file.seek(0)
        wanted = {number for key, number in self._last.items() if not settings or key[0] in settings}
        with suppress(*_UNREADABLE):  # said when it was opened
            for number, line in enumerate(self._file):
                if number in wanted:
                    try:
                        yield decode(line)
                    except (ValueError, msgspec.DecodeError):
                        self._warn(f"line {number + 1} was changed while it was read, skipped")


@dataclass(frozen=True)
class KeptRun:
    """A run folder, with its configuration and its manifest as they were found."""

    rows_file: Path
    config: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.rows_file.parent

    @cached_property
    def model(self) -> str | None:
        """The name of the model that was asked, as its first row has it; None without a row."""
        with suppress(*_UNREADABLE), open_rows(self.rows_file) as file:
            for line in file:
                if key_of(line):
                    return str(_parsed(line)["model"])
        return None

    @contextmanager
    def rows(self, warn: Warn) -> Iterator[KeptRows]:
        """Its rows; none, with a line, where the file cannot be opened."""
        with _opened(self.rows_file, warn) as file:
            yield KeptRows(file, lambda line: warn(f"{self.rows_file}: {line}"))


def kept_runs(places: Sequence[str], warn: Warn) -> list[KeptRun]:
    """Every run of these folders, run folders or globs, by folder name.

    `warn` gets a line for each folder that is skipped. Raises: UsageError where a place is not there, or no run is.
    """
    runs = [run for rows in rows_files(places, warn) if (run := _kept_run(rows, warn))]
    if not runs:
        raise no_runs(places)
    return runs


def _kept_run(rows: Path, warn: Warn) -> KeptRun | None:
    folder = rows.parent
    config, manifest = read_json(folder / "config.json"), read_json(folder / "manifest.json")
    if not config or not manifest:
        warn(f"{folder}: no readable config.json and manifest.json, skipped")
        return None
    return KeptRun(rows, config, manifest)


def open_rows(path: Path) -> IO[bytes]:
    """A file of rows: lines, gzip or not, or Parquet, read as the same lines. Raises: OSError."""
    if path.name == row_parquet.NAME:
        return cast(IO[bytes], row_parquet.ParquetRows(path))
    return cast(IO[bytes], gzip.GzipFile(path) if path.suffix == ".gz" else path.open("rb"))


def row_values(path: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """These columns of each row of a file, by name. Raises: what `decoded_rows` does."""
    return ({name: getattr(row, name) for name in names} for row in decoded_rows(path, row_decoder(names)))


def decoded_rows(path: Path, decode: Callable[[bytes], Any]) -> Iterator[Any]:
    """Each row of a file as a decoder of `row_schema.row_decoder` gives it.

    Damaged lines are left out: they were told of when the file was read. Raises: OSError, EOFError, zlib.error where
    the file cannot be read.
    """
    with open_rows(path) as file:
        for line in file:
            try:
                row = decode(line)
            except (msgspec.DecodeError, RecursionError):
                continue
            yield row


def _opened(path: Path, warn: Warn) -> IO[bytes]:
    try:
        return open_rows(path)
    except OSError as error:
        warn(f"{path}: cannot be read ({error.strerror})")
        return BytesIO()


def _parsed(line: bytes) -> dict[str, Any]:
    may_have_halves = b"\\ud" in line or b"\\uD" in line
    return whole_row(json.loads(readable(line) if may_have_halves else line))
