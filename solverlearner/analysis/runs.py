"""Runs: the run folders under `results/`, as far as tables need them. Each broken folder costs one line."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.analysis.conditions import condition, plain_variant, task_options
from solverlearner.analysis.row_columns import LoadedColumns, RowColumns, SettingSize, pooled_frame, row_columns
from solverlearner.analysis.run_folders import no_runs, rows_files
from solverlearner.errors import UsageError, Warn, warn
from solverlearner.evaluation.options import PRICE_KEYS
from solverlearner.evaluation.row_lines import UNREADABLE, RowLine
from solverlearner.files import read_json
from solverlearner.inference.usage import Price, price_of
from solverlearner.task import JSON

Watched = Callable[[Sequence[Path], str], Iterable[Path]]
"""Hands on what it gets, and shows how much of it is done."""


def _unwatched(paths: Sequence[Path], _what: str) -> Iterable[Path]:
    return paths


@dataclass(frozen=True, eq=False)
class Run:
    """One run folder. `rows`, read at each use, has a row a (setting, episode, query, sample), the last one written.

    Columns: setting, status, state ("" where unanswered), episode, query, sample, wording (its number), item (a
    checksum of the input), correct (1, 0, and −1 if unanswered), score and the references' scores ideal and
    default_world (0 to 1, NaN if unanswered or unknown), recited, prompt_tokens, completion_tokens, cached_tokens,
    seconds, usd (NaN if unknown). Of programs: output (a checksum of the value, `FAILED` without one), length
    (characters, −1 without one), calls, shots and shots_right (0 if the program was not written from shots, and in
    older rows). prompt and written tell prompts and programs apart, as in `RowFacts`, −1 for none. `options` is the
    condition that the run was asked under, see `conditions.condition`. `task_options` are the task's own, which stand
    in the variant. `own_rules`: every episode hides a real function of its own, of which no family and no default world
    is known.
    """

    rows_file: Path
    task: str
    variant: str
    model: str
    seed: int
    options: Mapping[str, JSON]
    manifest: Mapping[str, Any]
    columns: RowColumns
    price: Price | None = None
    task_options: Mapping[str, JSON] = field(default_factory=dict)

    @property
    def own_rules(self) -> bool:
        """Whether every episode hides a real function of its own."""
        return self.columns.own_rules

    @property
    def sizes(self) -> Mapping[str, SettingSize]:
        """How many rows, answered rows and episodes there are by setting: known without reading the rows."""
        return self.columns.sizes

    def load(self) -> LoadedColumns:
        """The columns of the rows, with their cost in US dollars."""
        found = self.columns.load()
        values = found.values
        cached = np.nan_to_num(values["cached_tokens"])
        of: Any = (
            self.price.of if self.price else lambda *tokens: np.full(len(found), np.nan)
        )  # of columns as of numbers
        return found.also(usd=of(values["prompt_tokens"], cached, values["completion_tokens"]))

    @property
    def rows(self) -> pd.DataFrame:
        """The rows, from the disk."""
        return pooled_frame([self.load()])

    def lines(self, settings: Collection[str], episodes: Collection[int] | None = None) -> Iterator[RowLine]:
        """The rows of these settings, and of these episodes where some are given, read again with all their columns.

        They are those that `rows` has. A line says where they cannot be read any more.
        """
        try:
            yield from self.columns.lines(settings, episodes)
        except UNREADABLE as error:
            warn(f"{self.rows_file}: cannot be read again ({error}); its further rows are left out")

    @property
    def path(self) -> Path:
        """The run folder."""
        return self.rows_file.parent

    @property
    def state(self) -> str:
        """ "complete", "incomplete", "stopped", or "running": a run that has not said how it ended."""
        return str(self.manifest.get("state", "running"))


def read_runs(places: Sequence[str], warn: Warn, watched: Watched = _unwatched) -> list[Run]:
    """Every run of these folders, run folders or globs, by folder name.

    `warn` gets a line for each folder that is skipped. `watched` shows how far the reading is. Raises: UsageError where
    a place is not there, or no run is found.
    """
    runs = [run for path in watched(rows_files(places, warn), "runs are read") if (run := _read(path, warn))]
    if not runs:
        raise no_runs(places)
    return runs


def _read(path: Path, note: Warn) -> Run | None:
    folder = path.parent
    try:
        config, manifest = read_json(folder / "config.json"), read_json(folder / "manifest.json")
        if not config:
            note(f"{folder}: no readable config.json, skipped")
            return None
        columns = row_columns(path, note, config)
    except OSError as error:
        note(f"{folder}: cannot be read ({error}), skipped")
        return None
    if columns is None:
        note(f"{folder}: no rows yet, skipped")
        return None
    task, variant, model, seed = columns.who
    plain, options = plain_variant(config, variant), condition(config, manifest)
    return Run(path, task, plain, model, seed, options, manifest, columns, _price(model, config), task_options(config))


def _price(model: str, config: Mapping[str, Any]) -> Price | None:
    """The price of a run's tokens; None where it is not known any more."""
    try:
        return price_of(model, *map(config.get, PRICE_KEYS))
    except (UsageError, TypeError):
        return None
