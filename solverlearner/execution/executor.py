"""Executor: runs a model's program on many inputs, each program in a locked-down process of its own.

Harness (here; it alone knows the expected outputs) → workers, small interpreters without site packages and without an
environment (`sandbox/zygote.py`) → one forked child a program (with `batch`, for several). It runs the program, which
was compiled under a policy on RestrictedPython, and writes what `solver` gives for each input into shared memory.

Covered, each with a test in `tests/test_executor*.py` or `tests/test_typed.py`:

- Reading or writing files, the environment, sockets, processes: refused by the policy; by seccomp and by Landlock too.
- Seeing an expected output: no child ever gets one; values are compared in the harness, never by a program's `__eq__`.
- Forged results: the channel is shared memory that only our code writes; no name or attribute that the policy allows
  leads to it, so there is no nonce to steal. A program that breaks the policy could write only its own answers.
- Lying or hostile values: only JSON's types, converted by the base types' own methods; nothing is unpickled, printed
  or compared. Anything else is `error`: not a plain value. So are nan and inf, texts with lone surrogates, ints of
  more than about 4,200 digits, and nesting deeper than 100. With `typed`, tuples, sets, bytes, nan, inf and dicts with
  any keys come through too, as typed JSON, by the same methods.
- Endless loops, also ones that catch every exception or hang in C: a call's limit is processor time; it costs its
  limit (in C a quarter more), the answers before it are kept, and the next input goes on.
- Memory bombs, crashes, floods of output, deep recursion, sources that are too long or too deep.
- Poison: every program starts from the same fresh copy of a worker, the same hash seed and the same `random`.
- Leftovers: a child can start no process; it dies with its worker, and workers die with the harness, also by SIGKILL.
- A worker that dies is replaced, and only its program is repeated.
- Differences between runs and state between calls are found by `Executor.check`.
- With `batch`, programs share a process only where they can't change what another sees, and come out as they do alone.

Not covered:

- Bugs of the kernel behind the 40 system calls that are left, side channels, timing.
- That a program keeps no state between its own calls (it is found, not prevented); that the clock gives the same.
- A wall of the kernel's between the programs of a batch: there it is the policy and `sandbox/separable.py`.
- Exact wall times on an overloaded machine; a call that waits without working is ended at 2 × its limit + 0.5 s.
- Every ordinary program: `async`, `except*`, metaclasses but ABCMeta, `open`, third-party modules are refused.
- macOS: no seccomp, no Landlock, and its kernel is said not to enforce the memory limit: policy, limits, processes.
- arm64: its filters were compared with the kernel's tables and interpreted, not run.

`docs/security.md` tells what each layer stops, and how to put a container around it all.
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

Require = Literal["best_effort", "default", "full"]

PROGRAM_LIMIT = 2**20
"""Bytes of program text; a longer one is rejected."""

RESTARTS = 3
"""Fresh children that a program gets for the inputs that a killed one did not answer."""

_NEEDED: dict[Require, tuple[str, ...]] = {
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
"""Modules that are never handed to programs, not even on request: each is a way out of the restricted interpreter."""

_log = logging.getLogger(__name__)


class Executor:
    """Runs programs on a pool of workers (one a core); use as an async context manager, or call `aclose`.

    `require` tells which protections must be there (else UsageError); `modules` names further modules that programs
    may import (`numpy`); `without` leaves out layers, for measuring what each one stops. Whoever scores
    programs with an executor that has `check_determinism` calls `check` too. Up to `batch` programs that wait at the
    same moment share a process, one after the other, where they can't change what another one sees. Programs see the
    texts' hashes, and so the order of sets, that `hash_seed` gives.
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
        """End every worker and what it runs."""
        self._pool.close()

    @property
    def worker_pids(self) -> list[int]:
        """The workers' process ids, for watching them."""
        return [worker.pid for worker in self._pool.workers]

    async def run(self, program: str, inputs: Sequence[Input], typed: bool = False) -> list[Outcome]:
        """One outcome for each input, in order. Waits while all workers are busy.

        `typed`: arguments and outcomes' values are typed JSON (`typed.encode`); the program gets what it stands for.
        Raises: ExecutorError where the fault is the executor's; UsageError where a required protection is missing.
        """
        return (await self.trial(program, inputs, typed)).outcomes

    async def trial(self, program: str, inputs: Sequence[Input], typed: bool = False) -> Trial:
        """`run`, and what the program printed."""
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
        """Run the program twice more, in the same order and in reverse, and compare with its outcomes."""
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

    def _note(self, protections: Sequence[str]) -> None:
        missing = [name for name in _NEEDED[self._require] if name not in protections]
        if missing:
            raise UsageError(f"executor.require={self._require}", f"this system does not give {', '.join(missing)}")
        if not self.protections:
            _log.info("programs run behind: %s", ", ".join(protections))
        self.protections = tuple(protections)
