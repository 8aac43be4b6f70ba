"""Server watch: a process between a run and its server, which ends the server when the run ends, however it ends.

    python -I server_watch.py COMMAND…
    python -I server_watch.py --users FOLDER SECONDS COMMAND…

The run holds the other end of standard input. That end closes when the run lets go of it, and also when the run is
killed; then the server's whole process group gets SIGTERM, and SIGKILL `GRACE_S` later. If the server ends by itself,
this process ends with the same exit code.

A server that several runs use has no such end. Each of them holds a shared lock of FOLDER/users, which the system takes
from it when it ends, however it ends. This process holds FOLDER/alive, and ends the server when it could take
FOLDER/users for itself during so many seconds, in which nobody used it.

It runs as a plain script, so that it starts fast and needs no package.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from io import FileIO

GRACE_S = 5.0
LINGER_S = 15.0  # from the end of one run to the start of the next, with its start of Python
USERS = "--users"
_LOOK_AGAIN_S = 0.1


def main(command: list[str]) -> int:
    """Start the command in a process group of its own and wait for its end, or the run's."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the run decides when its server ends
    users = None
    if command[0] == USERS:
        users, command = _Users(command[1], float(command[2])), command[3:]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_as_a_child)
    while server.poll() is None:
        if not (users.remain() if users else _run_holds_on()):
            break
    code = server.poll()
    _end(server)
    return 1 if code is None else code if code >= 0 else 128 - code


def _run_holds_on() -> bool:
    """Whether the run still holds the other end of standard input, after a short wait."""
    ready, _, _ = select.select([0], [], [], _LOOK_AGAIN_S)
    return not ready or bool(os.read(0, 1))


class _Users:
    """The runs that use a shared server."""

    def __init__(self, folder: str, linger_s: float) -> None:
        import fcntl  # missing on Windows

        self._flock, self._mine, self._free = fcntl.flock, fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_UN
        self._alive = FileIO(f"{folder}/alive", "a")  # its lock is held until this process ends
        self._users = FileIO(f"{folder}/users", "a")
        self._linger_s = linger_s
        self._left: float | None = None
        fcntl.flock(self._alive, fcntl.LOCK_EX)

    def remain(self) -> bool:
        """Whether anybody has used it lately, after a short wait; if not, newcomers wait until this process ends."""
        time.sleep(_LOOK_AGAIN_S)
        try:
            self._flock(self._users, self._mine)
        except BlockingIOError:
            self._left = None
            return True
        self._left = self._left or time.monotonic()
        if time.monotonic() - self._left >= self._linger_s:
            return False
        self._flock(self._users, self._free)
        return True


def _as_a_child() -> None:
    """In the child: signals as by default, and on Linux its end if this process is killed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _end(server: "subprocess.Popen[bytes]") -> None:
    """End the whole group: workers of a server that is gone already, too."""
    _signal(server, signal.SIGTERM)
    until = time.monotonic() + GRACE_S
    while time.monotonic() < until and _lives(server):
        server.poll()  # takes the exit code, so that it is no longer of the group
        time.sleep(0.02)
    _signal(server, signal.SIGKILL)
    server.wait()


def _signal(server: "subprocess.Popen[bytes]", number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, number)


def _lives(server: "subprocess.Popen[bytes]") -> bool:
    try:
        os.killpg(server.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
