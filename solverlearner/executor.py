"""Executor: runs a model's program on many inputs, each program in a locked-down process of its own."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.sandbox import channel
from solverlearner.task import JSON, Input
from solverlearner.worker import Ended, Job, Worker, WorkerDiedError

Status = Literal["ok", "rejected", "error", "timeout", "memory", "crash"]
Require = Literal["best_effort", "default", "full"]

PROGRAM_LIMIT = 2**20
"""Bytes of program text; a longer one is rejected."""

RESTARTS = 3
"""Fresh children that a program gets for the inputs that a killed one did not answer."""

_TRIES = 3
_HARMLESS = "def solver(): return 1"
_NEEDED: dict[Require, tuple[str, ...]] = {
    "best_effort": (),
    "default": ("seccomp",) if sys.platform == "linux" else (),
    "full": ("rlimits", "seccomp", "landlock"),
}

_log = logging.getLogger(__name__)


class ExecutorError(Exception):
    """The executor's own fault; never a program's."""


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds a call, seconds in all, memory, size of one value as JSON."""

    call_s: float = 1.0
    program_s: float = 10.0
    memory_mb: int = 256
    output_kb: int = 64

    def __post_init__(self) -> None:
        check_range("executor.call_s", self.call_s, 0.01, 3600)
        check_range("executor.program_s", self.program_s, 0.01, 86400)
        check_range("executor.memory_mb", self.memory_mb, 16, 2**20)
        check_range("executor.output_kb", self.output_kb, 1, channel.ANSWER_LIMIT // 1024)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call. `line` is a line of the program; `message` is "" when ok, else printable ASCII."""

    status: Status
    value: JSON
    message: str
    line: int | None
    seconds: float


@dataclass(frozen=True)
class Trial:
    """One program's outcomes, and the first 4 KiB of what it printed (for the log; never parsed)."""

    outcomes: list[Outcome]
    printed: str


@dataclass(frozen=True)
class Check:
    """Indices of the inputs whose outcome differed in a second run, and of those that differed in another order."""

    nondeterministic: list[int]
    stateful: list[int]


class Executor:
    """A pool of workers; use as an async context manager, or call `aclose`.

    `require` tells which protections must be there (else UsageError); `modules` names further modules that programs
    may import (`hashlib`, `numpy`); `without` leaves out layers, for measuring what each one stops.
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        workers: int | None = None,
        require: Require = "default",
        modules: Sequence[str] = (),
        without: Sequence[str] = (),
    ) -> None:
        check_choice("executor.require", require, get_args(Require))
        self.limits = limits
        self.protections: tuple[str, ...] = ()
        self._require = require
        self._modules, self._without = tuple(modules), tuple(without)
        self._workers: set[Worker] = set()
        self._closed = False
        # Free places; one holds its worker once that is started. The last one used is the first to be used again.
        self._free: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(workers or os.cpu_count() or 1):
            self._free.put_nowait(None)

    async def __aenter__(self) -> Self:
        self._free.put_nowait(await self._take())
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every worker and what it runs."""
        self._closed = True
        while self._workers:
            self._workers.pop().kill()

    async def run(self, program: str, inputs: Sequence[Input]) -> list[Outcome]:
        """One outcome for each input, in order. Waits while all workers are busy.

        Raises: ExecutorError where the fault is the executor's; UsageError where a required protection is missing.
        """
        return (await self.trial(program, inputs)).outcomes

    async def trial(self, program: str, inputs: Sequence[Input]) -> Trial:
        """`run`, and what the program printed."""
        if not inputs:
            return Trial([], "")
        try:
            source = program.encode()
        except UnicodeEncodeError:
            return Trial(_all("error", "SyntaxError: the program has a lone surrogate", len(inputs)), "")
        if len(source) > PROGRAM_LIMIT:
            return Trial(_all("rejected", f"the program is longer than {PROGRAM_LIMIT} bytes", len(inputs)), "")
        outcomes: list[Outcome] = []
        printed, remaining = "", self.limits.program_s
        for _ in range(RESTARTS + 1):
            ended = await self._ended(source, inputs[len(outcomes) :], remaining)
            remaining -= ended.seconds
            printed = printed or ended.printed
            outcomes += self._outcomes(ended, len(inputs) - len(outcomes))
            if len(outcomes) == len(inputs) or remaining <= 0:
                break
        if printed:
            _log.debug("a program printed: %r", printed)
        left = len(inputs) - len(outcomes)
        if remaining <= 0:
            return Trial(
                outcomes + _all("timeout", f"the program's {self.limits.program_s:g} s are over", left), printed
            )
        message = f"not run: {RESTARTS + 1} processes of this program were lost before"
        return Trial(outcomes + _all(outcomes[-1].status, message, left), printed)

    async def check(self, program: str, inputs: Sequence[Input], outcomes: Sequence[Outcome]) -> Check:
        """Run the program twice more, in the same order and in reverse, and compare with its outcomes."""
        again = await self.run(program, inputs)
        reverse = (await self.run(program, inputs[::-1]))[::-1]
        differs = [i for i, outcome in enumerate(outcomes) if not _same(outcome, again[i])]
        order = [i for i, outcome in enumerate(outcomes) if i not in differs and not _same(outcome, reverse[i])]
        return Check(differs, order)

    def _outcomes(self, ended: Ended, expected: int) -> list[Outcome]:
        """The answers of one child, and what became of the call that it did not answer."""
        if ended.code == channel.EXIT_BROKEN and ended.phase == channel.PHASE_COMPILING:
            raise ExecutorError(f"a program can't be compiled: {ended.printed}")
        try:
            outcomes = [_outcome(answer) for answer in ended.answers[:expected]]
        except (TypeError, ValueError, LookupError):
            return _all("crash", "its answers are garbled", expected)
        if ended.code == channel.EXIT_FULL:
            return outcomes + _all("error", "too much output in all", expected - len(outcomes))
        if ended.code == channel.EXIT_REJECTED and len(outcomes) == 1:
            return outcomes * expected
        return outcomes if len(outcomes) == expected else [*outcomes, self._unanswered(ended)]

    def _unanswered(self, ended: Ended) -> Outcome:
        if ended.killed:
            return Outcome("timeout", None, f"no answer within {self.limits.call_s:g} s", None, ended.seconds)
        if ended.code == -9:  # by nobody of ours: the kernel was out of memory
            return Outcome("memory", None, "killed", None, ended.seconds)
        how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
        return Outcome("crash", None, f"the process ended with {how}", None, ended.seconds)

    async def _ended(self, source: bytes, inputs: Sequence[Input], seconds: float) -> Ended:
        limits = self.limits
        job = Job(source, json.dumps(inputs).encode(), limits.memory_mb * 2**20, limits.output_kb * 1024,
                  limits.call_s, seconds)  # fmt: skip
        if job.size > channel.REQUEST_LIMIT:
            raise UsageError("inputs", f"longer than {channel.REQUEST_LIMIT} bytes as JSON")
        for _ in range(_TRIES):
            ended = await self._run(job)
            if ended is not None:
                return ended
        if await self._run(Job(_HARMLESS.encode(), b"[[]]", job.memory, job.output, job.call_s, 10.0)) is None:
            raise ExecutorError("workers die whatever they run")
        return Ended(-9, 0, channel.PHASE_CALLING, 0.0, [], "")

    async def _run(self, job: Job) -> Ended | None:
        """What became of the job on the next free worker; None when the worker died over it."""
        worker = await self._take()
        try:
            ended = await worker.run(job)
        except WorkerDiedError:
            self._drop(worker)
            return None
        except BaseException:
            self._drop(worker)
            raise
        self._free.put_nowait(worker)
        return ended

    async def _take(self) -> Worker:
        worker = await self._free.get()
        if self._closed:
            self._free.put_nowait(None)
            raise ExecutorError("the executor is closed")
        if worker is not None:
            return worker
        worker = Worker(self._without, self._modules)
        self._workers.add(worker)
        try:
            await worker.start()
            self._note(worker.protections)
        except BaseException as error:
            self._drop(worker)
            if isinstance(error, WorkerDiedError):
                raise ExecutorError(f"a worker does not start: {error}") from None
            raise
        return worker

    def _note(self, protections: Sequence[str]) -> None:
        missing = [name for name in _NEEDED[self._require] if name not in protections]
        if missing:
            raise UsageError(f"executor.require={self._require}", f"this system does not give {', '.join(missing)}")
        if not self.protections:
            _log.info("programs run behind: %s", ", ".join(protections))
        self.protections = tuple(protections)

    def _drop(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.discard(worker)
            worker.kill()
        self._free.put_nowait(None)


def _outcome(answer: Any) -> Outcome:
    if len(answer) == 2:
        return Outcome("ok", answer[1], "", None, answer[0] * 1e-6)
    status, message, line, spent = answer
    if status not in get_args(Status) or type(message) is not str or not (line is None or type(line) is int):
        raise ValueError(status)
    return Outcome(status, None, message, line, spent * 1e-6)


def _all(status: Status, message: str, count: int) -> list[Outcome]:
    return [Outcome(status, None, message, None, 0.0)] * count


def _same(one: Outcome, other: Outcome) -> bool:
    return (one.status, json.dumps(one.value)) == (other.status, json.dumps(other.value))
