"""The executor's promises, one by one, through its contract. `executor.py`'s docstring lists them in this order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from solverlearner import evaluate
from solverlearner.cli.commands import exec as exec_command
from solverlearner.errors import UsageError
from solverlearner.execution import executor as executor_module
from solverlearner.execution.executor import Executor, ExecutorError, Limits, Outcome
from solverlearner.execution.outcome import OutcomeStatus
from solverlearner.execution.workers import WorkerPool
from solverlearner.task import Input

LIMITS = Limits(call_s=0.3, program_s=5, memory_mb=128)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's layers are Linux's")

T = TypeVar("T")


def with_executor(work: Callable[[Executor], Awaitable[T]], limits: Limits = LIMITS, **options: Any) -> T:
    async def run() -> T:
        async with Executor(limits, **{"workers": 1, **options}) as executor:
            return await work(executor)

    return asyncio.run(run())


def outcomes(program: str, *inputs: Input, limits: Limits = LIMITS, **options: Any) -> list[Outcome]:
    return with_executor(lambda executor: executor.run(program, inputs), limits, **options)


def statuses(found: Sequence[Outcome]) -> list[OutcomeStatus]:
    return [outcome.status for outcome in found]


# Outcomes


def test_values_come_back_in_order() -> None:
    found = outcomes("def solver(a, b):\n    return a + b\n", ("1", "2"), (3, 4), ([5], [6]))
    assert [outcome.value for outcome in found] == ["12", 7, [5, 6]]
    assert statuses(found) == ["ok"] * 3


def test_no_inputs_give_no_outcomes() -> None:
    assert outcomes("def solver(a): return a") == []


def test_a_refusal_tells_line_and_rule_for_every_input() -> None:
    found = outcomes("def solver(n):\n    return n.__globals__\n", (0,), (1,))
    assert [(outcome.status, outcome.line) for outcome in found] == [("rejected", 2)] * 2
    assert "__globals__" in found[0].message


def test_a_refusal_at_run_time_is_rejected_for_that_call_only() -> None:
    found = outcomes("def solver(n):\n    if n:\n        import subprocess\n    return n\n", (0,), (1,))
    assert [(outcome.status, outcome.line) for outcome in found] == [("ok", None), ("rejected", 3)]
    assert found[1].message == "import of 'subprocess' is not on the allow-list"


def test_a_refused_import_can_be_caught() -> None:
    (found,) = outcomes(
        "try:\n    import ctypes\nexcept ImportError:\n    ctypes = None\ndef solver():\n    return ctypes\n", ()
    )
    assert (found.status, found.value) == ("ok", None)


def test_a_module_that_a_program_leaves_unused_may_be_imported() -> None:
    program = "import os, logging, asyncio\ndef solver(n):\n    return os.getcwd() if n else 0\n"
    fine, refused = outcomes(program, (0,), (1,))
    assert (fine.status, fine.value) == ("ok", 0)
    assert (refused.status, refused.message) == ("rejected", "'getcwd' of module 'os' is not on the allow-list")


def test_an_error_tells_type_message_and_line() -> None:
    (found,) = outcomes("def solver(n):\n    return 1 / n\n", (0,))
    assert (found.status, found.message, found.line) == ("error", "ZeroDivisionError: division by zero", 2)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("def solver(:\n", "SyntaxError: invalid syntax"),
        ("x = 1\n", "NameError: the program defines no function solver"),
        ("solver = 3\n", "NameError: the program defines no function solver"),
        ("raise ValueError('early')\ndef solver(): return 1\n", "ValueError: early"),
    ],
)
def test_a_program_that_does_not_load_is_an_error_for_every_input(program: str, message: str) -> None:
    found = outcomes(program, (), ())
    assert statuses(found) == ["error", "error"]
    assert found[0].message.startswith(message)


def test_messages_are_cut_and_printable() -> None:
    (found,) = outcomes("def solver():\n    raise ValueError('\\x1b[2J\\u202e' + 'x' * 9999)\n", ())
    assert found.message.isascii()
    assert found.message.isprintable()
    assert len(found.message) <= 300


def test_values_that_are_not_plain_are_errors() -> None:
    program = "import math\nVALUES = [{1}, b'x', math.nan, math.inf, {1: 2}, object(), 1j, '\\ud800', 10**5000, len]\n"
    found = outcomes(program + "def solver(i):\n    return VALUES[i]\n", *[(i,) for i in range(10)])
    assert [(outcome.status, outcome.message[:17]) for outcome in found] == [("error", "not a plain value")] * 10


def test_subclasses_are_converted_by_the_base_types_method() -> None:
    program = (
        "class S(str):\n    def __str__(self): return 'lie'\n    __repr__ = __str__\n"
        "class I(int):\n    def __int__(self): return 7\n    __index__ = __repr__ = __int__\n"
        "class L(list):\n    def __iter__(self): return iter(['lie'])\n"
        "class D(dict):\n    def items(self): return [('lie', 1)]\n    def __iter__(self): return iter(['lie'])\n"
        "def solver(): return D(a=L([S('x'), I(5), (True, None)]))\n"
    )
    assert outcomes(program, ())[0].value == {"a": ["x", 5, [True, None]]}


def test_nothing_is_equal_that_only_says_so() -> None:
    (found,) = outcomes("class A:\n    def __eq__(self, o): return True\ndef solver(): return A()\n", ())
    assert (found.status, found.value) == ("error", None)


# Time, memory, output


def test_an_endless_input_costs_only_itself() -> None:
    found = outcomes("def solver(n):\n    while n == 1:\n        pass\n    return n\n", (0,), (1,), (2,))
    assert statuses(found) == ["ok", "timeout", "ok"]


@pytest.mark.parametrize(
    "body",
    [
        "    while True:\n        try:\n            while True: pass\n        except: pass\n",
        "    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n",
        "    while True:\n        try:\n            while True: pass\n        finally: continue\n",
        "    try:\n        while True: pass\n    finally: return 1\n",
        "    return sum(itertools.repeat(0))\n",
        "    return 7 ** 10 ** 8 and 1\n",
        "    return re.match('(a+)+$', 'a' * 40 + 'b') is None\n",
    ],
)
def test_no_call_outlives_its_limit(body: str) -> None:
    program = "import itertools, re\ndef solver(n):\n    if n: return n\n" + body
    started = time.monotonic()
    found = outcomes(program, (1,), (0,), (2,))
    assert statuses(found) == ["ok", "timeout", "ok"]
    assert time.monotonic() - started < LIMITS.program_s + 60  # each would last for hours


def test_the_whole_program_has_a_limit() -> None:
    found = outcomes("def solver(n):\n    while True: pass\n", *[(i,) for i in range(50)], limits=Limits(0.2, 1.0))
    assert statuses(found) == ["timeout"] * 50


def test_an_endless_module_is_a_timeout_for_every_input() -> None:
    assert statuses(outcomes("while True: pass\n", (), ())) == ["timeout", "timeout"]


def test_the_time_limit_is_processor_time() -> None:
    program = "import time\ndef solver():\n    time.sleep(9)\n    return 1\n"
    assert statuses(outcomes(program, ())) == ["ok"]  # sleeping is no work, and returns at once


@LINUX
def test_a_memory_bomb_is_told_apart() -> None:
    found = outcomes("def solver(n):\n    return len('x' * n)\n", (10,), (10**9,), (20,))
    assert statuses(found) == ["ok", "memory", "ok"]


@LINUX
def test_a_crash_is_told_apart_and_costs_only_itself() -> None:
    program = "import sys\ndef solver(n):\n    if n: sys.modules['posix'].abort()\n    return n\n"
    found = outcomes(program, (0,), (1,), (0,), without=("policy",))
    assert statuses(found) == ["ok", "crash", "ok"]
    assert found[1].message.startswith("the process ended with signal")


def test_output_is_bounded_a_value_and_in_all() -> None:
    found = outcomes("def solver(n):\n    return 'x' * n\n", (10,), (70_000,), (20,))
    assert statuses(found) == ["ok", "error", "ok"]
    many = outcomes("def solver(n):\n    return 'x' * 60_000\n", *[(i,) for i in range(400)])
    assert statuses(many) == ["ok"] * statuses(many).count("ok") + ["error"] * statuses(many).count("error")
    assert many[-1].message == "too much output in all"


def test_what_is_printed_is_kept_to_4_kib_and_never_parsed() -> None:
    program = "def solver():\n    for _ in range(1000): print('[1,\"ok\"],' * 100)\n    return 1\n"
    trial = with_executor(lambda executor: executor.trial(program, [()]))
    assert (trial.outcomes[0].value, len(trial.printed)) == (1, 4096)


def test_a_timed_out_program_delays_nobody_else() -> None:
    async def work(executor: Executor) -> None:
        slow = asyncio.create_task(executor.run("def solver():\n    while True: pass\n", [()] * 5))
        await asyncio.sleep(0.05)
        for _ in range(5):
            assert (await executor.run("def solver(): return 1", [()]))[0].value == 1
        assert not slow.done()
        assert statuses(await slow) == ["timeout"] * 5

    with_executor(work, workers=2)


# Determinism and state


def test_programs_run_the_same_every_time() -> None:
    program = "import random\ndef solver():\n    return [random.random(), list({'a', 'b', 'c', 'd'}), hash('x')]\n"
    first, second = (outcomes(program, ()) for _ in range(2))
    assert [one.value for one in first] == [two.value for two in second]


def test_differences_and_state_are_found() -> None:
    async def check(executor: Executor, program: str) -> tuple[list[int], list[int]]:
        inputs = [(1,), (2,), (3,)]
        found = await executor.check(program, inputs, await executor.run(program, inputs))
        return found.nondeterministic, found.stateful

    clock = "import time\ndef solver(n):\n    return time.perf_counter() if n == 2 else n\n"
    state = "seen = []\ndef solver(n):\n    seen.append(n)\n    return len(seen)\n"
    assert with_executor(lambda executor: check(executor, clock)) == ([1], [])
    assert with_executor(lambda executor: check(executor, state)) == ([], [0, 2])
    assert with_executor(lambda executor: check(executor, "def solver(n): return n")) == ([], [])


def test_programs_share_nothing() -> None:
    async def work(executor: Executor) -> Any:
        poison = "import math, collections\ndef solver():\n    math.gcd = collections.Counter.update = None\n"
        await executor.run(poison, [()])
        program = "import math, collections\ndef solver(): return [math.gcd(4, 6), len(collections.Counter('aab'))]"
        return (await executor.run(program, [()]))[0].value

    assert with_executor(work) == [2, 2]


# The pool


def test_more_programs_than_workers_wait() -> None:
    async def work(executor: Executor) -> list[Any]:
        runs = [executor.run(f"def solver(): return {i}", [()]) for i in range(40)]
        return [found[0].value for found in await asyncio.gather(*runs)]

    assert with_executor(work, workers=2) == list(range(40))


def test_a_killed_zygote_is_replaced_and_its_program_repeated() -> None:
    async def work(executor: Executor) -> list[OutcomeStatus]:
        program = "def solver(n):\n    x = 0\n    for i in range(n): x += i\n    return x\n"
        run = asyncio.create_task(executor.run(program, [(2_000_000,)] * 3))
        await asyncio.sleep(0.1)
        for pid in executor.worker_pids:
            os.kill(pid, signal.SIGKILL)
        return statuses(await run)

    assert with_executor(work, Limits(call_s=5)) == ["ok"] * 3


def test_a_cancelled_run_frees_its_worker() -> None:
    async def work(executor: Executor) -> Any:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(executor.run("def solver():\n    while True: pass\n", [()] * 9), 0.2)
        return (await executor.run("def solver(): return 1", [()]))[0].value

    assert with_executor(work) == 1


def test_a_closed_executor_says_so() -> None:
    async def work() -> None:
        executor = Executor(LIMITS, workers=1)
        await executor.aclose()
        with pytest.raises(ExecutorError):
            await executor.run("def solver(): return 1", [()])

    asyncio.run(work())


@LINUX
@pytest.mark.parametrize("how", ["SIGKILL", "exit", "exception"])
def test_no_process_outlives_the_harness(how: str, tmp_path: Path) -> None:
    script = tmp_path / "harness.py"
    script.write_text(
        "import asyncio, os, sys\n"
        f"sys.path.insert(0, {str(Path(__file__).resolve().parent.parent)!r})\n"
        "from solverlearner.execution.executor import Executor, Limits\n"
        "async def main():\n"
        "    executor = Executor(Limits(call_s=60, program_s=60), workers=2)\n"
        "    loop = 'def solver():\\n    while True: pass\\n'\n"
        "    runs = [asyncio.create_task(executor.run(loop, [()])) for _ in range(2)]\n"
        "    while len(executor.worker_pids) < 2:\n"
        "        await asyncio.sleep(0.05)\n"
        "    await asyncio.sleep(0.6)\n"
        "    print(*executor.worker_pids, flush=True)\n"
        f"    how = {how!r}\n"
        "    if how == 'SIGKILL': os.kill(os.getpid(), 9)\n"
        "    if how == 'exit': os._exit(0)\n"
        "    raise RuntimeError\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=60)
    sessions = set(done.stdout.split())
    assert len(sessions) == 2, done.stderr
    for _ in range(50):
        if not (left := [pid for pid in _processes() if _session(pid) in sessions]):
            break
        time.sleep(0.1)
    assert left == []


def _processes() -> list[str]:
    return [entry.name for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _session(pid: str) -> str:
    try:
        fields = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return fields[3] if fields[0] != "Z" else ""


# Protections


@LINUX
def test_the_protections_are_told() -> None:
    async def protections(executor: Executor) -> tuple[str, ...]:
        return executor.protections

    assert {"policy", "rlimits", "seccomp"} <= set(with_executor(protections))


@LINUX
def test_a_missing_protection_is_refused() -> None:
    with pytest.raises(UsageError, match=r"executor\.require=full: .*landlock"):
        outcomes("def solver(): return 1", (), require="full", without=("landlock",))
    with pytest.raises(UsageError, match="seccomp"):
        outcomes("def solver(): return 1", (), without=("seccomp",))
    assert statuses(outcomes("def solver(): return 1", (), require="best_effort", without=("seccomp",))) == ["ok"]


@LINUX
def test_without_layers_of_the_kernel_programs_run_if_a_person_asks_for_the_policy_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kernel = ("seccomp", "landlock")
    for require in ("best_effort", "default", "full"):
        with pytest.raises(UsageError, match=rf"executor\.require={require}: .*type executor\.require=policy to run"):
            outcomes("def solver(): return 1", (), require=require, without=kernel)

    async def told(executor: Executor) -> tuple[str, str, bool, str]:
        (outcome,) = await executor.run("import os\ndef solver(): return os.getcwd()", [()])
        (plain,) = await executor.run("def solver(): return 1", [()])
        return outcome.status, plain.status, executor.policy_alone, executor.remark

    rejected, plain, alone, remark = with_executor(told, require="policy", without=kernel)
    assert (rejected, plain, alone) == ("rejected", "ok", True)
    assert "behind the policy alone (executor.require=policy)" in remark
    assert "programs run behind: " in caplog.text
    assert with_executor(told, require="policy")[2:] == (False, "")  # the kernel's layers are used where they exist


@LINUX
def test_a_run_behind_the_policy_alone_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(executor_module, "WorkerPool", without_kernel_layers)
    program = tmp_path / "program.py"
    program.write_text("def solver(): return 1")
    assert exec_command.main([str(program), "--input", "[]"]) == 2
    assert "executor.require=default: this system gives neither seccomp nor Landlock" in capsys.readouterr().err
    assert exec_command.main([str(program), "--input", "[]", "--require", "policy"]) == 0
    assert "Programs ran behind the policy alone" in capsys.readouterr().err

    small = {"episodes": 1, "queries": 1, "settings": ["solverlearner"], "results": tmp_path}
    with pytest.raises(UsageError, match=r"executor\.require=default"):
        evaluate("arith", "scripted", **small)
    found = evaluate("arith", "scripted", executor={"require": "policy"}, **small)
    manifest = json.loads((found.path / "manifest.json").read_text())
    assert manifest["executor"]["policy_alone"] is True
    assert "seccomp" not in manifest["executor"]["protections"]


def without_kernel_layers(size: int, without: Sequence[str], *more: Any) -> WorkerPool:
    return WorkerPool(size, [*without, "seccomp", "landlock"], *more)


def test_wrong_limits_are_refused() -> None:
    with pytest.raises(UsageError, match=r"executor\.call_s"):
        Limits(call_s=0)
    with pytest.raises(UsageError, match=r"executor\.require"):
        Executor(require="none")  # type: ignore[arg-type]


def test_further_modules_are_an_option() -> None:
    program = "import colorsys\ndef solver(): return colorsys.rgb_to_hsv(1, 0, 0)"
    assert statuses(outcomes(program, ())) == ["rejected"]
    assert outcomes(program, (), modules=("colorsys",))[0].value == [0.0, 1.0, 1]
    with pytest.raises(UsageError, match=r"executor\.modules=no_such_thing: there is no such module"):
        Executor(modules=("no_such_thing",))


NUMPY = """
import numpy as np
def solver(xs):
    return [*map(int, np.array([[1, 2], [3, 4]]) @ np.array(xs)), float(np.linalg.det(np.eye(3)))]
"""


@pytest.mark.parametrize(
    ("program", "value", "modules"),
    [
        ("import colorsys\ndef solver(xs): return colorsys.rgb_to_hsv(*xs, 2)[2]\n", 2, ["colorsys"]),
        (NUMPY, [5, 11, 1.0], ["numpy"]),
    ],
)
def test_the_exec_command_takes_further_modules(
    program: str, value: Any, modules: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if "numpy" in modules:
        pytest.importorskip("numpy")
    file = tmp_path / "program.py"
    file.write_text(program)
    options = [word for module in modules for word in ("--module", module)]
    assert exec_command.main([str(file), "--input", "[[1, 2]]", "--memory-mb", "512", *options]) == 0
    assert capsys.readouterr().out.startswith(f"ok  {json.dumps(value)}  (")
    assert exec_command.main([str(file), "--input", "[[1, 2]]"]) == 1
    assert "is not on the allow-list" in capsys.readouterr().out


def test_the_harness_stays_small() -> None:
    heavy = "{'openai', 'pandas', 'hydra', 'numpy'}"
    code = f"import sys, solverlearner.execution.executor; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
