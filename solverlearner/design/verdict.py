"""Verdict: what became of one query. The closed set of outcomes is here and nowhere else."""

from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.task import JSON

QueryStatus = Literal["ok", "no_answer", "no_program", "rejected", "error", "timeout", "memory", "crash", "unanswered"]
"""`unanswered` is the provider's failure and is never scored; all others are the model's."""


STATUSES: tuple[QueryStatus, ...] = get_args(QueryStatus)


@dataclass(frozen=True)
class Verdict:
    """What became of one query. `score` is from 0 to 1, and None exactly where the query is unanswered.

    `recited`: not correct, and equal to the default world's answer. `unstable`: what a program's outcome turned out to
    be, "nondeterministic" or "stateful", where that was looked at.

    >>> Verdict("ok", "85", 1.0).correct, Verdict("ok", "86", 0.5).correct, Verdict("no_answer").score
    (True, False, 0.0)
    """

    status: QueryStatus
    value: JSON = None
    score: float | None = 0.0
    recited: bool = False
    message: str = ""
    unstable: str = ""

    @property
    def correct(self) -> bool | None:
        """Whether the score is 1; None where the query is unanswered."""
        return None if self.score is None else self.score == 1


def unanswered(why: str) -> Verdict:
    """The verdict where no reply came; `why` is the endpoint's."""
    return Verdict("unanswered", score=None, message=why)
