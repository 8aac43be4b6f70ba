"""Derivation: what a reply's verdicts follow from, so that verdicts of other code or limits are told apart."""

import ast
import hashlib
import inspect
import itertools
import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from solverlearner.design.templates import Templates
from solverlearner.evaluation.own_objects import class_code
from solverlearner.files import source_hash
from solverlearner.task import Tasks
from solverlearner.task.relabelled import RelabelledTasks

_OURS = ("solverlearner.", "builtins")
"""Where a learner stands that is hashed with the package, or that is None."""

_DECIDING = ("task", "prompts", "design", "case2code", "execution", "evaluation")
"""The parts of this package that decide a prompt or a verdict: a change of anything else derives no row anew."""


def derivation(
    task: Tasks, executor: Mapping[str, Any], learner: object = None, templates: Templates | None = None
) -> str:
    """A hash of the code and templates that decide verdicts, the task's modules and data, and the executor's options.

    A learner of a user's own counts with its modules, as a task does. While the hash is the same, the same
    configuration has the same prompts, and the same completion the same verdicts. It is the same on every machine and
    file system.
    """
    digest = hashlib.blake2b(_package(), digest_size=8)
    own = [] if type(learner).__module__.startswith(_OURS) else [type(learner)]
    inside = task.inner if isinstance(task, RelabelledTasks) else task
    for made in (type(inside), *own):
        for path in _modules_of(made):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        for cls in _without_file(made):
            digest.update(class_code(cls))
    digest.update(task.data_hash.encode())
    if templates and not templates.are_ours:
        digest.update(templates.hash.encode())
    what_counts = {name: value for name, value in executor.items() if name not in ("workers", "batch")}
    digest.update(json.dumps(what_counts, sort_keys=True, default=str).encode())
    return digest.hexdigest()


@cache
def _package() -> bytes:
    return source_hash(*(f"solverlearner.{part}" for part in _DECIDING))


def _modules_of(made: type) -> list[Path]:
    """The class's module, the neighbours that it imports, those that these import, and the word lists beside them."""
    files = [path for cls in made.__mro__[: 1 + len(_without_file(made))] if (path := _file_of(cls))]
    found: set[Path] = set()
    waiting = [*files]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _neighbours(path)
    return sorted(found) + (sorted(files[0].parent.glob("*.txt")) if len(found) > 1 else [])


def _without_file(cls: type) -> list[type]:
    """The class and those that it is derived from, up to the first one that stands in a file."""
    return [*itertools.takewhile(lambda each: _file_of(each) is None, cls.__mro__)]


def _file_of(cls: type) -> Path | None:
    """The file of a class; None where it was defined in a notebook's cell or at a prompt."""
    try:
        file = inspect.getsourcefile(cls)
    except (TypeError, OSError):
        return None
    return Path(file) if file and Path(file).is_file() else None


def _neighbours(path: Path) -> Iterator[Path]:
    """The modules beside this one that it imports relatively."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            for name in [node.module] if node.module else [alias.name for alias in node.names]:
                if (beside := path.parent / f"{name}.py").is_file():
                    yield beside
