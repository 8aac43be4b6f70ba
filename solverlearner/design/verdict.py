"""Verdict: the outcome of one query, with the closed set of its statuses."""

from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.task import JSON

QueryStatus = Literal["ok", "no_answer", "no_program", "rejected", "error", "timeout", "memory", "crash", "unanswered"]
"""`unanswered` is a failure of the provider and has no score; all other statuses are outcomes of the model."""


STATUSES: tuple[QueryStatus, ...] = get_args(QueryStatus)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one query. `score` is from 0 to 1, and None exactly if the query is unanswered.

    `recited`: not correct, and equal to the answer of the default world. `unstable`: "nondeterministic" or "stateful"
    if a program gave another outcome when it ran again (`executor.check_determinism=true`), else empty.

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
    """The verdict on a query whose call has no completion; `why` is the message of the endpoint."""
    return Verdict("unanswered", score=None, message=why)
