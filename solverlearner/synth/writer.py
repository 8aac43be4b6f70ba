"""Writer: asks a model through the engine to write inputs for candidates (Shao et al. 2024, section 3.2)."""

import asyncio
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self, TypeVar

from solverlearner.design.templates import our_templates
from solverlearner.errors import RunStopped, UsageError, check_range
from solverlearner.evaluation.identity import folder_name
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.files import read_json
from solverlearner.inference.budget import Budget
from solverlearner.inference.engine import Engine
from solverlearner.inference.progress import progress_note
from solverlearner.inference.rate_limit import Stopping
from solverlearner.inference.request_options import Counts, RequestOptions
from solverlearner.inference.usage import Price
from solverlearner.models.base import Model, ProviderError, Reply
from solverlearner.models.question import Message, id_of
from solverlearner.synth.functions.candidate import Candidate
from solverlearner.synth.inputs.draw import INPUT_LIMIT
from solverlearner.task import JSON

_AHEAD = 48
"""Number of queued questions beside those in flight: the number that the next stage takes at once."""

_GRACE_S = 20.0
"""Seconds that calls in flight get to end when the run stops, since they are paid for."""

_SHOWN_EVERY_S = 15.0

T = TypeVar("T")


@dataclass(frozen=True)
class Writer:
    """The model that writes inputs and its options.

    `calls` is the number of example calls per program (4 to 400, else UsageError). `config` is the stored
    configuration of the model.
    """

    model: Model
    calls: int
    request_options: RequestOptions
    config: dict[str, Any]
    price: Price | None = None
    budget: Budget | None = None

    def __post_init__(self) -> None:
        check_range("calls", self.calls, 4, 400)


@dataclass(frozen=True)
class InputsQuestion:
    """The question for example calls of one program; `calls` is their number."""

    candidate: Candidate
    calls: int
    shared: bool = field(default=False, init=False)
    draw: tuple[int, int] = field(default=(0, 0), init=False)

    @cached_property
    def messages(self) -> list[Message]:
        """The prompt, from `prompts/ask_inputs.jinja`."""
        asked = self.candidate
        signature = f"{asked.name}({', '.join(each.name for each in asked.parameters)})"
        text = our_templates().render(
            "ask_inputs.jinja",
            code=asked.code.strip(), description=asked.description, name=asked.name, signature=signature,
            calls=self.calls, limit=INPUT_LIMIT,
        )  # fmt: skip
        return [{"role": "user", "content": text.strip()}]

    @property
    def place(self) -> str:
        """The question's name, made from the program, so that its completion is found again in any set of programs."""
        return f"inputs/{self.candidate.normal}"

    @cached_property
    def id(self) -> str:
        """See `id_of`."""
        return id_of(self)


class Writing:
    """A running writer, in a thread of its own, with its journal in `to/.parts/replies`. A context manager.

    The calling thread also waits for processes, and no call to the model should wait for those.
    """

    def __init__(self, writer: Writer, to: Path) -> None:
        self._writer, self._to = writer, to
        self.counts: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()
        self._reasons: list[Exception] = []

    def __enter__(self) -> Self:
        writer, named = self._writer, {"model": self._writer.config, "calls": self._writer.calls}
        with ExitStack() as stack:
            opened = open_folder(self._to / ".parts" / "replies", folder_name(named, writer.model.name), named, "")
            try:
                folder = stack.enter_context(opened)
            except UsageError as error:  # the error names an option of `run`
                raise UsageError(f"to={self._to}", error.problem) from None
            if not folder.log.answered:
                folder.write("manifest.json", {"model": dict(writer.model.identity)})
            folder.log.begin()
            self.engine = Engine(writer.model, folder.log, Counts(0), writer.request_options, None, writer.budget)
            self._loop = asyncio.new_event_loop()
            thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            thread.start()
            stack.callback(self._end, thread)
            self._beside = [self._begun(folder.log.journal.keep_synced()), self._begun(self._keep_shown())]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: Any) -> None:
        stopped = kind is not None and issubclass(kind, KeyboardInterrupt)
        if stopped and (under_way := self.engine.rate_limit.in_flight):
            print(
                f"\nsolverlearner: {under_way} calls under way will be kept; Ctrl-C again stops at once",
                file=sys.stderr,
            )
        self._stack.__exit__(kind, *error)
        if stopped:
            counts = self.engine.counts
            kept = f"{counts.stored + counts.asked} replies are kept in {self.engine.log.path}"
            raise KeyboardInterrupt(f"{kept}; the same command goes on from there") from None

    def replies(self, candidates: Iterable[Candidate]) -> Iterator[tuple[Candidate, str | None]]:
        """Each candidate with its completion, in order; None if it stays unanswered.

        It takes as many candidates in advance as keep the engine busy. Raises: UsageError, RunStopped.
        """
        waiting: deque[tuple[Candidate, Future[Reply | ProviderError]]] = deque()
        for candidate in candidates:
            self.engine.counts.total += 1
            waiting.append((candidate, self._begun(self._answer(InputsQuestion(candidate, self._writer.calls)))))
            if len(waiting) > self._writer.request_options.most + _AHEAD:
                yield self._taken(*waiting.popleft())
        while waiting:
            yield self._taken(*waiting.popleft())

    def record(self) -> dict[str, JSON]:
        """The model and its options for the data card, without times."""
        config = self._writer.config
        asked = {name: config[name] for name in ("temperature", "max_tokens") if name in config}
        return {
            **read_json(self.engine.log.path / "manifest.json")["model"],
            **asked,
            "calls": self._writer.calls,
            **self.tokens,
        }

    async def _answer(self, question: InputsQuestion) -> Reply | ProviderError:
        try:
            return await self.engine.answer(question)
        except (UsageError, RunStopped) as reason:
            self._reasons.append(reason)
            self.engine.rate_limit.stop()
            raise

    def _taken(self, candidate: Candidate, future: "Future[Reply | ProviderError]") -> tuple[Candidate, str | None]:
        try:
            came = future.result()
        except Stopping:
            if self._reasons:
                raise self._reasons[0] from None
            problem = f"{self.engine.over_budget}; the same command with a larger budget goes on from there"
            raise RunStopped(problem) from None
        if not isinstance(came, Reply):
            self.counts["reply: none"] += 1
            return candidate, None
        self.counts[f"reply: {came.state}"] += 1
        self.tokens.update(prompt_tokens=came.prompt_tokens or 0, completion_tokens=came.completion_tokens or 0)
        return candidate, came.text.encode(errors="backslashreplace").decode()  # JSON has no lone surrogates

    def _begun(self, wanted: Coroutine[Any, Any, T]) -> "Future[T]":
        return asyncio.run_coroutine_threadsafe(wanted, self._loop)

    async def _keep_shown(self) -> None:
        engine, started = self.engine, time.monotonic()
        while True:
            await asyncio.sleep(_SHOWN_EVERY_S)
            rate = (engine.counts.done - engine.counts.stored) / (time.monotonic() - started)
            line = f"{engine.counts.done} programs' inputs; {progress_note(engine, self._writer.price, rate)}"
            print(line, file=sys.stderr, flush=True)

    def _end(self, thread: threading.Thread) -> None:
        """Let calls in flight end within the grace period, then stop the event loop and its thread."""
        try:
            self._begun(self._stopped(_GRACE_S)).result()
        except KeyboardInterrupt:
            self._begun(self._stopped(0)).result()
            raise
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _stopped(self, grace_s: float) -> None:
        self.engine.rate_limit.stop()
        for endless in self._beside:
            endless.cancel()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._writer.model.aclose()
