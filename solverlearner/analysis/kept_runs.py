"""Kept runs: run folders with their rows as a stream, also while a run is being written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import IO, Any

from solverlearner.analysis.run_folders import no_runs, rows_files
from solverlearner.design.setting import settings_of_rows
from solverlearner.errors import Warn
from solverlearner.evaluation.row_lines import UNREADABLE, RowLine, RowLines, open_rows, rows_on, values_of
from solverlearner.files import read_json


class KeptRows:
    """The rows of an open file, gzip or not, that counted when it was opened; `row_lines` says which.

    Rows that are appended later do not show. Memory is for the keys only.
    """

    def __init__(self, file: IO[bytes], warn: Warn) -> None:
        self._file, self._warn = file, warn
        lines = RowLines(file).read()
        self._counting = lines.counting
        for note in lines.notes():
            warn(note)

    @property
    def settings(self) -> list[str]:
        """The settings that there are rows of, in the order of the square, the checks last."""
        there = {setting for setting, *_ in self._counting}
        return [setting.name for setting in settings_of_rows() if setting.name in there]

    def places(self, setting: str) -> list[tuple[int, int, int]]:
        """Episode, query and sample of each of a setting's rows."""
        return [key[1:] for key in self._counting if key[0] == setting]

    def read(self, *settings: str) -> Iterator[dict[str, Any]]:
        """The rows of these settings, or of all, in the order of the file, each with every column of the schema.

        Lone surrogates are replaced: no format holds them.
        """
        return map(values_of, self.lines(*settings))

    def lines(self, *settings: str) -> Iterator[RowLine]:
        """The rows of these settings, or of all, in the order of the file, with JSON columns as they stand there."""
        self._file.seek(0)
        wanted = sorted(number for key, number in self._counting.items() if not settings or key[0] in settings)
        try:
            for number, row in rows_on(self._file, wanted):
                if row is None:
                    self._warn(f"line {number} was changed while it was read, skipped")
                else:
                    yield row
        except UNREADABLE as error:
            self._warn(f"cannot be read again ({error})")


@dataclass(frozen=True)
class KeptRun:
    """A run folder, with its configuration and its manifest, which is empty where it cannot be read."""

    rows_file: Path
    config: dict[str, Any]
    manifest: dict[str, Any]

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.rows_file.parent

    @cached_property
    def model(self) -> str | None:
        """The name of the model that was asked, as its rows have it; None without a row."""
        with suppress(*UNREADABLE), open_rows(self.rows_file) as file:
            return next((str(row.model) for _, row in RowLines(file) if row), None)
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
    config = read_json(folder / "config.json")
    if not config:
        warn(f"{folder}: no readable config.json, skipped")
        return None
    return KeptRun(rows, config, read_json(folder / "manifest.json"))


def _opened(path: Path, warn: Warn) -> IO[bytes]:
    try:
        return open_rows(path)
    except OSError as error:
        warn(f"{path}: cannot be read ({error.strerror})")
        return BytesIO()
