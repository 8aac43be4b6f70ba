"""Session: one run in its folder, with the model and the executor open around it and the manifest kept true."""

import asyncio
import dataclasses
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from typing import Any, Protocol, TypeVar

from solverlearner.design.call import Call
from solverlearner.errors import RunStopped, stop_signals
from solverlearner.evaluation.judge import FILE, Judge
from solverlearner.evaluation.loop import run
from solverlearner.evaluation.manifest import commit, manifest, model_facts, now
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import RunFolder
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine
from solverlearner.inference.rate_limit import Stopping

Beside = Callable[[Engine], Coroutine[Any, Any, None]]
"""Made from an open engine: a coroutine that goes on as long as its calls do, to show how far they are."""


T = TypeVar("T")


class CoroutineRunner(Protocol):
    """Runs coroutines one after another, as `asyncio.Runner` does."""

    def run(self, coro: Coroutine[Any, Any, T], /) -> T:
        """The coroutine's result."""
        ...


def carry_out(
    stages: Iterable[Iterator[Call]],
    seed: int,
    engine: Engine,
    folder: RunFolder,
    executor: Executor,
    beside: Beside | None = None,
    runner: CoroutineRunner | None = None,
    programs: bool = True,
    judge: Judge | None = None,
) -> None:
    """Answer the calls of one stage after another, score everything, write the manifest whatever happens.

    A stage is taken when all calls of the one before are over, so that their rows may decide whether there is another.
    `beside` goes on as long as calls do, to show how far they are; `runner` is for several runs in a row; without
    `programs` the executor is not started; `judge` groups the answers once all calls are answered. The first Ctrl-C
    lets what is under way end, the second does not. Raises: UsageError, RunStopped, ExecutorError; KeyboardInterrupt
    with a line on how to go on.
    """
    session = _Session(engine, folder, executor)
    state = "stopped"
    threading.Thread(target=commit, daemon=True).start()  # git is asked while weights or packages are loaded
    try:
        (runner.run if runner else asyncio.run)(session.answered(stages, seed, beside, programs, judge))
        if engine.rate_limit.stopping:
            if problem := engine.over_budget:
                raise RunStopped(f"{problem}; the same command with a larger budget goes on from there")
            raise KeyboardInterrupt
        state = "incomplete" if engine.counts.unanswered else "complete"
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise KeyboardInterrupt(session.kept) from None
    finally:
        session.write_manifest(state)


class _Session:
    """One session of a run: its parts, when it began, and the model that earlier sessions asked."""

    def __init__(self, engine: Engine, folder: RunFolder, executor: Executor) -> None:
        self._engine, self._folder, self._executor = engine, folder, executor
        self._started, self._before = now(), folder.read("manifest.json").get("model")

    async def answered(
        self, stages: Iterable[Iterator[Call]], seed: int, beside: Beside | None, programs: bool, judge: Judge | None
    ) -> None:
        """Answer and score the calls with everything open that they need."""
        engine, folder = self._engine, self._folder
        try:
            _allow_files(engine.request_options.most)
            folder.log.begin()
            async with (
                self._executor if programs else nullcontext(),
                _beside(folder.log.journal.keep_synced(), *([beside(engine)] if beside else [])),
            ):
                self.write_manifest("running")
                with _stopped_by_signals(engine):
                    if judge:
                        await judge.check()
                    for calls in stages:
                        await run(calls, seed, engine, folder, self._executor)
                        if engine.rate_limit.stopping:
                            break
                    if judge and not engine.rate_limit.stopping:
                        await self._judge(judge)
        finally:
            await engine.model.aclose()

    async def _judge(self, judge: Judge) -> None:
        with suppress(Stopping):  # the replies so far are kept
            self._folder.write(FILE, await judge.grouped(read_rows(self._folder.path)))

    def write_manifest(self, state: str) -> None:
        """Write how far the run is and what it ran with."""
        # Without a call the model is not even opened, and who answered stands in the earlier manifest.
        engine, executor = self._engine, self._executor
        facts = None if engine.opened else self._before
        facts = facts or model_facts(engine.model, self._folder.log.reported)
        confined = {
            "protections": [*executor.protections],
            "policy_alone": executor.policy_alone,
            "limits": dataclasses.asdict(executor.limits),
        }
        prompts = self._folder.read("config.json").get("prompts")  # null where templates are ours
        told = manifest(facts, confined, engine.counts, self._started, state)
        self._folder.write("manifest.json", told | ({"prompts": prompts} if prompts else {}))

    @property
    def kept(self) -> str:
        """The line for a person who stopped the run: what is kept, and how to go on."""
        counts = self._engine.counts
        kept = f"{counts.done - counts.unanswered} of {counts.total} replies are kept in {self._folder.path}"
        batches = f"; no batch is lost ({counts.awaits})" if counts.awaits else ""
        return f"{kept}{batches}; the same command goes on from there"


@asynccontextmanager
async def _beside(*endless: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """What goes on as long as the body does. Raises: what one of them raised."""
    tasks = [asyncio.create_task(one) for one in endless]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):  # not CancelledError
                raise ended


def _allow_files(connections: int) -> None:
    """Raise the limit of open files, often 1,024, to what so many connections need, as far as the system lets us."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * connections + 256
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def _stopped_by_signals(engine: Engine) -> Iterator[None]:
    """Ctrl-C, SIGTERM or a closed terminal ends the run after what is under way; a second one at once."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        if engine.rate_limit.stopping and task:
            task.cancel()
            return
        engine.rate_limit.stop()
        under_way = f"{engine.rate_limit.in_flight} calls are under way and will be kept; Ctrl-C again stops at once"
        with suppress(OSError):  # a closed terminal takes no line
            print(f"\nsolverlearner: stopping: {under_way}", file=sys.stderr, flush=True)

    before = {number: signal.getsignal(number) for number in stop_signals()}  # a sweep has handlers of its own
    for number in before:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)
