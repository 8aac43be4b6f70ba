"""Transfer: how far a large download is, and whether the disk has room for it."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from solverlearner.errors import UsageError

Tell = Callable[[str], None]
"""Gets a few words on how far something is, again and again."""

_SPARE = 100_000_000


def make_room(folder: Path, needed: int) -> None:
    """Look at the free space of the disk. Raises: UsageError where so many bytes do not fit."""
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        problem = f"the disk has {megabytes(free)} MB free, and {megabytes(needed + _SPARE)} MB are needed"
        raise UsageError(str(folder), f"{problem}; make room, or name another folder by XDG_CACHE_HOME")


def megabytes(count: int) -> str:
    """Bytes in millions, with a comma between thousands: "1,117"."""
    return f"{count / 1e6:,.0f}"


class Meter:
    """Says how far a transfer of `total` bytes is, with a bar, its speed and the time that is left."""

    def __init__(self, name: str, done: int, total: int, tell: Tell) -> None:
        self._name, self._first, self._total, self._tell = name, done, total, tell
        self._began = time.monotonic()

    def reached(self, done: int) -> None:
        """So many bytes are there."""
        speed = (done - self._first) / max(1e-3, time.monotonic() - self._began)
        full = 20 * done // max(1, self._total)
        left = f", about {(self._total - done) / speed:.0f} s left" if speed > 0 else ""
        bar = f"{'█' * full}{'─' * (20 - full)} {megabytes(done)} of {megabytes(self._total)} MB"
        self._tell(f"fetching {self._name} {bar}, {speed / 1e6:.1f} MB/s{left}")
