"""Examine: the stage that runs many candidates at a time, in two executors per process."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache

from solverlearner.execution.executor import Executor, Limits
from solverlearner.synth.functions.candidate import Candidate
from solverlearner.synth.probe import Case, Examined, examine
from solverlearner.synth.written_calls import inputs_in
from solverlearner.task import Input

_BATCH = 16


@dataclass(frozen=True)
class Asked:
    """The job of one part: candidates, and the options for finding their cases.

    `replies` holds a model's completion with inputs for each candidate, None for a missing one. If `replies` itself is
    None, inputs are drawn.
    """

    candidates: tuple[Candidate, ...]
    seed: int
    cases: int
    limits: Limits
    require: str
    replies: tuple[str | None, ...] | None = None


@dataclass(frozen=True)
class Found:
    """A kept candidate with its cases."""

    candidate: Candidate
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class AnsweredCandidates:
    """The results of one part: kept candidates, counts of the reasons to drop others, and calls by status.

    `counts` also counts the example calls in completions. `seconds` is the time of the stage.
    """

    found: tuple[Found, ...]
    counts: dict[str, int]
    outcomes: dict[str, int]
    seconds: dict[str, float]


def answered(asked: Asked) -> AnsweredCandidates:
    """Examine the candidates of one job. Raises: ExecutorError, UsageError."""
    started = time.perf_counter()
    counts: Counter[str] = Counter()
    examined = _runner().run(_all(asked, _written(asked, counts)))
    found = zip(asked.candidates, examined, strict=True)
    counts.update(f"program: {each.reason}" for each in examined if each.reason)
    outcomes: Counter[str] = Counter()
    for each in examined:
        outcomes.update(each.outcomes)
    return AnsweredCandidates(
        tuple(Found(candidate, each.cases) for candidate, each in found if each.reason is None),
        dict(sorted(counts.items())), dict(sorted(outcomes.items())), {"examine": time.perf_counter() - started},
    )  # fmt: skip


@cache
def _runner() -> asyncio.Runner:
    """One event loop per process, so that the workers of its executors start once."""
    return asyncio.Runner()


@cache
def _executors(limits: Limits, require: str) -> tuple[Executor, Executor]:
    """Two executors with different hash seeds, so that they differ in the order of sets and in all addresses."""
    first, second = (
        Executor(limits, workers=1, require=require, batch=_BATCH, hash_seed=seed)  # type: ignore[arg-type]
        for seed in (0, 1)
    )
    return first, second


def _written(asked: Asked, counts: Counter[str]) -> list[tuple[Input, ...] | None]:
    """The inputs that a model wrote for each candidate; None if they are to be drawn."""
    if asked.replies is None:
        return [None] * len(asked.candidates)
    found: list[tuple[Input, ...] | None] = []
    for candidate, reply in zip(asked.candidates, asked.replies, strict=True):
        read, counted = inputs_in(reply or "", candidate)
        counts.update({f"call: {what}": count for what, count in counted.items()})
        found.append(read)
    return found


async def _all(asked: Asked, written: list[tuple[Input, ...] | None]) -> list[Examined]:
    first, second = _executors(asked.limits, asked.require)
    given = zip(asked.candidates, written, strict=True)
    return await asyncio.gather(
        *(examine(candidate, first, second, asked.seed, asked.cases, inputs) for candidate, inputs in given)
    )
