"""Batches: lets queued programs share a process if a static check allows it (option `executor.batch`)."""

import asyncio
from collections import deque
from typing import NamedTuple

from solverlearner.execution.shared_memory import Again, Ended, SharedJob
from solverlearner.execution.worker import Worker
from solverlearner.execution.workers import WorkerPool

PATIENCE = 0.25
"""Share of its time limits that a program gets in a batch. If it needs more, it runs again alone with all of them."""


class _Waiting(NamedTuple):
    job: SharedJob
    ended: asyncio.Future[Ended | None]

    def tell(self, ended: Ended | None) -> None:
        if not self.ended.done():  # otherwise its caller was cancelled
            self.ended.set_result(ended)


class Batches:
    """Gives each free worker the queued programs, up to `size` at once. It never waits for a batch to fill."""

    def __init__(self, pool: WorkerPool, size: int) -> None:
        self._pool = pool
        self._size = size
        self._waiting: deque[_Waiting] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, job: SharedJob) -> Ended | None:
        """The result of the job's process, or None if the program has to run alone.

        Raises: ExecutorError if no worker can run it.
        """
        future: asyncio.Future[Ended | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(job, future))
        if len(self._tasks) < self._pool.size:
            self._tasks.add(asyncio.create_task(self._serve()))
        return await future

    async def _serve(self) -> None:
        task = asyncio.current_task()
        assert task
        try:
            while self._waiting:
                try:
                    await self._pool.lend(self._turn)
                except asyncio.CancelledError:
                    if task.cancelling():
                        raise
                    # otherwise the caller of a program that ran alone was cancelled, and so was the program
                except Exception as error:
                    self._fail(error)
        finally:
            self._tasks.discard(task)  # without delay: the next caller has to start another task

    def _fail(self, error: Exception) -> None:
        """Tell every waiting caller that no worker can be started."""
        while self._waiting:
            future = self._waiting.popleft().ended
            if not future.done():
                future.set_exception(error)

    async def _turn(self, worker: Worker) -> None:
        batch = self._next()
        found: list[Ended | Again] = [Again.ALONE] * len(batch)
        try:
            if len(batch) == 1:
                found = [await self._run_alone(worker, batch[0])]
            elif batch:
                found = await worker.run_together([waiting.job.hurried(PATIENCE) for waiting in batch])
        finally:
            for waiting, ended in reversed([*zip(batch, found, strict=True)]):
                if ended is Again.SOON:
                    self._waiting.appendleft(waiting)
                else:
                    waiting.tell(ended if isinstance(ended, Ended) else None)

    async def _run_alone(self, worker: Worker, waiting: _Waiting) -> Ended:
        running = asyncio.ensure_future(worker.run(waiting.job))
        waiting.ended.add_done_callback(lambda ended: running.cancel())
        return await running

    def _next(self) -> list[_Waiting]:
        """An even share of the queued programs, so that every worker gets some."""
        waiting = [entry for entry in self._waiting if not entry.ended.done()]
        share = min(-(-len(waiting) // self._pool.size), self._size)
        self._waiting = deque(waiting[share:])
        return waiting[:share]
