"""Probe: runs a candidate in the restricted executor, makes its cases, or gives the reason to drop it.

A profile is a combination of types, one for each parameter. A few inputs of each likely profile show which types the
program takes. Many inputs of the best profile, or the inputs that a model wrote, become cases. Their outputs have to be
equal in another process with another hash seed, in reverse order (Shao et al. 2024, section 3.3).
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from solverlearner.execution.executor import Executor, Outcome
from solverlearner.synth.functions.candidate import Candidate
from solverlearner.synth.inputs.constants import Constants, pool_of
from solverlearner.synth.inputs.draw import inputs
from solverlearner.synth.inputs.parameter import profiles
from solverlearner.synth.inputs.shape import Shape
from solverlearner.task import JSON, Input, shuffled

PROBES, DRAWN = 8, 120
"""Number of inputs of each profile in the first run, and of the best profile in the second."""

OUTPUT_LIMIT = 300
"""Most characters of one output as typed JSON."""

_ALMOST_ALL, _ENOUGH = 0.8, 0.4


@dataclass(frozen=True)
class Case:
    """The arguments in order and the returned value, as typed JSON."""

    input: tuple[Any, ...]
    output: Any


@dataclass(frozen=True)
class Examined:
    """The reason to drop a candidate, or None and its cases. `outcomes` counts all calls by status."""

    reason: str | None
    cases: tuple[Case, ...]
    outcomes: dict[str, int]


async def examine(
    candidate: Candidate,
    first: Executor,
    second: Executor,
    seed: int,
    count: int,
    written: tuple[Input, ...] | None = None,
) -> Examined:
    """Run a candidate and return at most `count` cases, or the reason to drop it.

    Inputs are `written` (typed JSON), or drawn if that is None. `second` is an executor with another hash seed. Equal
    candidate, seed, count and inputs give equal cases. Raises: ExecutorError.
    """
    rng = Random(f"{seed}/{candidate.normal}")
    program, pool = f"{candidate.code}\nsolver = {candidate.name}\n", pool_of(candidate.code)
    outcomes: Counter[str] = Counter()
    if written is None:
        profile, reason = await _probe(candidate, program, pool, rng, first, outcomes)
        if profile is None:
            return Examined(reason, (), dict(outcomes))
        drawn = inputs(candidate.parameters, profile, pool, rng, DRAWN)
    elif len(written) < count:
        return Examined("inputs: fewer than cases, by the model", (), {})
    else:
        drawn = [*written]
    found = await first.run(program, drawn, typed=True)
    outcomes.update(each.status for each in found)
    again = (await second.run(program, drawn[::-1], typed=True))[::-1]
    outcomes.update(each.status for each in again)
    reason = _failed(found) or _failed(again)
    if reason is None and not all(one.same(other) for one, other in zip(found, again, strict=True)):
        reason = "unstable: differs in another order or process"
    cases = [Case(x, each.value) for x, each in zip(drawn, found, strict=True) if _fit(each)]
    chosen = _balanced(shuffled(rng, cases), count)
    reason = reason or _dull(chosen, count)
    return Examined(reason, () if reason else tuple(chosen), dict(outcomes))


async def _probe(
    candidate: Candidate, program: str, pool: Constants, rng: Random, executor: Executor, outcomes: Counter[str]
) -> tuple[tuple[Shape, ...] | None, str | None]:
    """The profile with the best score, or the reason that there is none."""
    likely = profiles(candidate.parameters)
    drawn = [inputs(candidate.parameters, each, pool, rng, PROBES) for each in likely]
    found = await executor.run(program, [each for group in drawn for each in group], typed=True)
    outcomes.update(each.status for each in found)
    if reason := _failed(found, needed=1):
        return None, reason
    scores = []
    for profile, group in zip(likely, drawn, strict=True):
        part, found = found[: len(group)], found[len(group) :]
        scores.append((_score(group, part), profile))
    best = max(score for score, _ in scores)
    if best <= 0:
        return None, "outputs: nothing to learn from in any profile of inputs"
    # a likelier profile is preferred to one that is only a little better
    return next(profile for score, profile in scores if score >= _ALMOST_ALL * best), None


def _score(drawn: Sequence[Input], outcomes: Sequence[Outcome]) -> float:
    """Share of calls that give a value, times the share of different values among them."""
    values = [_class(x, each.value) for x, each in zip(drawn, outcomes, strict=True) if _fit(each)]
    if len(set(values)) < 2:
        return 0.0
    return len(values) / len(outcomes) * (0.5 + len(set(values)) / len(values))


def _class(x: Input, output: JSON) -> str:
    """The class of a case: its output, or one common class if the output repeats an argument."""
    text = json.dumps(output)
    return "an argument" if any(json.dumps(each) == text for each in x) else text


def _failed(outcomes: Sequence[Outcome], needed: int | None = None) -> str | None:
    """The reason to drop a program because of its outcomes, or None."""
    statuses = Counter(each.status for each in outcomes)
    for status in ("rejected", "timeout", "memory", "crash"):
        if statuses[status]:
            return f"{status} by the executor" if status == "rejected" else f"a call ends in: {status}"
    plain = sum(map(_fit, outcomes))
    if plain >= (needed or _ENOUGH * len(outcomes)):
        return None
    kinds = Counter(_kind(each) for each in outcomes if not _fit(each))
    return f"most calls: {min(kinds, key=lambda kind: (-kinds[kind], kind))}"


def _kind(outcome: Outcome) -> str:
    if outcome.status == "ok":
        return "output too long, nan or infinite"
    return "not a plain value" if outcome.message.startswith("not a plain value") else "an exception"


def _fit(outcome: Outcome) -> bool:
    if outcome.status != "ok":
        return False
    text = json.dumps(outcome.value)
    return len(text) <= OUTPUT_LIMIT and '"__float__"' not in text and " at 0x" not in text


def _balanced(cases: Sequence[Case], count: int) -> list[Case]:
    """At most `count` cases: one of each class first, then a second one, and no class in more than half of them."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(_class(case.input, case.output), []).append(case)
    found: list[Case] = []
    for turn in range(count // 2):
        found += [group[turn] for group in groups.values() if turn < len(group)]
    return found[:count]


def _dull(cases: Sequence[Case], count: int) -> str | None:
    """The reason why nothing can be learned from the cases, or None: outputs are constant or repeat an argument."""
    classes, outputs = {_class(case.input, case.output) for case in cases}, {json.dumps(case.output) for case in cases}
    if min(len(classes), len(outputs)) < 2:
        return "outputs: constant, or an argument as it is"
    return None if len(cases) == count else "outputs: too few different cases"
