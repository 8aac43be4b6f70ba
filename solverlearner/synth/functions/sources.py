"""Sources: the Python files of a run's source folders, in a fixed order, each with its package and owner."""

import os
import sysconfig
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.synth.functions.licences import UNKNOWN, Owner, is_permissive, owners, standard_library

_TESTS = frozenset("test tests testing idle_test idlelib turtledemo conftest.py".split())
_COPIES = frozenset("_vendor _vendored vendored vendor extern externals _distutils pyodide".split())
_SKIPPED = frozenset("__pycache__ site-packages node_modules".split())
_SIZE_LIMIT = 2**20


@dataclass(frozen=True)
class SourceFile:
    """One file. `place` is its path below the root; `package` decides its split."""

    path: str
    place: str
    package: str
    owner: Owner
    size: int
    changed: int


def source_files(names: Sequence[str], permissive: bool, counts: Counter[str]) -> Iterator[SourceFile]:
    """The files below each source, sorted. `counts` receives the numbers of read and dropped files, by reason.

    A source is a folder, `stdlib`, or `installed` (the packages of this environment).
    Raises: UsageError if a folder is missing.
    """
    for name in names:
        root, known, rest = _root(name)
        for path in _walk(root, counts):
            top = path.relative_to(root).parts[0].removesuffix(".py")
            owner = known.get(top, rest)
            if permissive and not is_permissive(owner.licence):
                counts["file: licence is not permissive, or not stated"] += 1
                continue
            # each module of the standard library is a package; all modules of a distribution are one package
            package = owner.name if top in known else f"{owner.name}/{top}"
            place = path.relative_to(root).as_posix()
            stat = path.stat()
            counts["file: read"] += 1
            yield SourceFile(str(path), place, package, owner, stat.st_size, stat.st_mtime_ns)


def _root(name: str) -> tuple[Path, dict[str, Owner], Owner]:
    library, cpython = standard_library()
    if name == "stdlib":
        return library, {}, cpython
    root = Path(sysconfig.get_paths()["purelib"] if name == "installed" else name).expanduser().resolve()
    if not root.is_dir():
        raise UsageError(f"source={name}", "no such folder; give one, or stdlib or installed")
    if root == library.resolve():
        return library, {}, cpython
    return root, owners(root), Owner(root.name, "", UNKNOWN)


def _walk(root: Path, counts: Counter[str]) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - _SKIPPED)
        parts = frozenset(Path(folder).relative_to(root).parts)
        for name in sorted(name for name in files if name.endswith(".py")):
            path = Path(folder, name)
            if name.startswith("test_") or parts & _TESTS or name in _TESTS:
                counts["file: tests or demonstrations"] += 1
            elif parts & _COPIES:
                counts["file: a copy of another package"] += 1
            elif path.stat().st_size > _SIZE_LIMIT:
                counts["file: larger than 1 MiB"] += 1
            else:
                yield path
