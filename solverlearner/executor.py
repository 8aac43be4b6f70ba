"""Executor: runs a model's program on many inputs, each program in a locked-down process of its own."""

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from solverlearner.errors import check_choice, check_range
from solverlearner.sandbox import channel
from solverlearner.task import JSON, Input
from solverlearner.worker import Ended, Worker, WorkerDiedError

Status = Literal["ok", "rejected", "error", "timeout", "memory", "crash"]
Require = Literal["best_effort", "default", "full"]

PROGRAM_LIMIT = 2**20
"""Bytes of program text; a longer one is rejected."""

RESTARTS = 3
"""Fresh children that a program gets for inputs that were not answered when one was killed."""


class ExecutorError(Exception):
    """The executor's own fault; never a program's."""


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds a call, seconds in all, memory, size of one value."""

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


class Executor:
    """A pool of workers. Use as an async context manager, or call `aclose`."""

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
        self.require = require
        self.workers = workers or os.cpu_count() or 1
        self._modules = tuple(modules)
        self._without = tuple(without)
        self._idle: asyncio.Queue[Worker | None] | None = None
        self._all: set[Worker] = set()
        self.protections: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *args: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End every worker."""
        while self._all:
            self._all.pop().kill()
        self._idle = None

    async def run(self, program: str, inputs: Sequence[Input]) -> list[Outcome]:
        """One outcome for each input, in order. Waits while all workers are busy.

        Raises: ExecutorError where the fault is the executor's.
        """
        if not inputs:
            return []
        try:
            source = program.encode()
        except UnicodeEncodeError:
            return [Outcome("error", None, "SyntaxError: the program has a lone surrogate", None, 0.0)] * len(inputs)
        if len(source) > PROGRAM_LIMIT:
            return [Outcome("rejected", None, f"longer than {PROGRAM_LIMIT} bytes", None, 0.0)] * len(inputs)
        outcomes: list[Outcome] = []
        deadline = self.limits.program_s
        for _ in range(RESTARTS + 1):
            ended = await self._ended(source, inputs[len(outcomes) :], deadline)
            deadline -= ended.seconds
            outcomes += self._outcomes(ended, len(inputs) - len(outcomes))
            if len(outcomes) == len(inputs):
                return outcomes
            if deadline <= 0:
                break
        rest: Status = "timeout" if deadline <= 0 else outcomes[-1].status
        message = "the program's time is over" if deadline <= 0 else f"not run: {RESTARTS + 1} processes ended before"
        return outcomes + [Outcome(rest, None, message, None, 0.0)] * (len(inputs) - len(outcomes))

    def _outcomes(self, ended: Ended, expected: int) -> list[Outcome]:
        """The answers of one child, and what became of the call that it did not answer."""
        if ended.code == channel.EXIT_BROKEN:
            raise ExecutorError(f"a child's machinery failed: {ended.printed}")
        answers = ended.answers[:expected]
        try:
            outcomes = [_outcome(answer) for answer in answers]
        except (TypeError, ValueError, IndexError, KeyError):
            return [Outcome("crash", None, "the answers are garbled", None, 0.0)] * expected
        if ended.code == channel.EXIT_REJECTED and len(outcomes) == 1:
            return outcomes * expected
        if len(outcomes) < expected:
            outcomes.append(_unanswered(ended))
        return outcomes

    async def _ended(self, source: bytes, inputs: Sequence[Input], seconds: float) -> Ended:
        limits = self.limits
        text = json.dumps(inputs).encode()
        for _ in range(3):
            worker = await self._worker()
            try:
                ended = await worker.run(
                    source, text, limits.memory_mb * 2**20, limits.output_kb * 1024, limits.call_s, seconds
                )
            except WorkerDiedError:
                self._drop(worker)
                continue
            except BaseException:
                self._drop(worker)
                raise
            self._give_back(worker)
            return ended
        raise ExecutorError("the worker died three times with this program")

    async def _worker(self) -> Worker:
        if self._idle is None:
            self._idle = asyncio.Queue()
            for _ in range(self.workers):
                self._idle.put_nowait(None)
        worker = await self._idle.get()
        if worker is None:
            worker = Worker(self._without, self._modules)
            self._all.add(worker)
            try:
                await worker.start()
            except BaseException as error:
                self._all.discard(worker)
                self._idle.put_nowait(None)
                if isinstance(error, WorkerDiedError):
                    raise ExecutorError(f"a worker does not start: {error}") from None
                raise
            self.protections = tuple(worker.protections)
        return worker

    def _drop(self, worker: Worker) -> None:
        if worker in self._all:
            self._all.discard(worker)
            worker.kill()
        self._give_back(None)

    def _give_back(self, worker: Worker | None) -> None:
        if self._idle is not None:
            self._idle.put_nowait(worker)


def _outcome(answer: Any) -> Outcome:
    if type(answer[0]) is int:
        return Outcome("ok", answer[1], "", None, answer[0] / 1e6)
    status, message, line, spent = answer
    return Outcome(status, None, message, line, spent / 1e6)


def _unanswered(ended: Ended) -> Outcome:
    if ended.killed:
        return Outcome("timeout", None, "", None, ended.seconds)
    if ended.code < 0:
        return Outcome("crash", None, f"ended by signal {-ended.code}", None, ended.seconds)
    return Outcome("crash", None, f"ended with exit code {ended.code}", None, ended.seconds)
