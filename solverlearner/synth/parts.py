"""Parts: keeps the finished work of a run on disk, and the processes that do it.

The name of a part is a hash of its sources, its options and the code that makes it. So a killed run continues, with any
number of processes, and gives the same result. Existing parts are not made again, and a change of a file, an option or
the code gives other names.
"""

import hashlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any, Self, TypeVar

import msgspec

from solverlearner.errors import UsageError
from solverlearner.execution.executor import ExecutorError
from solverlearner.files import source_hash

Job = TypeVar("Job")
Part = TypeVar("Part")

_WATCH_S = 1.0

_MADE_BY = ("synth", "case2code", "execution")
"""The packages that decide the content of a part."""


class Parts:
    """A folder of parts and a pool of `processes` processes. A context manager."""

    def __init__(self, folder: Path, processes: int) -> None:
        self._folder, self._processes = folder, processes
        self._made_by = source_hash(*(f"solverlearner.{part}" for part in _MADE_BY)) + sys.version.encode()
        self._done: dict[str, list[Path]] = {}
        self.made = self.found = 0

    def __enter__(self) -> Self:
        # spawned: a fork would copy the memory of the harness and hold its pipes open
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self._processes, context, _end_with, (os.getpid(),))
        return self

    def __exit__(self, *args: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def all(self, stage: str, work: Callable[[Job], Part], jobs: Iterable[Job], kind: type[Part]) -> Iterator[Part]:
        """The results of `work` for each job, in order. Jobs are taken from the iterable as they are needed.

        Raises: UsageError and ExecutorError that `work` raised.
        """
        waiting: deque[tuple[Path, Future[Any] | None]] = deque()
        for job in jobs:
            waiting.append(self._begun(stage, work, job))
            while len(waiting) > 2 * self._processes:
                yield self._part(*waiting.popleft(), kind)
        while waiting:
            yield self._part(*waiting.popleft(), kind)

    def again(self, stage: str, kind: type[Part]) -> Iterator[Part]:
        """The parts of a stage once more, after `all` has finished it."""
        return (self._part(path, None, kind) for path in self._done.get(stage, ()))

    def _begun(self, stage: str, work: Callable[[Job], Part], job: Job) -> tuple[Path, Future[Any] | None]:
        name = hashlib.blake2b(self._made_by + msgspec.json.encode(job), digest_size=16).hexdigest()
        path = self._folder / stage / name[:2] / f"{name[2:]}.json"
        self._done.setdefault(stage, []).append(path)
        if path.exists():
            self.found += 1
            return path, None
        self.made += 1
        return path, self._pool.submit(_make, work, job, path)

    def _part(self, path: Path, future: Future[Any] | None, kind: type[Part]) -> Part:
        if future and (failed := future.result()):
            raise UsageError(*failed[1:]) if failed[0] == "usage" else ExecutorError(failed[1])
        return msgspec.json.decode(path.read_bytes(), type=kind)


def _make(work: Callable[[Job], Part], job: Job, path: Path) -> tuple[str, ...] | None:
    """Do a job in a process of the pool. Returns our errors as texts, because they cannot be pickled."""
    try:
        made = msgspec.json.encode(work(job))
    except UsageError as error:
        return "usage", error.key, error.problem
    except ExecutorError as error:
        return "executor", str(error)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(made)
    unfinished.replace(path)  # the part is whole or missing
    return None


def _end_with(parent: int) -> None:
    """End this process with its parent. It holds both ends of its pipe, so it would wait for work without end."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches this process too, and the parent's message is enough

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
