"""Plan a fleet on paper: many jobs that share one rate limit through one file, simulated with the limit's own code.

python benchmarks/fleet.py [calls an hour, 1000000] [jobs, 100]

Time is simulated, and the turns are those of `SharedLimit`. Each job keeps so many calls in flight, whose latencies are
drawn. The file gives one turn at a time, each for as long as a disk holds its lock: a lock, a read, a write and the end
of the lock. Last come the plan's other quantities, from what was measured on this project and from assumptions.
"""

import heapq
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from solverlearner.inference import shared_limit
from solverlearner.inference.shared_limit import SharedLimit

MINUTES = 3.0
LATENCY_S = 5.0  # the median; the spread of a lognormal distribution is that of half to double in two thirds of calls
CONCURRENCY = 32
CLOCK = SimpleNamespace(now=0.0, skew=0.0)


def simulated(jobs: int, rpm: float, turn_s: float, files: int, skew_s: float) -> Iterator[tuple[float, float]]:
    """The time at which each call begins, and how long it waited for the lock. Jobs are dealt out over the files."""
    rng = random.Random(0)
    skews = [rng.uniform(-skew_s, skew_s) for _ in range(jobs)]
    with tempfile.TemporaryDirectory() as folder:
        limits = [SharedLimit(Path(folder) / str(each % files), rpm / files, None) for each in range(jobs)]
        free = [0.0] * files
        ready = [(rng.uniform(0, LATENCY_S), job, slot) for job in range(jobs) for slot in range(CONCURRENCY)]
        heapq.heapify(ready)
        while ready[0][0] < 60 * MINUTES:
            asked, job, slot = heapq.heappop(ready)
            locked = max(asked, free[job % files])
            free[job % files] = locked + turn_s
            CLOCK.now, CLOCK.skew = 1e9 + locked + turn_s, skews[job]
            begins = locked + turn_s + max(0.0, taken(limits[job]))
            heapq.heappush(ready, (begins + LATENCY_S * rng.lognormvariate(0, 0.7), job, slot))
            yield begins, locked - asked


def taken(limit: SharedLimit) -> float:
    """The seconds until the next turn of a limit whose lock is free, from its own code."""
    turn = limit._reserved(0)
    try:
        turn.send(None)
    except StopIteration as done:
        return float(done.value)
    raise RuntimeError("the lock was not free")


def rates(jobs: int, rpm: float, turn_s: float, files: int = 1, skew_s: float = 0.0) -> None:
    """Print what an endpoint sees: calls an hour, and the most within a second and within a minute."""
    begun, waits = [], []
    for begins, wait in simulated(jobs, rpm, turn_s, files, skew_s):
        if 60 <= begins < 60 * MINUTES:  # after the start
            begun.append(begins)
            waits.append(wait)
    per_second, per_minute = (Counter(int(each / width) for each in begun) for width in (1, 60))
    print(
        f"{1e3 * turn_s:6.2f} ms a turn, {files} files, clocks ±{skew_s:g} s: "
        f"{60 * len(begun) / (MINUTES - 1):11,.0f} calls an hour; most in a second {max(per_second.values()):4d}, "
        f"in a minute {max(per_minute.values()):7,d}; wait for the lock {1e3 * statistics.median(waits):8.1f} ms",
        flush=True,
    )


def plan(calls: float, jobs: int) -> None:
    """Print the other quantities of an hour. What is assumed is marked."""
    prompt, completion, price_in, price_out = 290, 200, 0.15, 0.60
    seconds, dollars = calls / 3600, calls / 1e6 * (prompt * price_in + completion * price_out)
    told: dict[str, Any] = {
        "calls in flight, latency 5 s (assumed)": f"{LATENCY_S * seconds:,.0f}, {LATENCY_S * seconds / jobs:.0f} a job",
        "tokens a minute, 290 + 200 a call (200 assumed)": f"{calls / 60 * (prompt + completion):,.0f}",
        "completion tokens a second and node": f"{seconds * completion / jobs:,.0f}",
        "processor hours, 1.1 ms a call (measured)": f"{calls * 1.1e-3 / 3600:.2f}",
        "disk, 5.4 kB a call with its rows (measured)": f"{calls * 5.4e3 / 1e9:.1f} GB, {seconds * 5.4e-3:.1f} MB/s",
        "dollars at 0.15 and 0.60 a million (assumed)": f"{dollars:,.0f}",
    }
    for what, value in told.items():
        print(f"{what:52} {value}")


if __name__ == "__main__":
    wanted = [float(word) for word in sys.argv[1:]]
    hourly, number = (wanted + [1e6, 100][len(wanted) :])[:2]
    shared_limit.time = SimpleNamespace(time=lambda: CLOCK.now + CLOCK.skew, monotonic=lambda: CLOCK.now)  # type: ignore[assignment]
    for turn_ms in (0.05, 0.5, 2, 3.5, 5, 10):
        rates(int(number), hourly / 60, turn_ms / 1e3)
    for parts in (2, 4):
        rates(int(number), hourly / 60, 10 / 1e3, parts)
    rates(int(number), hourly / 60, 2 / 1e3, skew_s=0.5)
    plan(hourly, int(number))
