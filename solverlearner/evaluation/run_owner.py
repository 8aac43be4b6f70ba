"""Run owner: the one process that writes a run's folder, also on a disk that keeps locks to each machine.

A lock of `.lock` keeps a second process of the same machine away, and is free once its process is gone. Some disks have
no locks. On others they mean nothing between machines, and nobody is told (NFS with `nolock`, many FUSE file systems).
So the process also makes the file `.owner`, which only one can make, and writes a counter into it every few seconds.
Another machine that finds the file watches the counter: while it moves, the run is in use; once it rests for
`SILENT_S`, the process is taken for dead and the run is taken over.
"""

import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Any

from solverlearner.errors import RunStopped, UsageError, warn
from solverlearner.files import NoLocks, lock, read_json

BEAT_S = 5.0
SILENT_S = 30.0
_LOOK_S = 0.25
_NAME = ".owner"
_Told = dict[str, Any]


class RunInUse(UsageError):
    """Another process is writing the run."""

    def __init__(self, folder: Path, owner: _Told) -> None:
        who = f" ({_who(owner)})" if owner else ""
        super().__init__(f"results={folder}", f"another process is writing this run; wait for it or stop it{who}")


class RunOwner:
    """This process as the owner of a run's folder, whose lock it holds. Raises: RunInUse, OSError."""

    def __init__(self, folder: Path, place: str) -> None:
        self._folder, self._path = folder, folder / _NAME
        host = platform.node() or "this machine"
        self._told: _Told = {"host": host, "process": os.getpid(), "place": place, "name": uuid.uuid4().hex}
        self._beats = 0
        self._taken_by: _Told = {}
        while not self._made():
            self._make_room()
        self._seen = _now()

    def check(self) -> None:
        """Make sure, before something is written, that no other machine has taken the run over. Raises: RunStopped."""
        if _now() - self._seen > 2 * BEAT_S:  # this process was stopped, or its disk did not answer
            self._verify()
        if self._taken_by:
            silent = f"{_who(self._taken_by)} has taken this run over, as this process was silent for {SILENT_S:g} s"
            raise RunStopped(f"results={self._folder}: {silent}; what was answered before is kept")

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Show every few seconds that this process lives, as long as the body goes on; then give the run back."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(BEAT_S):
                with suppress(OSError):
                    self._beat()
                    self._verify()

        thread = threading.Thread(target=beat, name="run owner", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            with suppress(OSError):
                if read_json(self._path).get("name") == self._told["name"]:
                    self._path.unlink()
            self._file.close()

    def _made(self) -> bool:
        """Make the file; false where there is one."""
        try:
            with FileIO(self._path, "x") as file:
                file.write(self._line())
        except FileExistsError:
            return False
        self._file = FileIO(self._path, "r+")  # closed once before, so that a network disk shows it to all
        return True

    def _line(self) -> bytes:
        return json.dumps({**self._told, "beats": f"{self._beats:010}"}).encode()

    def _beat(self) -> None:
        self._beats += 1
        os.pwrite(self._file.fileno(), self._line(), 0)  # as long as before, so that nobody reads half of it
        os.fsync(self._file.fileno())

    def _verify(self) -> None:
        there = read_json(self._path)
        if there.get("name") == self._told["name"]:
            self._seen = _now()
        elif there:
            self._taken_by = there
        elif not self._path.exists():  # another machine lays it aside for a moment, or somebody has removed it
            before = self._file
            if self._made():
                before.close()

    def _make_room(self) -> None:
        """Remove the file of a process that has ended. Raises: RunInUse where it goes on."""
        there = read_json(self._path)
        if there.get("place") != self._told["place"]:  # else it held the lock that we hold
            there = self._when_silent(there)
        aside = self._path.with_name(f"{_NAME}-{self._told['name']}")
        try:
            self._path.rename(aside)
        except FileNotFoundError:
            return
        if (moved := read_json(aside)) == there:
            aside.unlink()
            return
        with suppress(OSError):  # of a process that was faster; if it cannot be put back, that one makes it again
            os.link(aside, self._path)
        aside.unlink()
        raise RunInUse(self._folder, moved)

    def _when_silent(self, there: _Told) -> _Told:
        """Wait until it is plain that the process has ended. Raises: RunInUse where it goes on."""
        began, told = time.monotonic(), False
        while (rested := time.monotonic() - began) < SILENT_S:
            if rested > 1.5 * BEAT_S and not told:
                told = True
                rest = f"was writing this run and is silent; going on without it in {SILENT_S - rested:.0f} s"
                warn(f"results={self._folder}: {_who(there)} {rest}")
            time.sleep(_LOOK_S)
            now = read_json(self._path)
            if now != there:
                if self._path.exists():
                    raise RunInUse(self._folder, now)
                break
        return there


@contextmanager
def owned(folder: Path) -> Iterator[RunOwner]:
    """Own a run's folder, on this machine and against all others, while the body goes on.

    Raises: RunInUse where another process writes it, UsageError on a system without locks (Windows), OSError.
    """
    with FileIO(folder / ".lock", "w") as file:
        try:
            lock(file)
            place = place_of_locks(file)
        except BlockingIOError:
            raise RunInUse(folder, read_json(folder / _NAME)) from None
        except NoLocks:
            place = uuid.uuid4().hex  # of nobody else, so that each is watched by each
        owner = RunOwner(folder, place)
        with owner.beating():
            yield owner


def place_of_locks(file: FileIO) -> str:
    """Names this start of this machine and the mounted disk of a file: one kernel keeps the locks of such a place."""
    try:
        started = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:  # no Linux
        started = platform.node()
    return f"{started}/{os.fstat(file.fileno()).st_dev}"


def _now() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _who(owner: _Told) -> str:
    return f"process {owner.get('process', '?')} on {owner.get('host', 'another machine')}"
