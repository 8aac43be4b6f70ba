"""Score: the verdict on one query. The closed set of outcomes is here and nowhere else."""

from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.executor import Outcome
from solverlearner.task import JSON, Check, Item, Task
from solverlearner.typed import NONE

Status = Literal["ok", "no_answer", "no_program", "rejected", "error", "timeout", "memory", "crash", "unanswered"]
"""`unanswered` is the provider's failure and is never scored; all others are the model's."""

STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True)
class Verdict:
    """What became of one query. `correct` is None exactly where the query is unanswered.

    `recited`: wrong, and equal to the default world's answer. `unstable`: what a program's outcome turned out to be,
    "nondeterministic" or "stateful", where that was looked at.
    """

    status: Status
    value: JSON = None
    correct: bool | None = False
    recited: bool = False
    message: str = ""
    unstable: str = ""


def unanswered(why: str) -> Verdict:
    """The verdict where no reply came; `why` is the endpoint's."""
    return Verdict("unanswered", correct=None, message=why)


def score_answer(task: Task, item: Item, text: str) -> Verdict:
    """The verdict on an answer that the model gave itself."""
    value = task.read(text)
    return Verdict("no_answer") if value is None else _judge(task, item, value)


def score_check(check: Check, text: str) -> Verdict:
    """The verdict on an answer to a comprehension check."""
    value = check.read(text)
    return Verdict("no_answer") if value is None else Verdict("ok", value, check.equal(check.expected, value))


def score_outcome(task: Task, item: Item, outcome: Outcome) -> Verdict:
    """The verdict on what the interpreter got out of the model's program."""
    if outcome.status != "ok":
        where = f"line {outcome.line}: " if outcome.line else ""
        return Verdict(outcome.status, message=where + outcome.message)
    # A real function may give None, which is then a value like others.
    return _judge(task, item, NONE if task.typed and outcome.value is None else outcome.value)


def _judge(task: Task, item: Item, value: JSON) -> Verdict:
    correct = task.equal(item.expected, value)
    default = task.default_answer(item.input)
    recited = not correct and default is not None and task.equal(default, value)
    return Verdict("ok", value, correct, recited)
