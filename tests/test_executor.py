"""The executor, through its contract: one outcome an input, in order, whatever the program does."""

import asyncio

from solverlearner.executor import Executor, Limits, Outcome
from solverlearner.task import Input

LIMITS = Limits(call_s=0.3, program_s=5)


def outcomes(program: str, *inputs: Input, limits: Limits = LIMITS) -> list[Outcome]:
    async def run() -> list[Outcome]:
        async with Executor(limits, workers=1) as executor:
            return await executor.run(program, inputs)

    return asyncio.run(run())


def test_values_come_back_in_order() -> None:
    found = outcomes("def solver(a, b):\n    return a + b\n", ("1", "2"), (3, 4), ([5], [6]))
    assert [outcome.value for outcome in found] == ["12", 7, [5, 6]]
    assert {outcome.status for outcome in found} == {"ok"}


def test_an_endless_input_costs_only_itself() -> None:
    found = outcomes("def solver(n):\n    while n == 1:\n        pass\n    return n\n", (0,), (1,), (2,))
    assert [outcome.status for outcome in found] == ["ok", "timeout", "ok"]


def test_a_refusal_tells_line_and_rule_for_every_input() -> None:
    found = outcomes("def solver(n):\n    return n.__globals__\n", (0,), (1,))
    assert [(outcome.status, outcome.line) for outcome in found] == [("rejected", 2)] * 2
    assert "__globals__" in found[0].message


def test_an_error_tells_type_message_and_line() -> None:
    (found,) = outcomes("def solver(n):\n    return 1 / n\n", (0,))
    assert (found.status, found.message, found.line) == ("error", "ZeroDivisionError: division by zero", 2)
