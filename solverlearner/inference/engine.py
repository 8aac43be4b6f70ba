"""Engine: gets the reply to a call: kept replies, the rate limit, further attempts, outages, the journal."""

import asyncio
import itertools
import random
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from solverlearner.errors import RunStopped, UsageError, debug, debugging, warn
from solverlearner.inference.budget import Budget
from solverlearner.inference.circuit_breaker import CallInProgress, CircuitBreaker, OutageTooLong
from solverlearner.inference.rate_limit import RateLimit, Stopping
from solverlearner.inference.reply_cache import KEPT, ReplyCache
from solverlearner.inference.reply_log import ReplyLog
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.models.base import Model, OpenedIn, ProviderError, Reply, Request
from solverlearner.models.question import Question, prompt_tokens

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0
_IN_A_ROW = 10
_MOST_RECENT = 65_536


@dataclass
class Engine:
    """Answers calls with a model that it opens when the first reply has to be asked for."""

    model: Model
    log: ReplyLog
    counts: Counts
    request_options: RequestOptions = field(default_factory=RequestOptions)
    store: ReplyCache | None = None
    budget: Budget | None = None
    opened: bool = field(default=False, init=False)
    last_failure: str = field(default="", init=False)
    """Of an attempt, whether another follows or not."""
    rate_limit: RateLimit = field(init=False)
    circuit: CircuitBreaker = field(init=False)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)
    _pending: dict[str, asyncio.Event] = field(default_factory=dict, init=False, repr=False)
    _recent: dict[str, int] = field(default_factory=dict, init=False, repr=False)
    _sharing: dict[str, asyncio.Lock] = field(default_factory=dict, init=False, repr=False)
    _told: dict[str, ProviderError | None] = field(default_factory=dict, init=False, repr=False)
    """By their places, the shared calls that are counted, and why they have no reply."""
    _failed_in_a_row: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        options = self.request_options
        shared = Path(options.shared_limit).expanduser() if options.shared_limit else None
        self.rate_limit = RateLimit(options.most, options.rpm, options.tpm, shared)
        self.circuit = CircuitBreaker(self.request_options.retry_s)

    @property
    def over_budget(self) -> str:
        """Why no further call may begin; empty while one may."""
        return self.budget.problem(self.log.usage) if self.budget else ""

    async def answer(self, call: Question) -> Reply | ProviderError:
        """The reply to a call, kept or asked for; else the failure that leaves it unanswered.

        Raises: UsageError where not even the first call can be answered, RunStopped where that happens later,
        Stopping where the run ends before its turn comes.
        """
        if not call.shared:
            return await self._answer(call)
        async with self._sharing.setdefault(call.place, asyncio.Lock()):
            if call.place in self._told and (known := self.log.reply_to(call) or self._told[call.place]):
                return known
            came = await self._answer(call)
            self._told[call.place] = None if isinstance(came, Reply) else came
            return came

    def first_mention(self, call: Question) -> bool:
        """Whether a shared call is met for the first time in this session; from then on it is known."""
        first = call.place not in self._told
        self._told.setdefault(call.place, None)
        return first

    async def _answer(self, call: Question) -> Reply | ProviderError:
        if kept := self.log.reply_to(call):
            self.counts.stored += 1
            return kept
        request = self.model.request(call) if self.store else None
        if request is None:
            return await self._ask(call, None)
        while pending := self._pending.get(request.key):  # two calls that send the same need one reply
            await pending.wait()
        if found := self._find(request):
            reply, source = found
            self.log.keep(call, request, 0, reply, source)
            self.counts.reused += 1
            self.counts.repeated += source == self.log.path.name
            return reply
        self._pending[request.key] = asyncio.Event()
        try:
            return await self._ask(call, request)
        finally:
            self._pending.pop(request.key).set()

    async def _open(self) -> None:
        async with self._opening:  # also once it is open: those that waited here go on before later calls
            if not self.opened:
                model: Any = self.model
                if told := hasattr(model, "opened_in"):
                    model.opened_in = OpenedIn(self.log.path, partial(setattr, self.counts, "awaits"))
                try:
                    await self.rate_limit.unless_stopping(model.open())
                finally:
                    self.counts.awaits = "" if told else self.counts.awaits
                self.rate_limit.at_most(self.request_options.picked(getattr(model, "at_once", None)))
                self.log.answered_by(self.model.identity)
                self.opened = True

    def _find(self, request: Request) -> tuple[Reply, str] | None:
        if (offset := self._recent.get(request.key)) is not None:
            return self.log.reply_at(offset), self.log.path.name
        return self.store.find(request) if self.store else None

    async def _ask(self, call: Question, request: Request | None) -> Reply | ProviderError:
        if self.request_options.offline and not getattr(self.model, "sends_nothing", False):
            problem = f"no reply to {call.id} is kept here; `show --why` with the same options tells why"
            raise UsageError("offline=true", problem)
        if self.circuit.over:
            raise RunStopped(self._no_reply(self.circuit.over))
        await self._open()
        came = await self._attempts(call, request or self.model.request(call))
        if isinstance(came, Reply):
            self.counts.asked += 1
            self._failed_in_a_row = 0
        else:
            self.counts.unanswered += 1
            self.counts.last_error = str(came)
            self._failed_in_a_row += 1
            if not came.alone:
                self._stop_where_hopeless(came)
        return came

    async def _attempts(self, call: Question, request: Request | None) -> Reply | ProviderError:
        began = time.monotonic() - self.circuit.open_s
        with self.circuit.call() as progress:
            for attempt in itertools.count(1):
                try:
                    came = await self._attempt(call, request, attempt, progress)
                except OutageTooLong as outage:
                    self.rate_limit.reopen()  # those that an endpoint told to wait longer hear of it, too
                    return outage.failure
                if isinstance(came, Reply) or not came.retry or progress.failures >= self.request_options.attempts:
                    return came
                if self.circuit.is_open:
                    continue
                pause = max(came.retry_after or 0.0, _backoff(progress.failures))
                if time.monotonic() - self.circuit.open_s + pause > began + self.request_options.retry_s:
                    return came
                await self.rate_limit.back_off(pause)
        raise AssertionError("unreachable")

    async def _attempt(
        self, call: Question, request: Request | None, attempt: int, progress: CallInProgress
    ) -> Reply | ProviderError:
        came = None
        while came is None:
            try:
                if self.circuit.is_open:
                    await self.rate_limit.unless_stopping(self.circuit.pass_through(progress))
                else:
                    await self.circuit.pass_through(progress)
                came = await self._in_turn(call, progress)
            finally:
                self.circuit.leave(progress)
        offset = self.log.keep(call, request, attempt, came)
        if debugging():
            debug(f"{call.place}, attempt {attempt}: {_told(came)}")
        if isinstance(came, Reply) and request and came.state in KEPT:
            self._recent[request.key] = offset
            if len(self._recent) > _MOST_RECENT:
                del self._recent[next(iter(self._recent))]
        return came

    async def _in_turn(self, call: Question, progress: CallInProgress) -> Reply | ProviderError | None:
        """One attempt when its turn has come; None where the circuit was opened meanwhile."""
        async with self.rate_limit.turn(self._tokens(call)) as began:
            probes = self.circuit.probes(progress)
            if self.circuit.is_open and not probes:
                return None
            if self.over_budget:
                self.rate_limit.stop()
                raise Stopping
            try:
                asking = self.model.ask(call)
                came: Reply | ProviderError = await (self.rate_limit.unless_stopping(asking) if probes else asking)
                self.rate_limit.succeeded()
            except ProviderError as error:
                came = error
                self._slow_down(error, began)  # before the turn is given on
            self._watch(came, progress)
        return came

    def _watch(self, came: Reply | ProviderError, progress: CallInProgress) -> None:
        """Report the result of an attempt to the circuit breaker, and its decision to the user."""
        if isinstance(came, ProviderError) and came.retry:
            self.circuit.failed(progress, came)
        elif self.circuit.answered():
            self.rate_limit.start_slowly()
        if news := self.circuit.take_news():
            warn(news)

    def _slow_down(self, failure: ProviderError, began: float) -> None:
        self.last_failure = str(failure)
        if failure.limited:
            self.rate_limit.limited(began)
        if failure.retry_after:
            self.rate_limit.close_for(failure.retry_after)

    def _tokens(self, call: Question) -> float:
        """About how many tokens a call will take: the prompt by its length, the reply like those so far."""
        if not self.request_options.tpm:
            return 0.0
        replies = max(1, self.log.usage.states.total())
        return prompt_tokens(call) + self.log.usage.completion_tokens / replies

    def _stop_where_hopeless(self, failure: ProviderError) -> None:
        """Every further call would fail as well: say so in the endpoint's own words, and at once."""
        never = not self.counts.asked
        if failure.permanent or (never and failure.unreachable and self.circuit.over):
            if never:
                raise UsageError(f"model={self.model.name}", str(failure))
            raise RunStopped(f"{failure}; the same command goes on from there")
        if never and not failure.retry and self._failed_in_a_row >= _IN_A_ROW:
            raise RunStopped(f"all calls so far failed: {failure}; the same command goes on from there")

    def _no_reply(self, failure: ProviderError) -> str:
        waited = f"no reply for {self.request_options.retry_s:g} s (retry_s)"
        return f"{waited}: {failure}; the same command goes on from there"


def _backoff(failures: int) -> float:
    """Seconds before the next attempt: doubled each time, and not the same for calls that failed together."""
    return min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0 ** max(0, failures - 1)) * random.uniform(0.75, 1.0)


def _told(came: Reply | ProviderError) -> str:
    """The result of an attempt, for the log."""
    if isinstance(came, ProviderError):
        return f"failed, {'worth another attempt' if came.retry else 'for good'}: {came}"
    tokens = f"{came.prompt_tokens} + {came.completion_tokens} tokens"
    return f"{came.state} in {came.seconds:.3f} s, {tokens}, {len(came.text)} characters"


def left_open(engine: Engine) -> str:
    """The line for a run with more unanswered calls than allowed; empty for any other."""
    counts = engine.counts
    if counts.unanswered <= engine.request_options.max_unanswered:
        return ""
    problem = f"{counts.unanswered} of {counts.total} calls are unanswered ({counts.last_error})"
    return f"{problem}; the same command asks only for those"
