"""Runs: what the folders under `results/` hold, as far as tables need it. Whatever is broken costs one line."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.accounting import Price, price_of
from solverlearner.cell import PRICE_KEYS
from solverlearner.errors import UsageError, Warn
from solverlearner.kept_runs import NO_RUNS, rows_file
from solverlearner.results import read_json
from solverlearner.tables.columns import read_rows
from solverlearner.tables.options import condition, plain_variant
from solverlearner.task import JSON


@dataclass(frozen=True, eq=False)
class Run:
    """One run folder. `rows` has a row a (setting, episode, query, sample), the last one written.

    Columns: setting, status, state ("" where unanswered), episode, query, sample, item (a checksum of the input),
    correct, ideal and default (1, 0, and −1 for unanswered or unknown), recited, prompt_tokens, completion_tokens,
    cached_tokens, seconds, usd (NaN where unknown). Of programs: output (a checksum of the value, `FAILED` without
    one), length (characters, −1 without one), calls, shots and shots_right (0 for what was not written from shots, and
    in older rows). `options` is the condition that the run was asked under, see `tables.options`.
    `own_rules`: every episode hides a real function of its own, of which no family and no default world is known.
    """

    path: Path
    task: str
    variant: str
    model: str
    seed: int
    options: Mapping[str, JSON]
    manifest: Mapping[str, Any]
    rows: pd.DataFrame
    own_rules: bool = False

    @property
    def state(self) -> str:
        """ "complete", "incomplete", "stopped", or "running": a run that has not said how it ended."""
        return str(self.manifest.get("state", "running"))


def read_runs(places: Sequence[str], warn: Warn) -> list[Run]:
    """Every run of these folders, run folders or globs, by folder name.

    `warn` gets a line for what is skipped. Raises: UsageError where a place is not there, or no run is found.
    """
    folders = [folder for place in places for folder in _folders(place, warn)]
    unique = {folder.resolve(): folder for folder in folders}
    runs = [run for folder in sorted(unique.values(), key=lambda f: (f.name, str(f))) if (run := _read(folder, warn))]
    if not runs:
        raise UsageError(
            f"results={','.join(places)}", "holds no run with rows; `python -m solverlearner run` makes one"
        )
    return runs


def home(place: str) -> Path:
    """The folder that runs of this place lie in: itself, a run folder's parent, or a glob's part without wildcards."""
    path = Path(place).expanduser()
    while _is_glob(path.name):
        path = path.parent
        if not _is_glob(str(path)):
            return path
    return path.parent if rows_file(path) else path


def holds_runs(folder: Path) -> bool:
    """Whether this is a run folder or a folder of some."""
    return folder.is_dir() and (rows_file(folder) is not None or any(map(rows_file, folder.iterdir())))


def _is_glob(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _folders(place: str, warn: Warn) -> Iterator[Path]:
    path = Path(place).expanduser()
    if _is_glob(place):
        root = Path(path.anchor)
        found = sorted(root.glob(str(path.relative_to(root)) if path.anchor else str(path)))
    else:
        found = [path]
    if not found or not any(each.is_dir() for each in found):
        raise UsageError(f"results={place}", "no such folder")
    for each in filter(Path.is_dir, found):
        yield from [each] if rows_file(each) else _children(each, warn)


def _children(folder: Path, warn: Warn) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child.name in NO_RUNS:
            continue
        if child.is_dir() and rows_file(child):
            yield child
        elif holds_runs(child):
            warn(f"{child}: holds runs of its own, left out; results=[{folder},{child}] reads both")
        else:
            warn(f"{child}: no run folder, skipped")


def _read(folder: Path, warn: Warn) -> Run | None:
    path = rows_file(folder)
    assert path is not None
    try:
        config, manifest = read_json(folder / "config.json"), read_json(folder / "manifest.json")
        if not config:
            warn(f"{folder}: no readable config.json, skipped")
            return None
        first, rows = read_rows(path, warn)
    except (OSError, EOFError, zlib.error) as error:
        warn(f"{folder}: cannot be read ({error}), skipped")
        return None
    if first is None:
        warn(f"{folder}: no rows yet, skipped")
        return None
    variant, price = plain_variant(first.variant), _price(first.model, config)
    rows["usd"] = _dollars(rows, price) if price else np.nan
    options, own_rules = condition(config, manifest), first.ambiguity is None
    return Run(folder, first.task, variant, first.model, first.seed, options, manifest, rows, own_rules)


def _price(model: str, config: Mapping[str, Any]) -> Price | None:
    """The price of a run's tokens; None where it is not known any more."""
    try:
        return price_of(model, *map(config.get, PRICE_KEYS))
    except (UsageError, TypeError):
        return None


def _dollars(rows: pd.DataFrame, price: Price) -> "pd.Series[float]":
    of: Any = price.of  # a sum of products, of columns as of numbers
    dollars: pd.Series[float] = of(rows.prompt_tokens, rows.cached_tokens.fillna(0), rows.completion_tokens)
    return dollars
