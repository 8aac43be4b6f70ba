"""Score: the verdict on one query. The closed set of outcomes is here and nowhere else."""

from solverlearner.case2code.values import NONE
from solverlearner.design.verdict import Verdict
from solverlearner.errors import UsageError
from solverlearner.execution.executor import Outcome
from solverlearner.task import JSON, Check, Item, Task


def score_answer(task: Task, item: Item, text: str) -> Verdict:
    """The verdict on an answer that the model gave itself."""
    value = task.read(text)
    return Verdict("no_answer") if value is None else _judge(task, item, value)


def score_check(check: Check, text: str) -> Verdict:
    """The verdict on an answer to a comprehension check."""
    value = check.read(text)
    return Verdict("no_answer") if value is None else Verdict("ok", value, float(check.equal(check.expected, value)))


def score_outcome(task: Task, item: Item, outcome: Outcome) -> Verdict:
    """The verdict on what the interpreter got out of the model's program."""
    if outcome.status != "ok":
        where = f"line {outcome.line}: " if outcome.line else ""
        return Verdict(outcome.status, message=where + outcome.message)
    # A real function may give None, which is then a value like others.
    return _judge(task, item, NONE if task.typed and outcome.value is None else outcome.value)


def _judge(task: Task, item: Item, value: JSON) -> Verdict:
    score = score_value(task, item, value)
    return Verdict("ok", value, score, score < 1 and _is_recited(task, item, value))


def _is_recited(task: Task, item: Item, value: JSON) -> bool:
    default = task.default_answer(item.input)
    return default is not None and task.equal(default, value)


def score_value(task: Task, item: Item, value: JSON) -> float:
    """The task's score of a value, checked. Raises: UsageError where it is no number from 0 to 1."""
    score = task.credit(item.expected, value)
    if isinstance(score, int | float) and 0 <= score <= 1:
        return float(score)
    raise UsageError(f"task={task.name}", f"credit() returned {score!r} and must return a number from 0 to 1")
