"""Rate limit: the number of concurrent calls, and the time at which the next call may begin."""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from aiolimiter import AsyncLimiter

    from solverlearner.inference.shared_limit import SharedLimit


T = TypeVar("T")

_MINUTE_S = 60.0


def _limiter(most: float, seconds: float) -> "AsyncLimiter":
    from aiolimiter import AsyncLimiter  # it costs 30 ms, and few runs have a limit of their own

    return AsyncLimiter(most, seconds)


def _shared_limit(file: Path, rpm: float | None, tpm: float | None) -> "SharedLimit":
    from solverlearner.inference.shared_limit import SharedLimit  # Windows has no such locks

    return SharedLimit(file, rpm, tpm)


class Stopping(Exception):
    """The run is ending: a call that waits for its turn does not begin."""


class _Turn:
    """One turn. A class, because every call has one, and a generator takes several times as long."""

    __slots__ = ("_limit", "_tokens")

    def __init__(self, limit: "RateLimit", tokens: float) -> None:
        self._limit, self._tokens = limit, tokens

    async def __aenter__(self) -> float:
        return await self._limit.begin(self._tokens)

    async def __aexit__(self, *_: object) -> None:
        self._limit.end()


class RateLimit:
    """At most `most` concurrent calls, fewer if the endpoint answers that its limit is reached.

    Additive increase, multiplicative decrease (Chiu & Jain 1989): halved on a 429, one more after each window of that
    many replies. `rpm` and `tpm` are requests and tokens a minute: of this process, or of all that name the file
    `shared`. Waiting calls begin in the order in which they came.
    """

    def __init__(
        self, most: int, rpm: float | None = None, tpm: float | None = None, shared: Path | None = None
    ) -> None:
        self.most = most
        self.limit = most
        self.in_flight = 0
        self.backing_off = 0
        self._replies = 0
        self._target = 0
        self._cut_at = 0.0
        self._open_at = 0.0
        self._stopping = asyncio.Event()
        self._queue: deque[asyncio.Future[None]] = deque()
        # One a moment and not a minute's worth at once: endpoints count over seconds, too.
        self._requests = _limiter(1, _MINUTE_S / rpm) if rpm and not shared else None
        self._tokens = _limiter(tpm, _MINUTE_S) if tpm and not shared else None
        self._shared = _shared_limit(shared, rpm, tpm) if shared else None

    def at_most(self, most: int) -> None:
        """Let no more calls than this be under way at once, before the first one is."""
        self.most = self.limit = most

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    @property
    def closed_s(self) -> float:
        """Seconds until the endpoint wants to be asked again; 0 where it may be now."""
        return max(0.0, self._open_at - time.monotonic())

    @property
    def waiting(self) -> int:
        """Calls that wait for their turn because of a limit: the endpoint's, or one that was given."""
        return len(self._queue) if self.limit < self.most or self.closed_s or self._limited else 0

    @property
    def _limited(self) -> bool:
        return bool(self._requests or self._tokens or self._shared)

    def turn(self, tokens: float) -> "_Turn":
        """The right to ask once, for about `tokens` tokens; gives the time it began. Raises, on entering: Stopping."""
        return _Turn(self, tokens)

    async def begin(self, tokens: float) -> float:
        """Wait for a turn, which `end` gives back; the time at which it began. Raises: Stopping."""
        if self._tokens:
            await self.unless_stopping(self._tokens.acquire(min(tokens, self._tokens.max_rate)))
        if self._requests:
            await self.unless_stopping(self._requests.acquire())
        await self._enter()
        if self._shared:  # not before, so that a process takes no more of the shared turns than it can use
            try:
                await self.unless_stopping(self._shared.acquire(tokens))
                await self.unless_stopping(asyncio.sleep(self.closed_s))
            except BaseException:
                self.end()
                raise
        return time.monotonic()

    def end(self) -> None:
        """Give a turn back."""
        self.in_flight -= 1
        self._let_in()

    def succeeded(self) -> None:
        """A reply came."""
        self._replies += 1
        if self.limit < self._target or self._replies >= self.limit < self.most:
            self.limit += 1
            self._replies = 0

    def start_slowly(self) -> None:
        """The endpoint answers again: one call at first, then twice as many after each window, up to as many as before.

        Slow start, as TCP has it (Jacobson 1988), so that a server that has just come back is not overrun.
        """
        self._target = max(self.limit, self._target)
        self.limit, self._replies = 1, 0

    def reopen(self) -> None:
        """Let calls begin again, although the endpoint asked for a longer wait."""
        self._open_at = 0.0
        self._let_in()

    def limited(self, began: float) -> None:
        """The endpoint refused a call that began at `began`, because its limit is reached."""
        if began < self._cut_at:  # begun before the last cut, so it says nothing about the pace since
            return
        self._cut_at = time.monotonic()
        self.limit = max(1, self.limit // 2)
        self._target = 0
        self._replies = 0

    def close_for(self, seconds: float) -> None:
        """Begin no call for this number of seconds; the wait that an endpoint asks for holds for all calls."""
        self._open_at = max(self._open_at, time.monotonic() + seconds)
        asyncio.get_running_loop().call_later(seconds + 0.001, self._let_in)

    async def back_off(self, seconds: float) -> None:
        """Wait before another attempt at the same call. Raises: Stopping."""
        self.backing_off += 1
        try:
            await self.unless_stopping(asyncio.sleep(seconds))
        finally:
            self.backing_off -= 1

    def stop(self) -> None:
        """Begin no further call; calls in flight continue."""
        self._stopping.set()
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_exception(Stopping())

    async def _enter(self) -> None:
        if self._stopping.is_set():
            raise Stopping
        if not self._queue and self.in_flight < self.limit and not self.closed_s:
            self.in_flight += 1
            return
        waiter = asyncio.get_running_loop().create_future()
        self._queue.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if (
                waiter.done() and not waiter.cancelled() and not waiter.exception()
            ):  # let in and cancelled in one moment
                self.end()
            raise
        if self.stopping:  # let in, and stopped before it went
            self.end()
            raise Stopping

    def _let_in(self) -> None:
        while self._queue and self.in_flight < self.limit and not self.closed_s:
            waiter = self._queue.popleft()
            if not waiter.done():
                self.in_flight += 1
                waiter.set_result(None)

    async def unless_stopping(self, wanted: Coroutine[Any, Any, T]) -> T:
        """Wait for something, but not once the run is ending. Raises: Stopping, and whatever it raises."""
        if self.stopping:
            wanted.close()
            raise Stopping
        task = asyncio.ensure_future(wanted)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise Stopping
            return await task
        finally:
            task.cancel()
            stopping.cancel()
