"""Verdict: the outcome of one query, and what a program was found to do, each with its closed set of names."""

from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.task import JSON

QueryStatus = Literal["ok", "no_answer", "no_program", "rejected", "error", "timeout", "memory", "crash", "unanswered"]
"""`unanswered` is a failure of the provider and has no score; all other statuses are outcomes of the model."""


STATUSES: tuple[QueryStatus, ...] = get_args(QueryStatus)

Found = Literal["hidden", "default_world", "another", "shot_table", "fits_shots", "none", "fails"]
"""What a program was found to do, see `RuleFound`."""

FOUND: tuple[Found, ...] = get_args(Found)


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


@dataclass(frozen=True)
class RuleFound:
    """What a program does on probe inputs; the names are those of the columns of rows.

    `found` is "hidden", "default_world" or "another" where the program gives the output of that rule on more than half
    of the probes. `found_rule` names it, and `found_agreement` is the share: 1.0 if the program does nothing else.
    "shot_table": it stores its shots whole, or pieces of them. "fits_shots": it gets all shots right in another way.
    "fails": it gives no value for any probe. "none": it does something else. `found_rule` is then the closest rule,
    if any output agrees. `program_nodes` is the size of the program in nodes of its syntax tree, `rule_nodes` that of
    the smallest program of a rule which fits the shots best. All None: there is no program.
    """

    found: Found | None = None
    found_rule: str | None = None
    found_agreement: float | None = None
    program_nodes: int | None = None
    rule_nodes: int | None = None
