"""Background: work in a thread with an event loop of its own, so that it also works where a loop runs already.

A notebook runs its cells inside an event loop, in which no second one can be started.
"""

import asyncio
import contextvars
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from solverlearner.inference.engine import Engine
from solverlearner.inference.usage import Price
from solverlearner.pipeline import Shown

T = TypeVar("T")


class Stoppable:
    """Runs one coroutine at a time in an event loop of its own, and lets another thread end it."""

    _cancel: Callable[[], None] | None = None

    def run(self, coro: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result. Raises: CancelledError after `cancel`, and whatever the coroutine raises."""
        return asyncio.run(self._watched(coro))

    async def _watched(self, coro: Coroutine[Any, Any, T]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        self._cancel = lambda: _tell(loop, task.cancel) if task else None
        try:
            return await coro
        finally:
            self._cancel = None

    def cancel(self) -> None:
        """End the coroutine that runs, if one does; from any thread."""
        if cancel := self._cancel:
            cancel()


class Interruption:
    """How often Ctrl-C was pressed, and what a run does then: it ends what is under way, or stops at once."""

    def __init__(self, runner: Stoppable, drawn: Shown | None = None) -> None:
        self._runner, self._drawn = runner, drawn
        self._times = 0
        self._stop: Callable[[], None] = lambda: None

    async def shown(self, engine: Engine, price: Price | None) -> None:
        """Listen as long as the run goes on, and draw how far it is. Cancelled when the run ends."""
        loop = asyncio.get_running_loop()

        def stop() -> None:
            if not engine.rate_limit.stopping:
                engine.rate_limit.stop()
                kept = f"{engine.rate_limit.in_flight} calls are under way and will be kept"
                print(
                    f"\nsolverlearner: stopping: {kept}; interrupt again to stop at once", file=sys.stderr, flush=True
                )

        self._stop = lambda: _tell(loop, stop)
        if self._times:
            stop()
        await (self._drawn(engine, price) if self._drawn else asyncio.Event().wait())

    def __call__(self) -> None:
        """Ctrl-C was pressed, once more."""
        self._times += 1
        if self._times == 1:
            self._stop()
        else:
            self._runner.cancel()


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    """Have another thread's loop call something, unless that loop has ended meanwhile."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


def apart(work: Callable[[], T], interrupted: Callable[[], None]) -> T:
    """The result of the work, which is done in a thread of its own while this one waits.

    Each Ctrl-C calls `interrupted`, and the wait goes on until the work ends. Raises: whatever the work raises.
    """
    done: Future[T] = Future()
    context = contextvars.copy_context()

    def body() -> None:
        try:
            done.set_result(context.run(work))
        except BaseException as error:
            done.set_exception(error)
        finally:
            ended.set()

    ended = threading.Event()
    with _ctrl_c_heard():
        threading.Thread(target=body, name="solverlearner", daemon=True).start()
        while not ended.is_set():
            try:
                ended.wait()
            except KeyboardInterrupt:
                interrupted()
    return done.result()


@contextmanager
def _ctrl_c_heard() -> Iterator[None]:
    """Have Ctrl-C raise KeyboardInterrupt here: under `asyncio.run` it would only be noted for the loop that waits."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
