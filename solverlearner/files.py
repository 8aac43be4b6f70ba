"""Files: written whole or not at all, so that no reader meets half of one."""

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from solverlearner.errors import UsageError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when the body ends, and leaves nothing when it fails. Raises: OSError."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder; name a file", str(path))
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    with whole_file(path) as file:
        text = json.dumps(content, indent=2, ensure_ascii=False)
        if not _encodes(text):
            text = json.dumps(content, indent=2)
        file.write((text + "\n").encode())


def _encodes(text: str) -> bool:
    """Whether UTF-8 has bytes for a text: not for half of a surrogate pair, as in the name of a file that is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_json(path: Path) -> dict[str, Any]:
    """A file that holds a JSON object; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


class NoLocks(UsageError):
    """A file system without locks, or with some that keep nobody away."""


_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP}


def lock(file: FileIO) -> None:
    """Lock a file against a second process until it is closed.

    Raises: BlockingIOError where another process holds it; UsageError on a system without such locks (Windows); NoLocks
    on a file system that has none or only pretends to.
    """
    try:
        import fcntl
    except ImportError:
        raise UsageError("this system", "has no file locks, which `run` and `score` need; run them on Linux") from None
    kind = fcntl.LOCK_EX | fcntl.LOCK_NB
    try:
        fcntl.flock(file, kind)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        raise _without_locks(file) from error
    with FileIO(file.name, "a") as other, suppress(BlockingIOError):
        fcntl.flock(other, kind)  # some network disks grant every lock
        raise _without_locks(file)


def _without_locks(file: FileIO) -> NoLocks:
    return NoLocks(str(file.name), "this disk has no file locks; mount it with locks, or name a file on another disk")


_SOURCES = (".py", ".jinja", ".txt")


def source_hash(*packages: str) -> bytes:
    """A hash of the code, templates and word lists of these packages and of those in them.

    Files are taken in the order of their paths, which is the same on every file system.
    """
    digest = hashlib.blake2b(digest_size=16)
    for package in packages:
        for path, file in sorted(_sources(resources(package), package), key=lambda each: each[0]):
            digest.update(path.encode() + b"\0" + file.read_bytes())
    return digest.digest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        inner = f"{path}/{entry.name}"
        if entry.is_dir() and not entry.name.startswith((".", "__")):
            yield from _sources(entry, inner)
        elif entry.name.endswith(_SOURCES):
            yield inner, entry
