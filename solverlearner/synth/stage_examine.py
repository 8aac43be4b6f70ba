"""Examine: the stage that runs candidates, many at a time, in the two executors of its process."""

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
    """Candidates, and how their cases are to be found.

    `replies` are a model's, with inputs for each candidate, None for none; without any, inputs are drawn.
    """

    candidates: tuple[Candidate, ...]
    seed: int
    cases: int
    limits: Limits
    require: str
    replies: tuple[str | None, ...] | None = None


@dataclass(frozen=True)
class Found:
    """A candidate that is kept, with its cases."""

    candidate: Candidate
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class AnsweredCandidates:
    """What some candidates came to: those that are kept, why the others are not, every call by what became of it.

    `counts` are also of the calls that were read in replies.
    """

    found: tuple[Found, ...]
    counts: dict[str, int]
    outcomes: dict[str, int]
    seconds: dict[str, float]


def answered(asked: Asked) -> AnsweredCandidates:
    """The candidates' cases. Raises: ExecutorError, UsageError."""
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
    """One loop for the life of a process, so that its executors' workers are started once."""
    return asyncio.Runner()


@cache
def _executors(limits: Limits, require: str) -> tuple[Executor, Executor]:
    """Two that differ in the order of sets; workers are processes apart, so they differ in every address too."""
    first, second = (
        Executor(limits, workers=1, require=require, batch=_BATCH, hash_seed=seed)  # type: ignore[arg-type]
        for seed in (0, 1)
    )
    return first, second


def _written(asked: Asked, counts: Counter[str]) -> list[tuple[Input, ...] | None]:
    """The inputs that a model wrote for each candidate; None where they are to be drawn."""
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
