"""Examine: the stage that runs candidates, many at a time, in the two executors of its process."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from functools import cache

from solverlearner.executor import Executor, Limits
from solverlearner.synth.candidate import Candidate
from solverlearner.synth.cases import Case, Examined, examine

_BATCH = 16


@dataclass(frozen=True)
class Asked:
    """Candidates, and how their cases are to be found."""

    candidates: tuple[Candidate, ...]
    seed: int
    cases: int
    limits: Limits
    require: str


@dataclass(frozen=True)
class Found:
    """A candidate that is kept, with its cases."""

    candidate: Candidate
    cases: tuple[Case, ...]


@dataclass(frozen=True)
class Answered:
    """What some candidates came to: those that are kept, why the others are not, every call by what became of it."""

    found: tuple[Found, ...]
    counts: dict[str, int]
    outcomes: dict[str, int]
    seconds: dict[str, float]


def answered(asked: Asked) -> Answered:
    """The candidates' cases. Raises: ExecutorError, UsageError."""
    started = time.perf_counter()
    examined = _runner().run(_all(asked))
    found = zip(asked.candidates, examined, strict=True)
    counts = Counter(f"program: {each.reason}" for each in examined if each.reason)
    outcomes: Counter[str] = Counter()
    for each in examined:
        outcomes.update(each.outcomes)
    return Answered(
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


async def _all(asked: Asked) -> list[Examined]:
    first, second = _executors(asked.limits, asked.require)
    return await asyncio.gather(
        *(examine(candidate, first, second, asked.seed, asked.cases) for candidate in asked.candidates)
    )
