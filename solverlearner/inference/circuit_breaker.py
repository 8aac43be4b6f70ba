"""Circuit breaker: tells an outage of the endpoint from a call that fails alone, and makes all calls wait for its end.

The pattern is Nygard's (Release It!, 2007, section 5.2): closed, calls go through; open, they wait; half-open, one call
at a time tries whether the endpoint answers again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from solverlearner.models.base import ProviderError

_FIRST_PAUSE_S = 0.5
_GROWTH = 1.5
_LONGEST_PAUSE_S = 5.0
_IN_A_ROW = 10
_SUSPECTED_AFTER = 2
_UNKNOWN_HOST_S = 30.0
"""A name that no server knows is most often a typo. Containers that start together may know it a little later."""


class OutageTooLong(Exception):
    """The endpoint sent no reply for longer than the run may wait. `failure` is its last failure."""

    def __init__(self, failure: ProviderError) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(eq=False)
class CallInProgress:
    """The attempts at one call. `failures` are those that count against the call: its own, not those of an outage."""

    failures: int = 0
    in_doubt: int = 0
    """Failures of the latest streak that may yet turn out to be an outage's."""
    number: int = 0
    """Of its latest attempt, among all attempts of the run."""
    fails_since: int | None = None
    """The streak in which it failed first since the last outage."""
    failed_in: int = -1
    """The streak in which it failed last."""


class _Watched:
    """A call that a breaker watches. A class, because every call has one, and a generator takes longer."""

    __slots__ = ("_call", "_sets")

    def __init__(self, *sets: set[CallInProgress]) -> None:
        self._call, self._sets = CallInProgress(), sets

    def __enter__(self) -> CallInProgress:
        self._sets[0].add(self._call)
        return self._call

    def __exit__(self, *_: object) -> None:
        for each in self._sets:
            each.discard(self._call)


class CircuitBreaker:
    """Watches all attempts of a run, opens when calls fail in a row, and closes at the next reply.

    A streak is a row of failures without a reply to any call. An attempt that begins after a streak has begun does not
    count against its call, because nothing shows that the endpoint works. A call that fails again after other calls
    were answered fails alone: it opens nothing, and each of its failures counts. `patience_s`: seconds that the run
    waits for a reply after the first failure of a streak. `clock` and `sleep` are for tests.
    """

    def __init__(
        self,
        patience_s: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.is_open = False
        self.over: ProviderError | None = None
        """The last failure, once the run has waited for too long."""
        self.news = ""
        """A line for the user: the run waits for the endpoint, or it answers again. Taken by `take_news`."""
        self.answers = 0
        self._patience_s, self._clock, self._sleep = patience_s, clock, sleep
        self._in_progress: set[CallInProgress] = set()
        self._attempts = 0
        self._streak: set[CallInProgress] = set()
        self._streak_number = self._first_streak = 0
        self._streak_begins_at = 0
        self._since, self._since_utc = 0.0, 0.0
        self._failure: ProviderError | None = None
        self._pause_s = 0.0
        self._probing: CallInProgress | None = None
        self._waiting: deque[tuple[CallInProgress, asyncio.Future[None]]] = deque()
        self._told = False
        self._open_s = self._opened_at = 0.0

    @property
    def waits_for(self) -> str:
        """The failure that all calls wait to end, and since when; empty while calls go through."""
        if not self.is_open:
            return ""
        since = time.strftime("%H:%M:%S", time.localtime(self._since_utc))
        return f"waiting for the endpoint since {since} ({self._clock() - self._since:.0f} s): {self._failure}"

    @property
    def open_s(self) -> float:
        """Seconds that calls have waited for the endpoint in this session, for which no call is to blame."""
        return self._open_s + (self._clock() - self._opened_at if self.is_open else 0.0)

    def take_news(self) -> str:
        """The line that has not been shown yet, if any."""
        news, self.news = self.news, ""
        return news

    def call(self) -> "_Watched":
        """A call, from its first attempt to its last; entering gives its `CallInProgress`."""
        return _Watched(self._in_progress, self._streak)

    async def pass_through(self, call: CallInProgress) -> None:
        """Wait until an attempt may begin: at once while closed. `leave` must follow. Raises: OutageTooLong."""
        while self.is_open and not self.over:
            if self._probing is None:
                self._probing = call
                await self._pause()
                break
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append((call, waiter))
            await waiter
        if self.over:
            raise OutageTooLong(self.over)
        self._attempts += 1
        call.number = self._attempts

    def probes(self, call: CallInProgress) -> bool:
        """Whether this call is the one that tries whether the endpoint answers again."""
        return self._probing is call

    def leave(self, call: CallInProgress) -> None:
        """The attempt is over, with a reply or without."""
        if self._probing is call:
            self._probing = None
            self._wake()

    def answered(self) -> bool:
        """The endpoint dealt with a call. Gives whether that ended an outage."""
        self.answers += 1
        if not self._streak and not self.is_open:
            return False
        self._streak.clear()
        self._streak_number += 1
        if not self.is_open:
            return False
        self._pause_s = 0.0
        self._first_streak = self._streak_number
        if any(self._suspected(call) for call, _ in self._waiting):
            return False  # each of them is tried by itself: one of them may be what brings the endpoint down
        self._open_s = self.open_s
        self.is_open = False
        if self._told:
            self.news = f"the endpoint answers again, after {self._clock() - self._since:.0f} s"
        self._wake()
        return True

    def failed(self, call: CallInProgress, failure: ProviderError) -> None:
        """An attempt failed for a reason that another attempt may not meet."""
        if not self._streak:
            self._begin_streak()
        self._streak.add(call)
        self._failure = failure
        if call.fails_since is None or call.fails_since < self._first_streak:
            call.fails_since = self._streak_number
        before = self._failed_before(call)
        if call.failed_in != self._streak_number:  # what was in doubt is clear by now: others were answered
            call.failures += call.in_doubt if before else 0
            call.in_doubt = 0
        alone = not self.is_open and (before or self._is_last(failure))
        in_flight_before = self.answers > 0 and call.number <= self._streak_begins_at
        if alone or in_flight_before:
            call.failures += 1
        else:
            call.in_doubt += 1
        call.failed_in = self._streak_number
        if self.is_open:
            self._go_on_waiting(call)
        elif not alone:
            self._open_if_enough()

    def _begin_streak(self) -> None:
        self._since, self._since_utc = self._clock(), time.time()
        self._streak_begins_at = self._attempts

    def _failed_before(self, call: CallInProgress) -> bool:
        """Whether it failed in an earlier streak, so that others were answered since; outages do not count."""
        return call.fails_since is not None and self._first_streak <= call.fails_since < self._streak_number

    def _is_last(self, failure: ProviderError) -> bool:
        """Whether no other call is left to compare with, and the failure may be due to the prompt."""
        return len(self._in_progress) == 1 and self.answers > 0 and not failure.of_endpoint

    def _suspected(self, call: CallInProgress) -> bool:
        return call.failures >= _SUSPECTED_AFTER

    def _open_if_enough(self) -> None:
        alone = {call for call in self._in_progress if self._failed_before(call)}
        failing, others = len(self._streak - alone), len(self._in_progress - alone)
        if failing >= _IN_A_ROW or (failing >= others and failing > len(alone)):
            self.is_open, self._told = True, False
            self._opened_at = self._clock()
            self._pause_s = _FIRST_PAUSE_S
            if not self.answers:  # a server that is not there yet, or a typo: say so before the first pause
                self._tell()

    def _go_on_waiting(self, call: CallInProgress) -> None:
        if self._clock() - self._since >= self._patience():
            self._end()
        if self._probing is call:
            if not self._pause_s:  # it answered the call before this one
                self._pause_s = _FIRST_PAUSE_S
            elif not self._told:
                self._tell()
            self._pause_s = min(self._pause_s * _GROWTH, _LONGEST_PAUSE_S)

    def _tell(self) -> None:
        self._told = True
        if self._failure:
            waited = self._clock() - self._since
            self.news = waiting_line(self.waits_for, self._failure, waited, self._patience_s, self.answers > 0)

    def _patience(self) -> float:
        return patience(self._failure, self._patience_s, self.answers > 0) if self._failure else self._patience_s

    async def _pause(self) -> None:
        """The pause before a probe; no longer than the run may wait."""
        wish = (self._failure.retry_after if self._failure and self._pause_s else None) or 0.0
        left = max(0.0, self._since + self._patience() - self._clock()) if self._streak else self._pause_s
        try:
            await self._sleep(min(max(self._pause_s, wish), left))
        except BaseException:
            self._probing = None
            self._wake()
            raise
        if wish > left:  # the endpoint itself says that it will not answer before that
            self._end()

    def _end(self) -> None:
        self.over = self._failure
        self._wake()

    def _wake(self) -> None:
        """Let the next call try, suspected ones first after a reply; all of them where the wait is over."""
        if self.is_open and not self.over:
            suspected = [entry for entry in self._waiting if self._suspected(entry[0])] if not self._pause_s else []
            for entry in [*suspected, *self._waiting]:
                self._waiting.remove(entry)
                if not entry[1].done():
                    entry[1].set_result(None)
                    return
        while self._waiting:
            _, waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)


def patience(failure: ProviderError, retry_s: float, reached: bool) -> float:
    """Seconds to wait for an endpoint after its first failure; `reached`: whether it has answered before."""
    return min(retry_s, _UNKNOWN_HOST_S) if failure.unknown_host and not reached else retry_s


def waiting_line(what: str, failure: ProviderError, waited_s: float, retry_s: float, reached: bool) -> str:
    """The line for the user when a run begins to wait: the reason, the end of the wait, and how to stop."""
    limit = patience(failure, retry_s, reached)
    until = time.strftime("%H:%M:%S", time.localtime(time.time() + max(0.0, limit - waited_s)))
    option = " (retry_s)" if limit == retry_s else ""
    return f"{what}; goes on by itself, gives up at {until}{option}; Ctrl-C stops"
