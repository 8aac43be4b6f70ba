"""Outcome: what became of one call of a program, and the limits that it ran under."""

import json
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Literal, NamedTuple, get_args

from solverlearner.errors import check_range
from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Ended
from solverlearner.task import JSON

OutcomeStatus = Literal["ok", "rejected", "error", "timeout", "memory", "crash"]

_STATUSES = frozenset(get_args(OutcomeStatus))


@dataclass(frozen=True)
class Limits:
    """What a program may use: seconds a call, seconds in all, memory, size of one value as JSON."""

    call_s: float = 1.0
    program_s: float = 10.0
    memory_mb: int = 256
    output_kb: int = 64

    def __post_init__(self) -> None:
        check_range("executor.call_s", self.call_s, 0.01, 3600)
        check_range("executor.program_s", self.program_s, 0.01, 86400)
        check_range("executor.memory_mb", self.memory_mb, 16, 2**20)
        check_range("executor.output_kb", self.output_kb, 1, channel.ANSWER_LIMIT // 1024)


class Outcome(NamedTuple):
    """What became of one call. `line` is a line of the program; `message` is "" when ok, else printable ASCII."""

    status: OutcomeStatus
    value: JSON
    message: str
    line: int | None
    seconds: float

    def same(self, other: "Outcome") -> bool:
        """Whether status and value agree, to the type: True is not 1."""
        return (self.status, json.dumps(self.value)) == (other.status, json.dumps(other.value))


@dataclass(frozen=True)
class Trial:
    """One program's outcomes, and the first 4 KiB of what it printed (for the log; never parsed)."""

    outcomes: list[Outcome]
    printed: str


@dataclass(frozen=True)
class DeterminismCheck:
    """Indices of the inputs whose outcome differed in a second run, and of those that differed in another order."""

    nondeterministic: list[int]
    stateful: list[int]


def outcomes_of(ended: Ended, expected: int, limits: Limits) -> list[Outcome]:
    """The answers of one child to at most `expected` inputs, and what became of the call that it did not answer."""
    try:
        outcomes = _read(ended.answers[: 2 * expected])
    except (TypeError, ValueError):
        return repeated("crash", "its answers are garbled", expected)
    if ended.code == channel.EXIT_FULL:
        return outcomes + repeated("error", "too much output in all", expected - len(outcomes))
    if ended.code == channel.EXIT_REJECTED and len(outcomes) == 1:
        return outcomes * expected
    return outcomes if len(outcomes) == expected else [*outcomes, _unanswered(ended, limits)]


def _read(answers: list[Any]) -> list[Outcome]:
    """Outcomes from a child's answers, two entries a call: microseconds and value, or status and [message, line,
    microseconds].

    Raises: TypeError or ValueError for what no child of ours writes.
    """
    heads, tails = answers[::2], answers[1::2]
    if set(map(type, heads)) <= {int}:  # all are ok: thousands a program, so without a loop
        seconds = [microseconds * 1e-6 for microseconds in heads]
        return [*map(Outcome._make, zip(repeat("ok"), tails, repeat(""), repeat(None), seconds, strict=False))]
    return [
        Outcome("ok", tail, "", None, head * 1e-6) if type(head) is int else _failure(head, *tail)
        for head, tail in zip(heads, tails, strict=True)
    ]


def _failure(status: OutcomeStatus, message: str, line: int | None, spent: int) -> Outcome:
    if status not in _STATUSES or type(message) is not str or not (line is None or type(line) is int):
        raise ValueError(status)
    return Outcome(status, None, message, line, spent * 1e-6)


def _unanswered(ended: Ended, limits: Limits) -> Outcome:
    if ended.killed:
        return Outcome("timeout", None, f"no answer within {limits.call_s:g} s", None, ended.seconds)
    if ended.code == -9:  # by nobody of ours: the kernel was out of memory
        return Outcome("memory", None, "killed", None, ended.seconds)
    how = f"signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
    return Outcome("crash", None, f"the process ended with {how}", None, ended.seconds)


def repeated(status: OutcomeStatus, message: str, count: int) -> list[Outcome]:
    """The same failure for so many inputs."""
    return [Outcome(status, None, message, None, 0.0)] * count
