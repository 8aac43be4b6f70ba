"""Measure a rate limit that several jobs share through a file: requests a second that an endpoint gets, and the most.

python benchmarks/shared_limit.py [jobs …]
"""

import multiprocessing
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measure import endpoint, get, our_environment, ours

RPM, CALLS = 3000, 1200


def throughput(jobs: int, *, shared: bool) -> None:
    """Print the rate at which an endpoint is asked by so many jobs, each with its part of the calls."""
    with tempfile.TemporaryDirectory() as folder, endpoint() as url:
        limit = [f"rpm={RPM}", *([f"shared_limit={folder}/limit"] if shared else [])]
        get(f"{url}/latency/0.2")
        running = []
        for job in range(jobs):
            words = ours(f"{url}/v1", Path(folder) / "results", f"seed={job}", *limit, episodes=CALLS // jobs // 10)
            running.append(subprocess.Popen(words, env=our_environment(Path(folder)), stdout=-3, stderr=-3))
        codes = [each.wait(300) for each in running]
        told = get(f"{url}/stats")
    seconds = told["last"] - told["first"]
    rate = 60 * (told["requests"] - 1) / seconds
    what = "one limit for all" if shared else "each a limit of its own"
    print(
        f"{jobs} jobs, {what}: {told['requests']} requests, {rate:,.0f} a minute of {RPM:,} allowed; {codes}",
        flush=True,
    )


def turns(path: str, seconds: float) -> int:
    """How many turns one process takes in so many seconds where the limit never makes it wait."""
    import asyncio

    from solverlearner.inference.shared_limit import SharedLimit

    async def go() -> int:
        limit, until, count = SharedLimit(Path(path), 1e9, 1e9), time.monotonic() + seconds, 0
        while time.monotonic() < until:
            await limit.acquire(1)
            count += 1
        return count

    return asyncio.run(go())


def capacity(processes: int, folder: str, seconds: float = 3.0) -> None:
    """Print the turns a second that the file itself gives."""
    with multiprocessing.Pool(processes) as pool:
        taken = pool.starmap(turns, [(f"{folder}/limit", seconds)] * processes)
    print(f"{processes} processes: {sum(taken) / seconds:,.0f} turns a second, the least {min(taken) / seconds:,.0f}")


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:] if word.isdigit()] or [1, 2, 4]
    places = [word for word in sys.argv[1:] if not word.isdigit()]
    if not places:
        for number in counts:
            throughput(number, shared=True)
        for number in counts:
            throughput(number, shared=False)
    for place in places or [tempfile.gettempdir()]:
        with tempfile.TemporaryDirectory(dir=place) as made:
            for number in counts:
                capacity(number, made)
