"""Preimages: the check of inputs that a setting asks for, where the rule is a program that has to run for it."""

from collections.abc import Sequence
from dataclasses import replace

from solverlearner.case2code.values import NONE
from solverlearner.design.inverse import Inverse
from solverlearner.design.verdict import Verdict
from solverlearner.execution.executor import Executor, Outcome
from solverlearner.task import Input, Item, Task


async def checked_inputs(
    task: Task, items: Sequence[Item], verdicts: Sequence[Verdict], executor: Executor
) -> tuple[Verdict, ...]:
    """The verdicts on inputs that the program of a rule was given, and whose outputs are the wanted ones or not.

    All other verdicts stay as they are: of drawn inputs, of values that are no inputs, and of tasks whose rule is
    applied here. The program runs in the executor. Raises: ExecutorError.
    """
    if not isinstance(task, Inverse) or not task.forward.runs_rule:
        return tuple(verdicts)
    found: dict[int, Input] = {}
    for place, (item, verdict) in enumerate(zip(items, verdicts, strict=True)):
        x = task.proposed(item.expected, verdict.value) if verdict.status == "ok" and not verdict.correct else None
        if x is not None:
            found[place] = x
    if not found:
        return tuple(verdicts)
    outcomes = await executor.run(task.forward.rule.program, [*found.values()], task.typed)
    checked = [*verdicts]
    for place, outcome in zip(found, outcomes, strict=True):
        checked[place] = _judged(task, items[place], verdicts[place], outcome)
    return tuple(checked)


def _judged(task: Inverse, item: Item, verdict: Verdict, outcome: Outcome) -> Verdict:
    if outcome.status != "ok":
        return replace(verdict, message=f"the rule has no output for this input: {outcome.message or outcome.status}")
    value = NONE if task.typed and outcome.value is None else outcome.value
    return replace(verdict, score=float(task.forward.equal(task.output_of(item.expected), value)))
