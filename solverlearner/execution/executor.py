"""Executor: runs a model's program on many inputs, each program in a confined process.

The harness (this module) alone knows the expected outputs. It starts workers: small interpreters without site packages
and without an environment (`sandbox/zygote.py`). A worker forks one child for each program (with `batch`, for several).
The program is compiled under a policy based on RestrictedPython. The child calls its `solver` with each input and
writes the returned values into shared memory.

Covered threats, each with a test in `tests/test_executor*.py`, `tests/test_answer_reader.py` or `tests/test_typed.py`:

- Files, the environment, sockets and processes: the policy refuses them, and so do seccomp and Landlock.
- Reading an expected output: no child ever gets one. The harness compares values, never a program's `__eq__`.
- Forged results: only our code writes into the shared memory, and no name or attribute that the policy allows leads
  there. A program that breaks the policy could write only its own answers.
- Hostile values: the child converts values of JSON's types by the base types' own methods. It unpickles, prints and
  compares nothing. Any other value is an `error`: NaN, infinity, texts with lone surrogates, ints of more than about
  4,200 digits, nesting deeper than 100. With `typed`, tuples, sets, bytes, NaN, infinity and dicts with any keys are
  allowed too, as typed JSON.
- Hostile answers: the harness checks every value again (`answer_reader.py`), so no program can end a run.
- Endless loops, also those that catch every exception or hang in C: a call is limited in processor time. It costs its
  limit (in C a quarter more), earlier answers are kept, and the next input follows.
- Memory bombs, crashes, floods of output, deep recursion, sources that are too long or too deep.
- Changed state: every program starts from the same fresh copy of a worker, with the same hash seed and `random` seed.
- Leftover processes: a child can start none. It dies with its worker, and workers die with the harness, even if that
  is killed.
- Dead workers: a worker that dies is replaced, and only its program is repeated.
- Nondeterminism and state between calls: `Executor.check` finds them.
- Batches: programs share a process only if a static check shows that they cannot affect each other. Their outcomes
  equal those of programs that run alone.

Not covered:

- Bugs of the kernel behind the 40 remaining system calls, side channels, timing.
- State that a program keeps between its own calls (`check` finds it, nothing prevents it), and values of the clock.
- A barrier by the kernel between the programs of a batch: the policy and `sandbox/separable.py` are the barrier there.
- Exact wall times on an overloaded machine. A call that waits without working ends at 2 × its limit + 0.5 s.
- Some ordinary programs: `docs/programs.md` lists the allowed Python.
- Systems without seccomp and Landlock (macOS, gVisor, old kernels): programs run there with `require="policy"` only.
  macOS is said not to enforce the memory limit either.
- arm64: its filters were compared with the kernel's tables and interpreted, but not run.

`docs/security.md` describes what each layer stops, and how to add a container.
"""

import json
import logging
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal, Self, get_args

from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.execution.answer_reader import Outcome
from solverlearner.execution.batching import Batches
from solverlearner.execution.outcome import (
    DeterminismCheck,
    Limits,
    Trial,
    outcomes_of,
    repeated,
)
from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Ended, SharedJob
from solverlearner.execution.workers import ExecutorError, WorkerPool
from solverlearner.task import Input

__all__ = ["DeterminismCheck", "Executor", "ExecutorError", "Limits", "Outcome", "Require", "Trial"]

Require = Literal["policy", "best_effort", "default", "full"]
"""The protections without which no program runs, from the fewest to the most (table in `docs/security.md`)."""

PROGRAM_LIMIT = 2**20
"""Most bytes of a program's text; a longer program is rejected."""

RESTARTS = 3
"""Further processes that a program gets for the inputs that a killed process did not answer."""

KERNEL_LAYERS = ("seccomp", "landlock")
"""Protections that the kernel enforces. Without both, the policy alone holds a program."""

_NEEDED: dict[Require, tuple[str, ...]] = {
    "policy": (),
    "best_effort": (),
    "default": ("seccomp",) if sys.platform == "linux" else (),
    "full": ("rlimits", "seccomp", "landlock"),
}

DEFAULT_LIMITS = Limits()

NEVER_IMPORTED = {
    *"os posix nt sys builtins io pathlib shutil tempfile glob fileinput subprocess multiprocessing threading".split(),
    *"concurrent asyncio signal socket socketserver select selectors ssl http urllib ftplib smtplib imaplib".split(),
    *"poplib telnetlib xmlrpc webbrowser ctypes cffi mmap fcntl resource pty tty termios pwd grp syslog".split(),
    *"importlib imp pkgutil runpy zipimport code codeop inspect gc marshal pickle shelve dbm sqlite3".split(),
    *"pdb bdb trace tracemalloc faulthandler sysconfig site venv ensurepip platform atexit logging".split(),
    *"solverlearner tasks".split(),
}
"""Modules that no program may import, even if `modules` names them: each is a way out of the restricted interpreter."""

_log = logging.getLogger(__name__)


class Executor:
    """Runs programs on a pool of workers. Use it as an async context manager, or call `aclose` at the end.

    - `limits`: time, memory and output of one program.
    - `workers`: number of worker processes; None means one per core.
    - `require`: the protections without which it refuses to run (UsageError).
    - `modules`: further modules that programs may import, for example `numpy`.
    - `without`: layers to leave out, to measure the effect of each layer.
    - `check_determinism`: the caller that scores programs should call `check` too.
    - `batch`: if several programs are queued, up to this many run one after another in the same process, but only
      programs that a static check shows cannot affect each other.
    - `hash_seed`: Python's seed for hashes of text, which decides the order of sets.

    Example:

    ```python
    async with Executor(Limits(call_s=0.5)) as executor:
        outcomes = await executor.run("def solver(x):\\n    return x + 1", [[1], [2]])
    ```
    """

    def __init__(
        self,
        limits: Limits = DEFAULT_LIMITS,
        workers: int | None = None,
        require: Require = "default",
        modules: Sequence[str] = (),
        without: Sequence[str] = (),
        check_determinism: bool = False,
        batch: int = 1,
        hash_seed: int = 0,
    ) -> None:
        check_choice("executor.require", require, get_args(Require))
        check_range("executor.batch", batch, 1, channel.BATCH_LIMIT)
        for name in modules:
            if not find_spec(name.partition(".")[0]):
                raise UsageError(f"executor.modules={name}", "there is no such module")
            if name.partition(".")[0] in NEVER_IMPORTED:
                problem = "reaches files, processes, the network or the interpreter, so no program may import it"
                raise UsageError(f"executor.modules={name}", problem)
        self.limits = limits
        self.check_determinism = check_determinism
        self.protections: tuple[str, ...] = ()
        self._require = require
        self._pool = WorkerPool(workers or os.cpu_count() or 1, tuple(without), tuple(modules), self._note, hash_seed)
        self._batches = Batches(self._pool, batch) if batch > 1 else None

    async def __aenter__(self) -> Self:
        if find_spec("fcntl") is None:
            raise UsageError("this system", "cannot run programs of models in the executor, which needs Linux")
        await self._pool.start()
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every worker and the programs that they run."""
        self._pool.close()

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of the workers, to watch them."""
        return [worker.pid for worker in self._pool.workers]

    async def run(self, program: str, inputs: Sequence[Input], typed: bool = False) -> list[Outcome]:
        """One outcome for each input, in order. Waits while all workers are busy.

        Each input is the list of `solver`'s arguments. With `typed`, arguments and returned values are typed JSON
        (`case2code.values.encode`), and the program gets the values that it stands for.
        Raises: ExecutorError for a fault of the executor; UsageError if a required protection is missing or the inputs
        are longer than 32 MiB as JSON.
        """
        return (await self.trial(program, inputs, typed)).outcomes

    async def trial(self, program: str, inputs: Sequence[Input], typed: bool = False) -> Trial:
        """The same as `run`, with the text that the program printed."""
        if not inputs:
            return Trial([], "")
        try:
            source = program.encode()
        except UnicodeEncodeError:
            return Trial(repeated("error", "SyntaxError: the program has a lone surrogate", len(inputs)), "")
        if len(source) > PROGRAM_LIMIT:
            return Trial(repeated("rejected", f"the program is longer than {PROGRAM_LIMIT} bytes", len(inputs)), "")
        trial = await self._trial(source, inputs, typed)
        if trial.printed:
            _log.debug("a program printed: %r", trial.printed)
        return trial

    async def _trial(self, source: bytes, inputs: Sequence[Input], typed: bool) -> Trial:
        outcomes: list[Outcome] = []
        printed, remaining = "", self.limits.program_s
        for _ in range(RESTARTS + 1):
            job = self._job(source, inputs[len(outcomes) :], remaining, typed)
            ended = await self._ended(job, again=bool(outcomes))
            remaining -= ended.seconds
            printed = printed or ended.printed
            outcomes += outcomes_of(ended, len(inputs) - len(outcomes), self.limits, typed=typed)
            if len(outcomes) == len(inputs) or remaining <= 0:
                break
        left = len(inputs) - len(outcomes)
        if remaining <= 0:
            return Trial(
                outcomes + repeated("timeout", f"the program's {self.limits.program_s:g} s are over", left), printed
            )
        message = f"not run: {RESTARTS + 1} processes of this program were lost before"
        return Trial(outcomes + repeated(outcomes[-1].status, message, left), printed)

    async def _ended(self, job: SharedJob, again: bool) -> Ended:
        ended = await self._batches.run(job) if self._batches and not again else None
        return ended or await self._pool.run(job)

    async def check(
        self, program: str, inputs: Sequence[Input], outcomes: Sequence[Outcome], typed: bool = False
    ) -> DeterminismCheck:
        """Run the program twice more, in the same and in reverse order, and compare the results with `outcomes`."""
        again = await self.run(program, inputs, typed)
        reverse = (await self.run(program, inputs[::-1], typed))[::-1]
        differs = [i for i, outcome in enumerate(outcomes) if not outcome.same(again[i])]
        order = [i for i, outcome in enumerate(outcomes) if i not in differs and not outcome.same(reverse[i])]
        return DeterminismCheck(differs, order)

    def _job(self, source: bytes, inputs: Sequence[Input], seconds: float, typed: bool) -> SharedJob:
        limits = self.limits
        text = json.dumps({channel.TYPED: inputs} if typed else inputs).encode()
        job = SharedJob(source, text, limits.memory_mb * 2**20, limits.output_kb * 1024, limits.call_s, seconds)
        if job.size > channel.REQUEST_LIMIT:
            raise UsageError("inputs", f"longer than {channel.REQUEST_LIMIT} bytes as JSON")
        return job

    @property
    def policy_alone(self) -> bool:
        """Whether programs run here without a protection by the kernel; False before the first worker has started."""
        return bool(self.protections) and not {*KERNEL_LAYERS} & {*self.protections}

    @property
    def remark(self) -> str:
        """One line for a person if programs ran behind the policy alone, else ""."""
        return _ALONE if self.policy_alone else ""

    def _note(self, protections: Sequence[str]) -> None:
        if problem := _lacking(self._require, protections):
            raise UsageError(f"executor.require={self._require}", problem)
        first, self.protections = not self.protections, tuple(protections)
        if first:
            level = logging.WARNING if self.policy_alone else logging.INFO
            _log.log(level, "programs run behind: %s", ", ".join(protections))


_ALONE = (
    "Programs ran behind the policy alone (executor.require=policy): this system gives neither seccomp nor Landlock, "
    "so nothing else stops a program that gets past the policy."
)


def _lacking(require: Require, protections: Sequence[str]) -> str:
    """What this system lacks for programs to run, and the option with which they do; "" if it lacks nothing."""
    if require != "policy" and not {*KERNEL_LAYERS} & {*protections}:
        return (
            "this system gives neither seccomp nor Landlock; use a container or a virtual machine that does, or type "
            "executor.require=policy to run programs behind the policy alone"
        )
    missing = [name for name in _NEEDED[require] if name not in protections]
    if not missing:
        return ""
    there = ", ".join(protections)
    return f"this system does not give {', '.join(missing)}; executor.require=best_effort runs programs behind {there}"
