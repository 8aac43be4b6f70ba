"""Server watch: a process between a run and its server, which ends the server when the run ends, however it ends.

    python -I server_watch.py COMMAND…

The run holds the other end of standard input. That end closes when the run lets go of it, and also when the run is
killed; then the server's whole process group gets SIGTERM, and SIGKILL `GRACE_S` later. If the server ends by itself,
this process ends with the same exit code. It runs as a plain script, so that it starts fast and needs no package.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

GRACE_S = 5.0
_LOOK_AGAIN_S = 0.1


def main(command: list[str]) -> int:
    """Start the command in a process group of its own and wait for its end, or the run's."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the run decides when its server ends
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_as_a_child)
    while server.poll() is None:
        ready, _, _ = select.select([0], [], [], _LOOK_AGAIN_S)
        if ready and not os.read(0, 1):
            break
    code = server.poll()
    _end(server)
    return 1 if code is None else code if code >= 0 else 128 - code


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
