"""ARC file: puzzles of pairs of grids in the JSON of ARC (Chollet 2019), which 1D-ARC and others use too."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from solverlearner.task import Input, UsageError

from .grid_rules import Grid, argument, is_grid

_FORM = (
    'must be JSON of ARC, {"train": [{"input": [[…]], "output": [[…]]}, …], "test": […]}, or an object of such by name'
)


@dataclass(frozen=True)
class Puzzle:
    """A puzzle: `train` and `test` inputs, and the output of each by `repr` of the input."""

    name: str
    train: tuple[Input, ...]
    test: tuple[Input, ...]
    outputs: dict[str, Grid]


@dataclass(frozen=True)
class Puzzles:
    """The puzzles of a file or a folder, and a hash of its content."""

    puzzles: tuple[Puzzle, ...]
    sha256: str


def read_puzzles(path: str) -> Puzzles:
    """The puzzles of a JSON file, or of all JSON files of a folder and its folders, by name.

    Raises: UsageError that names the file for anything that is no puzzle.
    """
    place = Path(path).expanduser()
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    if not files:
        raise UsageError(f"data={path}", "is a folder without JSON files (*.json)")
    try:
        return _read(path, tuple((file, file.stat().st_mtime_ns) for file in files))
    except OSError as error:
        raise UsageError(f"data={path}", f"cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _read(path: str, files: tuple[tuple[Path, int], ...]) -> Puzzles:
    digest, found = hashlib.sha256(), list[Puzzle]()
    for file, _ in files:
        content = file.read_bytes()
        digest.update(content)
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise UsageError(f"data={path}", f"{file.name} is no JSON: {str(error).splitlines()[0]}") from error
        found += _puzzles(path, file, value)
    return Puzzles(tuple(found), digest.hexdigest())


def _puzzles(path: str, file: Path, value: Any) -> Iterator[Puzzle]:
    if isinstance(value, dict) and "train" in value:
        yield _puzzle(path, file.stem, value)
    elif isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
        yield from (_puzzle(path, name, each) for name, each in value.items())
    else:
        raise UsageError(f"data={path}", f"{file.name} {_FORM}")


def _puzzle(path: str, name: str, value: Any) -> Puzzle:
    pairs: dict[str, list[tuple[Grid, Grid]]] = {}
    for part in ("train", "test"):
        given = value.get(part)
        if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
            raise UsageError(f"data={path}", f"{name} has no list {part!r} of pairs; it {_FORM}")
        pairs[part] = [_pair(path, f"{name}, {part} {number}", each) for number, each in enumerate(given, 1)]
    train, test = ([argument(x) for x, _ in pairs[part]] for part in ("train", "test"))
    outputs = {repr((x,)): y for x, y in (*pairs["train"], *pairs["test"])}
    return Puzzle(name, tuple(train), tuple(test), outputs)


def _pair(path: str, where: str, pair: dict[str, Any]) -> tuple[Grid, Grid]:
    if "output" not in pair:
        problem = f"{where} has no output, so nothing could be scored; take the file that has the solutions"
        raise UsageError(f"data={path}", problem)
    for part in ("input", "output"):
        if not is_grid(pair.get(part)):
            problem = f"{where}: its {part} must be a list of rows of one length, whose cells are digits"
            raise UsageError(f"data={path}", problem)
    return pair["input"], pair["output"]
