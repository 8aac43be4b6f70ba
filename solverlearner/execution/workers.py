"""Pool: workers that run one job, or batch, each at a time; one that dies is replaced, and only its job is repeated."""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Ended, SharedJob
from solverlearner.execution.worker import Worker, WorkerDiedError

T = TypeVar("T")

_TRIES = 3
_HARMLESS = SharedJob(b"def solver(): return 1", b"[[]]", 2**28, 1000, 5.0, 10.0)


class ExecutorError(Exception):
    """The executor's own fault; never a program's."""


def _cores(workers: int) -> list[int]:
    """The core of each worker when there is one for each, else none.

    A program's processes wake each other six times; where all are on one core it takes a tenth to a quarter less.
    With fewer workers than cores the system has to choose: another run would take the same ones.
    """
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return cores if len(cores) == workers else []


class WorkerPool:
    """At most `size` workers, started when they are needed. `started` looks at each new worker's protections."""

    def __init__(
        self,
        size: int,
        without: Sequence[str],
        modules: Sequence[str],
        started: Callable[[Sequence[str]], None],
        hash_seed: int = 0,
    ) -> None:
        self.size = size
        self.workers: set[Worker] = set()
        self._without, self._modules, self._started = without, modules, started
        self._hash_seed = hash_seed
        self._closed = False
        self._cores = _cores(size)
        # Free places; one holds its worker once that is started. The last one used is the first to be used again.
        self._free: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    async def start(self) -> None:
        """Start one worker now."""
        self._free.put_nowait(await self._take())

    def close(self) -> None:
        """End every worker and what it runs."""
        self._closed = True
        while self.workers:
            self.workers.pop().kill()

    async def run(self, job: SharedJob) -> Ended:
        """What became of the job; waits while all workers are busy.

        A job over which worker after worker dies, while a harmless one runs, ended itself: with signal 9.
        Raises: ExecutorError.
        """
        started = time.monotonic()
        for _ in range(_TRIES):
            ended = await self.lend(lambda worker: worker.run(job))
            if ended is not None and ended.code == channel.EXIT_BROKEN:
                await self._check_machinery(ended)
            if ended is not None:
                return ended
        if await self.lend(lambda worker: worker.run(_HARMLESS)) is None:
            raise ExecutorError("workers die whatever they run")
        return Ended(-9, 0, channel.PHASE_CALLING, time.monotonic() - started, b"", "")

    async def _check_machinery(self, broken: Ended) -> None:
        """Whether a child broke by its program's doing or by a fault of ours, which a harmless program shows as well.

        What the child itself says of it is no evidence: its program may have written that. Raises: ExecutorError.
        """
        harmless = await self.lend(lambda worker: worker.run(_HARMLESS))
        if harmless is not None and harmless.code == channel.EXIT_BROKEN:
            raise ExecutorError(f"no program can be run: {broken.printed.strip()[-500:]}")

    async def lend(self, work: Callable[[Worker], Awaitable[T]]) -> T | None:
        """Do the work with the next worker that is free; None when the worker died over it.

        Raises: ExecutorError.
        """
        worker = await self._take()
        try:
            found = await work(worker)
        except WorkerDiedError:
            self._drop(worker)
            return None
        except BaseException:  # cancelled: the program must not run on
            self._drop(worker)
            raise
        self._free.put_nowait(worker)
        return found

    async def _take(self) -> Worker:
        worker = await self._free.get()
        if self._closed:
            self._free.put_nowait(None)
            raise ExecutorError("the executor is closed")
        if worker is not None:
            return worker
        worker = Worker(self._without, self._modules, self._cores.pop() if self._cores else None, self._hash_seed)
        self.workers.add(worker)
        try:
            await worker.start()
            self._started(worker.protections)
        except BaseException as error:
            self._drop(worker)
            if isinstance(error, WorkerDiedError):
                raise ExecutorError(f"a worker does not start: {error}") from None
            raise
        return worker

    def _drop(self, worker: Worker) -> None:
        if worker in self.workers:
            self.workers.discard(worker)
            worker.kill()
            if worker.core is not None:
                self._cores.append(worker.core)
        self._free.put_nowait(None)
