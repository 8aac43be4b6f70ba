"""Derivation: what a reply's verdicts follow from, so that verdicts of other code or limits are told apart."""

import hashlib
import inspect
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from solverlearner.task import Tasks

_KINDS = (".py", ".jinja", ".txt")


def derivation(task: Tasks, executor: Mapping[str, Any]) -> str:
    """A hash of this package's code and templates, the task's module and data, and what is asked of the executor.

    While it is the same, the same configuration has the same prompts, and the same reply the same verdicts.
    """
    digest = hashlib.blake2b(_package(), digest_size=8)
    module = inspect.getsourcefile(type(task))
    digest.update(Path(module).read_bytes() if module else b"")
    digest.update(task.data_hash.encode())
    what_counts = {name: value for name, value in executor.items() if name not in ("workers", "batch")}
    digest.update(json.dumps(what_counts, sort_keys=True, default=str).encode())
    return digest.hexdigest()


@cache
def _package() -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for part in ("solverlearner", "solverlearner.tasks", "solverlearner.prompts"):
        for path, file in sorted(_sources(files(part), part), key=lambda each: each[0]):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.digest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    """Every source file below a folder with its path, which tells files of one name apart on any file system."""
    for entry in folder.iterdir():
        inner = f"{path}/{entry.name}"
        if entry.is_dir() and not entry.name.startswith((".", "__")):
            yield from _sources(entry, inner)
        elif entry.name.endswith(_KINDS):
            yield inner, entry
