"""Run 10,000 programs, with 5 % endless loops, 5 % memory bombs and 5 % crashes, through two workers.

    python benchmarks/executor_soak.py [programs]

It checks that every program gets the right status, and that no process is left, with the idle pool and after it. The
exit code is 1 otherwise. It prints the memory of the workers, and the time next to an ideal. The ideal is the number of
loops times their limit, divided by the workers, plus the time of the other programs.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from containment import adopt_orphans, leftovers  # noqa: E402 - found through the path above

from solverlearner.execution.executor import Executor, Limits  # noqa: E402

CALL_S, WORKERS, AT_ONCE = 0.25, 2, 16
GOOD = """
def solver(n1, n2):
    total, digits = int(n1, 9) + int(n2, 9), ""
    while total:
        total, digit = divmod(total, 9)
        digits = str(digit) + digits
    return digits or "0"
"""
PROGRAMS = {
    "ok": GOOD,
    "timeout": "def solver(n1, n2):\n    while True: pass\n",
    "memory": "def solver(n1, n2):\n    x = [0] * 1000\n    while True: x = x + x\n",
    "crash": "import sys\nsys.setrecursionlimit(10**8)\nclass A:\n"
    "    def __getattr__(self, name): return getattr(self, name)\n"
    "def solver(n1, n2): return A().x\n",
}


def _resident(pid: int) -> float:
    """Resident memory of a process in MB."""
    for line in Path("/proc", str(pid), "status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


class Soak(NamedTuple):
    """What each kind was classed as, seconds spent in each kind, the workers' memory over time, seconds in all, and the
    processes that were left.
    """

    found: Counter[tuple[str, str]]
    spent: Counter[str]
    memory: list[float]
    seconds: float
    left: list[int]


async def soak(kinds: list[str]) -> Soak:
    """Run a program of each kind."""
    found: Counter[tuple[str, str]] = Counter()
    spent: Counter[str] = Counter()
    memory: list[float] = []
    started = time.monotonic()
    async with Executor(Limits(call_s=CALL_S, memory_mb=64), WORKERS) as executor:
        pending = iter(enumerate(kinds))

        async def feed() -> None:
            for index, kind in pending:
                (outcome,) = await executor.run(PROGRAMS[kind], [("57", "27")])
                right = kind != "ok" or outcome.value == "85"
                found[kind, outcome.status if right else "wrong value"] += 1
                spent[kind] += outcome.seconds
                if index % 500 == 0:
                    memory.append(sum(map(_resident, executor.worker_pids)))

        await asyncio.gather(*(feed() for _ in range(AT_ONCE)))
        seconds = time.monotonic() - started
        await asyncio.sleep(0.2)  # a killed process may need a moment to end
        left = leftovers(executor.worker_pids)
    await asyncio.sleep(0.2)
    return Soak(found, spent, memory, seconds, left + leftovers([]))


def main() -> int:
    """Print a line per kind, then the totals. Returns 1 if a status is wrong or a process is left."""
    adopt_orphans()
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    few = count // 20
    kinds = ["timeout"] * few + ["memory"] * few + ["crash"] * few
    kinds += ["ok"] * (count - len(kinds))
    random.Random(0).shuffle(kinds)
    ok_only = asyncio.run(soak([kind for kind in kinds if kind == "ok"][: count // 10]))
    found, spent, memory, seconds, left = asyncio.run(soak(kinds))
    for (kind, status), number in sorted(found.items()):
        mean = spent[kind] / kinds.count(kind) * 1e3
        print(f"{kind:8} classed as {status:8} {number:6}   mean {mean:8.2f} ms in the call")
    others = sum(spent[kind] for kind in ("memory", "crash")) / WORKERS
    rest = ok_only.seconds * kinds.count("ok") / (count // 10)
    ideal = CALL_S * kinds.count("timeout") / WORKERS + others + rest
    print(f"{count} programs in {seconds:.1f} s, {count / seconds:.0f} a second")
    print(f"ideal {ideal:.1f} s (loops at their limit, bombs and crashes as measured, the rest at the rate of a run")
    print(f"of {count // 10} good ones alone): {seconds / ideal:.2f} of it")
    first, last, most = memory[0], memory[-1], max(memory)
    print(f"resident memory of both workers: first {first:.1f} MB, last {last:.1f} MB, most {most:.1f} MB")
    print(f"processes left: {', '.join(map(str, left)) or 'none'}")
    return int(bool(left) or any(kind != status for kind, status in found))


if __name__ == "__main__":
    sys.exit(main())
