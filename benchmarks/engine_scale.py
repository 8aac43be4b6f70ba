"""Measure how our engine scales: from 2,000 to 50,000 items, the time to the first call, and a resume of 200,000 items.

    python benchmarks/engine_scale.py [part …] [number of items to resume]

The parts are grow, first and resume; all of them by default. It does whole runs as in engine.py, 64 calls at a time,
against benchmarks/endpoint.py at 0 ms.

- grow: one run per size; the peak memory of its largest process and the CPU time of its process tree. The last column
  is the CPU time of each item beyond those of the smaller run, so it leaves out the start.
- first: runs of one item, medians of 5; the time from the start of the process to the endpoint's first request, and to
  the end of the process.
- resume: a real run, killed after that many requests (and 64 more, which may be in flight), with 1,000 items left. Then
  the same command is timed until its first request. An episode has 100 queries, so that making the run takes minutes.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from measure import endpoint, get, kill, measured, our_environment, ours, rows_of, start

SIZES = (2_000, 10_000, 50_000)
FINISHED = 200_000


def grow(url: str, folder: Path) -> None:
    """Print memory and CPU time by size."""
    print("\n| items | peak MB | seconds | items/s | CPU ms an item | CPU ms an item more |\n|---|---|---|---|---|---|")
    before = (0, 0.0)
    for size in SIZES:
        results = folder / str(size)
        cost = measured(ours(url, results, episodes=size // 10), folder, our_environment(results), 1200)
        assert sum(row["correct"] for row in rows_of(results)) == size, cost.output
        each, more = cost.cpu / size, (cost.cpu - before[1]) / (size - before[0])
        rate = f"{cost.wall:.1f} | {size / cost.wall:.0f} | {each * 1000:.2f} | {more * 1000:.2f}"
        print(f"| {size} | {cost.rss:.0f} | {rate} |", flush=True)
        before = (size, cost.cpu)


def first(url: str, folder: Path) -> None:
    """Print the seconds to the first call, and of the whole run, for one item."""
    calls, walls = [], []
    for number in range(5):
        results = folder / f"first-{number}"
        get(f"{url}/latency/0")
        cost = measured(ours(url, results, episodes=1, queries=1), folder, our_environment(results))
        assert cost.code == 0, cost.output
        calls.append(get(f"{url}/stats")["first"] - cost.started)
        walls.append(cost.wall)
    print(f"\none item: first call after {statistics.median(calls):.2f} s, over after {statistics.median(walls):.2f} s")


def resume(url: str, folder: Path, finished: int) -> None:
    """Print the seconds to the first call of a run that already has this many replies."""
    results = folder / "resume"
    command = ours(url, results, episodes=finished // 100 + 10, queries=100)
    get(f"{url}/latency/0")
    started = time.monotonic()
    process = start(command, folder, our_environment(results))
    try:
        while get(f"{url}/stats")["requests"] < finished + 64 and process.poll() is None:
            time.sleep(0.05)
            if time.monotonic() - started > 1800:
                sys.exit("resume: the first run took more than half an hour")
    finally:
        kill(process)
        process.wait()
    made, asked = time.monotonic() - started, get(f"{url}/stats")["requests"]
    get(f"{url}/latency/0")
    cost = measured(command, folder, our_environment(results), 1200)
    stats = get(f"{url}/stats")
    assert sum(1 for _ in rows_of(results)) == finished + 1000, cost.output
    print(
        f"\nresume: killed after {asked} calls in {made:.0f} s; first call {stats['first'] - cost.started:.2f} s after"
    )
    print(f"the start, {stats['requests']} calls, over after {cost.wall:.1f} s; peak {cost.rss:.0f} MB")


def main() -> None:
    """Run the named parts, or all of them."""
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    parts = [word for word in sys.argv[1:] if not word.isdigit()] or ["grow", "first", "resume"]
    with tempfile.TemporaryDirectory() as temporary, endpoint() as url:
        folder = Path(temporary)
        if "grow" in parts:
            grow(url, folder)
        if "first" in parts:
            first(url, folder)
        if "resume" in parts:
            resume(url, folder, *numbers[:1] or [FINISHED])


if __name__ == "__main__":
    main()
