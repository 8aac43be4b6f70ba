"""Verdict: what became of one query. The closed set of outcomes is here and nowhere else."""

from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.task import JSON

QueryStatus = Literal["ok", "no_answer", "no_program", "rejected", "error", "timeout", "memory", "crash", "unanswered"]
"""`unanswered` is the provider's failure and is never scored; all others are the model's."""


STATUSES: tuple[QueryStatus, ...] = get_args(QueryStatus)


@dataclass(frozen=True)
class Verdict:
    """What became of one query. `correct` is None exactly where the query is unanswered.

    `recited`: wrong, and equal to the default world's answer. `unstable`: what a program's outcome turned out to be,
    "nondeterministic" or "stateful", where that was looked at.
    """

    status: QueryStatus
    value: JSON = None
    correct: bool | None = False
    recited: bool = False
    message: str = ""
    unstable: str = ""


def unanswered(why: str) -> Verdict:
    """The verdict where no reply came; `why` is the endpoint's."""
    return Verdict("unanswered", correct=None, message=why)
