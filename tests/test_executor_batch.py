"""Batches: programs that share a process come out exactly as they do alone, whatever their neighbours are."""

import ast
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from containment import LIMITS, shared
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from test_executor_property import INPUTS, programs

from solverlearner.errors import UsageError
from solverlearner.execution.executor import Executor, Limits, Trial
from solverlearner.execution.sandbox.separable import is_separable

NEIGHBOUR = """
import math, re, collections, string
def solver(n1, n2):
    print("neighbour", n1)
    c = collections.Counter(n1 + n2)
    return [math.gcd(12, 18), re.sub("1", "x", n1), c.most_common(1)[0][1], string.digits, [{}]]
"""
PAIR = [("12", "57"), ("8", "1")]
Program = tuple[str, Sequence[Any]]


def run(programs: Sequence[Program], batch: int, limits: Limits = LIMITS, workers: int = 1) -> list[Trial]:
    async def work() -> list[Trial]:
        async with Executor(limits, workers, batch=batch) as executor:
            return await asyncio.gather(*(executor.trial(program, inputs) for program, inputs in programs))

    return asyncio.run(work())


def plainly(trial: Trial) -> Any:
    """All of a trial but its times."""
    return [(o.status, o.value, o.message, o.line) for o in trial.outcomes], trial.printed


def assert_same_among_neighbours(programs: Sequence[Program], limits: Limits = LIMITS, *, heavy: bool = False) -> None:
    """Each program runs alone, and between two ordinary ones in batches of 8. `heavy` ones may run out of time.

    A loaded machine may keep a program from its processor for a while, so what differs runs again with ten times the
    time.
    """
    patient = replace(limits, call_s=10 * limits.call_s, program_s=10 * limits.program_s)
    if differing := _differing(programs, limits, heavy):
        assert not _differing(differing, patient, heavy), differing


def _differing(programs: Sequence[Program], limits: Limits, heavy: bool) -> list[Program]:
    """The programs that end otherwise in a batch than alone, or whose neighbours do."""
    (neighbour,) = map(plainly, run([(NEIGHBOUR, PAIR)], 1, limits))
    mixed = [entry for program in programs for entry in ((NEIGHBOUR, PAIR), program)] + [(NEIGHBOUR, PAIR)]
    together = [plainly(trial) for trial in run(mixed, 8, limits, 2)]
    alone = [plainly(trial) for trial in run(programs, 1, limits, 2)]
    same = [own == found or (heavy and _too_slow(own, found)) for own, found in zip(together[1::2], alone, strict=True)]
    beside = [left == right == neighbour for left, right in pairwise(together[::2])]
    return [program for program, *right in zip(programs, same, beside, strict=True) if not all(right)]


def _too_slow(*trials: Any) -> bool:
    """Whether one of them ran out of time, as heavy work near its limit may where the machine has other work."""
    return any(status == "timeout" for outcomes, _ in trials for status, *_ in outcomes)


def test_ordinary_programs_come_out_the_same_in_a_batch() -> None:
    assert_same_among_neighbours([(path.read_text(), PAIR) for path in shared("benign")])


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's layers are Linux's")
def test_hostile_programs_come_out_the_same_in_a_batch_and_their_neighbours_right(tmp_path: Path) -> None:
    texts = [path.read_text(errors="surrogateescape") for path in shared("hostile")]
    assert_same_among_neighbours([(text.replace("@CANARY@", str(tmp_path)), PAIR) for text in texts], heavy=True)


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(found=st.lists(programs, min_size=20, max_size=20))
def test_random_programs_come_out_the_same_in_a_batch(found: list[str]) -> None:
    without_class = [text.replace("class Box:", "def Box(x): return [x]\nif 0:\n  class _Box:", 1) for text in found]
    assert_same_among_neighbours([(text, INPUTS) for text in found + without_class], Limits(call_s=5))


LOOP = "def solver(n):\n    while n == 1: pass\n    return n\n"
ENDINGS = [
    LOOP,
    "def solver(n):\n    return sum(iter(int, 1)) if n == 1 else n\n",
    "import itertools\ndef solver(n):\n    return sum(itertools.repeat(0)) if n == 1 else n\n",
    "def solver(n):\n    return len('x' * 10**9) if n == 1 else n\n",
    "def solver(n):\n    try: return len('x' * 10**9)\n    except MemoryError: return n\n",
    "def solver(n):\n    return solver(n)\n",
    "def endless():\n    try: yield 1\n    finally:\n        while True: pass\nkept = endless()\nnext(kept)\n"
    "def solver(n): return n\n",
    "while True: pass\n",
    "def solver(n): return n\nwhile True: pass\n",
    "def solver(n):\n    print('x' * 9999)\n    return '\\ud800'\n",
    "def solver(n):\n    return 'x' * 60_000\n",
    "1 +",
    "import os",
    "def solver(n): import sys; return sys.getrecursionlimit()",
]


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's limit on memory is Linux's")
def test_every_way_to_end_is_the_same_in_a_batch() -> None:
    assert_same_among_neighbours([(text, [(0,), (1,), (2,)]) for text in ENDINGS])


def test_a_slow_program_of_a_batch_gets_all_its_time() -> None:
    slow = "def solver(n):\n    for i in range(n): pass\n    return n\n"
    found = run([(NEIGHBOUR, PAIR), (slow, [(12_000_000,)]), (NEIGHBOUR, PAIR)], 3, Limits(call_s=2))
    assert [trial.outcomes[0].status for trial in found] == ["ok"] * 3


POISONS = [
    "import collections\ndef solver():\n    collections.Counter.most_common = None\n",
    "import collections\ndef solver():\n    setattr(collections.Counter, 'most_common', None)\n",
    "import collections\ndef solver():\n    getattr(collections.Counter, '__setattr__')('x', 1)\n",
    "import math\nf = lambda m: m\ndef solver():\n    f(math).gcd = 1\n",
    "import textwrap\ndef solver():\n    textwrap.TextWrapper.unicode_whitespace_trans[97] = 98\n",
    "import textwrap\ndef solver():\n    try: textwrap.nothing\n    except AttributeError as e: e.obj\n",
    "import re as m\nimport math as m\ndef solver(): m.purge()\n",
    "import random\ndef solver(): random.seed(1)\n",
    "from random import *\ndef solver(): seed(1)\n",
    "from decimal import getcontext\ndef solver(): getcontext()\n",
    "import sys\ndef solver(): sys.setrecursionlimit(99)\n",
    "from functools import wraps\nimport textwrap\ndef solver(): wraps(solver)(textwrap.wrap)\n",
    "import operator\ndef solver(): operator.attrgetter('x')\n",
    "class A(int):\n    def __eq__(self, other): return True\ndef solver(): return 1\n",
    "def solver(x):\n    match x:\n        case int(register=y): return y\n",
    "def solver(x):\n    for x.y in x: pass\n",
    "def solver(x):\n    del x.y\n",
    "def solver(x): return id(x)\n",
]


@pytest.mark.parametrize("program", POISONS)
def test_what_could_change_what_others_see_never_shares_a_process(program: str) -> None:
    assert not is_separable(ast.parse(program))


@pytest.mark.parametrize("program", [NEIGHBOUR, LOOP, "from typing import List\ndef solver(x: List[int]): x.sort()\n"])
def test_ordinary_functions_may_share_a_process(program: str) -> None:
    assert is_separable(ast.parse(program))


def test_a_batch_is_faster_and_never_waits_to_be_full() -> None:
    async def work() -> list[Any]:
        async with Executor(workers=1, batch=16) as executor:
            lone = await executor.run(NEIGHBOUR, PAIR)
            first = asyncio.create_task(executor.run(NEIGHBOUR, PAIR))
            await asyncio.sleep(0)
            return [lone, await first, *await asyncio.gather(*(executor.run(NEIGHBOUR, PAIR) for _ in range(40)))]

    assert [outcomes[1].value[0] for outcomes in asyncio.run(work())] == [6] * 42


def test_a_cancelled_program_leaves_its_batch_alone() -> None:
    async def work() -> list[Any]:
        async with Executor(Limits(call_s=5), workers=1, batch=4) as executor:
            with pytest.raises(TimeoutError):  # alone
                await asyncio.wait_for(executor.run(LOOP, [(1,)]), 0.3)
            tasks = [asyncio.create_task(executor.run(text, [(1,)])) for text in ("def solver(n): return n", LOOP)]
            await asyncio.sleep(0.2)
            tasks[1].cancel()
            return await tasks[0]

    assert asyncio.run(work())[0].value == 1


def test_a_killed_worker_costs_a_batch_nothing() -> None:
    async def work() -> list[Any]:
        async with Executor(Limits(call_s=5), workers=1, batch=8) as executor:
            slow = "def solver(n):\n    for i in range(n): pass\n    return n\n"
            runs = [asyncio.create_task(executor.run(slow, [(3_000_000,)])) for _ in range(8)]
            await asyncio.sleep(0.15)
            for pid in executor.worker_pids:
                os.kill(pid, 9)
            return await asyncio.gather(*runs)

    assert [outcomes[0].status for outcomes in asyncio.run(work())] == ["ok"] * 8


def test_wrong_sizes_are_refused() -> None:
    for size in (0, 65):
        with pytest.raises(UsageError, match=r"executor\.batch"):
            Executor(batch=size)
