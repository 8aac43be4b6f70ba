"""Pool of workers: each runs one job or batch at a time. One that dies is replaced, and only its job repeated."""

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
    """A fault of the executor itself. No program causes it."""


def _cores(workers: int) -> list[int]:
    """A core for each worker if there are as many workers as cores, else an empty list.

    The processes of a program wake each other six times. On one core that takes a tenth to a quarter less time.
    With fewer workers than cores the system chooses, since another run would use the same cores.
    """
    cores = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return cores if len(cores) == workers else []


class WorkerPool:
    """At most `size` workers, each started when first needed. `started` receives the protections of each new worker."""

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
        # Free places: a worker, or None until one is started. The place used last is used next.
        self._free: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        for _ in range(size):
            self._free.put_nowait(None)

    async def start(self) -> None:
        """Start one worker now."""
        self._free.put_nowait(await self._take())

    def close(self) -> None:
        """End every worker and the programs that they run."""
        self._closed = True
        while self.workers:
            self.workers.pop().kill()

    async def run(self, job: SharedJob) -> Ended:
        """Run a job and return its result; waits while all workers are busy.

        If every worker that runs the job dies and a harmless job then runs, the result is an end by signal 9.
        Raises: ExecutorError if the harmless job fails too.
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
        """Run a harmless program, to tell a fault of the executor from a program that broke its child.

        The child's own text is not evidence, because its program may have written it. Raises: ExecutorError if the
        harmless program breaks its child too.
        """
        harmless = await self.lend(lambda worker: worker.run(_HARMLESS))
        if harmless is not None and harmless.code == channel.EXIT_BROKEN:
            raise ExecutorError(f"no program can be run: {broken.printed.strip()[-500:]}")

    async def lend(self, work: Callable[[Worker], Awaitable[T]]) -> T | None:
        """Do the work with the next free worker. Returns None if the worker died.

        Raises: ExecutorError if no worker can be started or the executor is closed.
        """
        worker = await self._take()
        try:
            found = await work(worker)
        except WorkerDiedError:
            self._drop(worker)
            return None
        except BaseException:  # cancelled: the program has to end
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
