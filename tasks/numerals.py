"""Numerals in base 2..36 and the operations on them as rules; each is written out as a program too."""

import operator
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from solverlearner.task import JSON, Input, Rule

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Operation(NamedTuple):
    """One operation with its sign and its words."""

    sign: str
    carry_out: Callable[[int, int], int]
    task: str
    result: str


OPERATIONS = {
    "add": Operation("+", operator.add, "add two numbers", "their sum"),
    "sub": Operation("-", operator.sub, "subtract two numbers (the second from the first)", "n1 minus n2"),
    "mul": Operation("*", operator.mul, "multiply two numbers", "their product"),
}

_PROGRAM = """\
def solver(n1: str, n2: str) -> str:
    base = {base}
    total = int(n1, base) {sign} int(n2, base)
{minus}    digits = ""
    while total:
        total, digit = divmod(total, base)
        digits = "{digits}"[digit] + digits
    return {result}
"""
_MINUS = """\
    minus = "-" if total < 0 else ""
    total = abs(total)
"""


def numeral(number: int, base: int) -> str:
    """The numeral of a number in base 2..36, upper case, no leading zeros."""
    digits, rest = "", abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits = DIGITS[digit] + digits
    return "-" * (number < 0) + (digits or "0")


def operate(x: Input, base: int, op: str = "add") -> JSON:
    """The result's numeral, None where an argument is no numeral of this base."""
    try:
        return numeral(OPERATIONS[op].carry_out(int(str(x[0]), base), int(str(x[1]), base)), base)
    except ValueError:  # a digit that this base does not have
        return None


@cache
def arithmetic(base: int, op: str = "add") -> Rule:
    """One operation in one base as a rule of the family."""
    minus, result = (_MINUS, 'minus + (digits or "0")') if op == "sub" else ("", 'digits or "0"')
    sign = OPERATIONS[op].sign
    program = _PROGRAM.format(base=base, sign=sign, minus=minus, digits=DIGITS[:base], result=result)
    return Rule(f"base {base}", lambda x: operate(x, base, op), program)
