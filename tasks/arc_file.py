"""ARC file: puzzles of pairs of grids in the JSON of ARC (Chollet 2019), which 1D-ARC and others use too."""

from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from solverlearner.task import JSON, Input, UsageError

from .example_sets import ExampleSet, ExampleSets, Stamped, example_set, json_values, read_sets, stamped
from .grid_rules import argument, is_grid

_FORM = (
    'must be JSON of ARC, {"train": [{"input": [[…]], "output": [[…]]}, …], "test": […]}, or an object of such by name'
)
WORDS = 'give it in words, as "rule": "…" beside "train"'
"""How a file can tell its rule."""


def read_puzzles(path: str) -> ExampleSets:
    """The puzzles of a JSON file, or of all JSON files of a folder and its folders, by name.

    Raises: UsageError that names the file for anything that is no puzzle.
    """
    return _read(path, stamped(path, (".json", ".jsonl")))


@lru_cache(maxsize=8)
def _read(path: str, files: Stamped) -> ExampleSets:
    return read_sets(path, files, partial(_puzzles, path))


def _puzzles(path: str, file: Path, text: str) -> Iterator[ExampleSet]:
    values = json_values(path, file, text)
    for number, value in enumerate(values, 1):
        if isinstance(value, dict) and "train" in value:
            yield _puzzle(path, file.stem if len(values) == 1 else f"{file.stem}-{number}", value)
        elif isinstance(value, dict) and value and all(isinstance(each, dict) for each in value.values()):
            yield from (_puzzle(path, name, each) for name, each in value.items())
        else:
            raise UsageError(f"data={path}", f"{file.name} {_FORM}")


def _puzzle(path: str, name: str, value: Any) -> ExampleSet:
    pairs: dict[str, list[tuple[Input, JSON]]] = {}
    for part in ("train", "test"):
        given = value.get(part)
        if not isinstance(given, list) or not given or not all(isinstance(each, dict) for each in given):
            raise UsageError(f"data={path}", f"{name} has no list {part!r} of pairs; it {_FORM}")
        pairs[part] = [_pair(path, f"{name}, {part} {number}", each) for number, each in enumerate(given, 1)]
    return example_set(path, name, pairs["train"], pairs["test"], value.get("rule"))


def _pair(path: str, where: str, pair: dict[str, Any]) -> tuple[Input, JSON]:
    if "output" not in pair:
        problem = f"{where} has no output, so nothing could be scored; take the file that has the solutions"
        raise UsageError(f"data={path}", problem)
    for part in ("input", "output"):
        if not is_grid(pair.get(part)):
            problem = f"{where}: its {part} must be a list of rows of one length, whose cells are digits"
            raise UsageError(f"data={path}", problem)
    return argument(pair["input"]), pair["output"]
