"""Run folders: the places of the runs of a results folder. Each other folder costs one line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from solverlearner.errors import UsageError, Warn
from solverlearner.evaluation.row_parquet import NAME as PACKED

_ROWS = ("rows.jsonl", "rows.jsonl.gz")
_NO_RUNS = (
    "README.md",
    "weights.json",
    "tables",
    "report.html",
    "inspect",
    "hf",
    "reference",
    "published",
    "agreement",
)
"""Names beside runs in a results folder: files made of runs or about them, and `reference`, our own runs."""
_ROW_TABLES = (".parquet", ".csv", ".jsonl")
"""Endings of files that `rows` may have written beside runs."""


def rows_file(folder: Path) -> Path | None:
    """The rows of a run folder; None for any other folder.

    `rows.parquet` is also what the command `rows` writes, so it is a run's only beside the run's `config.json`.
    """
    if lines := next((folder / name for name in _ROWS if (folder / name).is_file()), None):
        return lines
    packed = folder / PACKED
    return packed if packed.is_file() and (folder / "config.json").is_file() else None


def is_rows_of_run(file: Path) -> bool:
    """Whether a file of this name in its folder is or would be the rows of a run, or would hide the runs in it."""
    if file.name == PACKED:
        return (file.parent / "config.json").is_file()
    return file.name in _ROWS and holds_runs(file.parent)


def rows_files(places: Sequence[str], warn: Warn) -> list[Path]:
    """The rows of every run of these folders, run folders or globs, once each, by the run folder's name.

    `warn` gets a line for each folder that is none. Raises: UsageError where a place is not there.
    """
    unique = {rows.parent.resolve(): rows for place in places for rows in _found(place, warn)}
    return sorted(unique.values(), key=lambda rows: (rows.parent.name, str(rows.parent)))


def no_runs(places: Sequence[str]) -> UsageError:
    """The error to raise where none of these places holds a run that can be read."""
    return UsageError(f"results={','.join(places)}", "holds no run with rows; `python -m solverlearner run` makes one")


def home(place: str) -> Path:
    """The folder that runs of this place lie in: itself, a run folder's parent, or a glob's part without wildcards."""
    path = Path(place).expanduser()
    if _is_glob(path):
        return next(parent for parent in path.parents if not _is_glob(parent))
    return path.parent if rows_file(path) else path


def holds_runs(folder: Path) -> bool:
    """Whether this is a run folder or a folder of some."""
    return folder.is_dir() and (rows_file(folder) is not None or any(map(rows_file, folder.iterdir())))


def _is_glob(path: Path) -> bool:
    """A folder may have these signs in its name."""
    return any(sign in str(path) for sign in "*?[") and not path.is_dir()


def _found(place: str, warn: Warn) -> Iterator[Path]:
    path = Path(place).expanduser()
    if _is_glob(path):
        root = Path(path.anchor)
        found = sorted(root.glob(str(path.relative_to(root)) if path.anchor else str(path)))
    else:
        found = [path]
    if not any(each.is_dir() for each in found):
        raise UsageError(f"results={place}", "no such folder")
    for each in filter(Path.is_dir, found):
        yield from [rows] if (rows := rows_file(each)) else _children(each, warn)


def _children(folder: Path, warn: Warn) -> Iterator[Path]:
    for child in sorted(folder.iterdir()):
        if child.name.startswith(".") or child.name in _NO_RUNS or child.name.endswith(_ROW_TABLES):
            continue
        if rows := rows_file(child):
            yield rows
        elif holds_runs(child):
            warn(f"{child}: holds runs of its own, left out; 'results=[{folder},{child}]' reads both")
        else:
            warn(f"{child}: no run folder, skipped")
