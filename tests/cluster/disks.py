"""Two machines share a disk that keeps locks to each of them: no run is written twice, and what needs locks is told.

    tests/cluster/disks.sh python tests/cluster/disks.py [SCENARIO …]

Each machine is a mount of the same folder and a host name of its own. A scenario prints a line; the exit code is 1 if
one of them did not keep what it promises.
"""

import fcntl
import os
import signal
import sys
import time
from io import FileIO
from pathlib import Path

from faults import CONCURRENCY, GRID, Sweep, paid, rows, serve, slow, wait_for

DISKS = Path(os.environ["DISKS"])
ONE = ["base=8", *GRID[1:]]


class Host(Sweep):
    """A sweep on one of the two machines."""

    def __init__(self, name, endpoint, results, *words):
        super().__init__(endpoint, DISKS / name / results, *words)
        self.command = ["unshare", "--uts", "sh", "-c", f'hostname {name} && exec "$0" "$@"', *self.command]
        self.log_path = f"{DISKS / results}-{name}.log"


def here(results, grid):
    """Whether the rows of a sweep on both machines are those of one on this machine."""
    with serve(slow(0)) as endpoint, Sweep(endpoint, DISKS / f"{results}-here", *grid) as sweep:
        assert sweep.code() == 0, sweep.said
    return rows(DISKS / "disk" / results) == rows(DISKS / f"{results}-here")


def at_once():
    """The same command on both machines at the same time, and once more after that."""
    with serve(slow(0.8)) as endpoint:  # so that a run lasts longer than it takes to see that it goes on
        with Host("n1", endpoint, "at_once", *GRID) as first, Host("n2", endpoint, "at_once", *GRID) as second:
            codes = first.code(), second.code()
        told = "another process is writing this run" in first.said + second.said
        with Host("n1", endpoint, "at_once", *GRID) as again:
            kept = told and again.code() == 0 and paid(endpoint) == (96, 0)
    return kept and here("at_once", GRID), endpoint, f"exit codes {codes}, then the same command finds all finished"


def killed():
    """One machine is gone in the middle of a run, and the other one is given the same command."""
    with serve(slow(0.3)) as endpoint:
        with Host("n1", endpoint, "killed", *GRID) as first:
            first.when(30)
            os.killpg(first.process.pid, signal.SIGKILL)
        began = time.monotonic()
        with Host("n2", endpoint, "killed", *GRID) as second:
            wait_for(lambda: "is silent; going on without it" in second.said, "a line")
            asked = len(endpoint.bodies)
            wait_for(lambda: len(endpoint.bodies) > asked, "a further call")
            waited = time.monotonic() - began
            kept = second.code() == 0 and paid(endpoint)[1] <= CONCURRENCY
    return kept and here("killed", GRID), endpoint, f"killed after 30 calls, and went on after {waited:.0f} s"


def paused():
    """A machine sleeps for so long that the other one takes its run over, and then wakes up."""
    with serve(slow(0.5)) as endpoint, Host("n1", endpoint, "paused", *ONE) as first:
        first.when(10)
        os.killpg(first.process.pid, signal.SIGSTOP)
        asked = len(endpoint.bodies)
        with Host("n2", endpoint, "paused", *ONE) as second:
            wait_for(lambda: len(endpoint.bodies) >= asked + 4, "the other machine goes on")
            os.killpg(first.process.pid, signal.SIGCONT)
            told = first.code() != 0 and "has taken this run over, as this process was silent" in first.said
            kept = told and second.code() == 0 and paid(endpoint)[1] <= 2 * CONCURRENCY
    return kept and here("paused", ONE), endpoint, "stopped after 10 calls, woken up beside its successor"


def limit():
    """One rate limit for both machines: they cannot keep it, and one of them says so."""
    words = ["settings=[io]", "episodes=40", "queries=6", "rpm=1200"]
    with serve(slow(0.05)) as endpoint:
        ours = [
            Host(name, endpoint, f"limit-{name}", *words, f"seed={seed}", f"shared_limit={DISKS / name / 'limit'}")
            for seed, name in enumerate(("n1", "n2"))
        ]
        with ours[0] as first, ours[1] as second:
            wait_for(lambda: any(each.process.poll() is not None for each in ours), "a machine ends")
        kept = "so this disk keeps locks to each machine" in first.said + second.said
    return kept, endpoint, "two machines, one limit of 1,200 a minute; one of them stopped"


SCENARIOS = (at_once, killed, paused, limit)


def main(*names):
    with FileIO(DISKS / "n1/probe", "w") as one, FileIO(DISKS / "n2/probe", "w") as other:
        for file in (one, other):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # both get it, or these mounts are of no use
    failed = 0
    for scenario in [each for each in SCENARIOS if not names or each.__name__ in names]:
        began = time.monotonic()
        kept, endpoint, what = scenario()
        failed += not kept
        calls, twice = paid(endpoint)
        told = f"{'ok    ' if kept else 'FAILED'} {scenario.__name__:8} {time.monotonic() - began:4.0f} s  {what}"
        print(f"{told}; {calls} calls, {twice} of them again", flush=True)
        for log in sorted(DISKS.glob(f"{scenario.__name__}*.log")) if not kept else []:
            print(log.name, log.read_text(), sep="\n", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
