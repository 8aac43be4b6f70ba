"""Digit tables: what two digits give in a base, which is the rule of arithmetic as a table (`rule_form=table`)."""

from collections.abc import Callable
from functools import cache

from solverlearner.task import text_table

from .numerals import DIGITS, OPERATIONS, numeral

_SUM = (
    "The table gives the sum of a digit in the first column and a digit in the first line. Numbers are added digit by "
    "digit from the right. Where a sum has two digits, the left one is carried: it is added to the next digits on the "
    "left, by the same table."
)
_DIFFERENCE = (
    "The table gives a digit in the first column minus a digit in the first line. Numbers are subtracted digit by "
    "digit from the right. A star means that 1 is borrowed: it is subtracted from the next digit on the left, by "
    "the same table."
)
_PRODUCT = (
    "The first table gives the product of a digit in the first column and a digit in the first line. Numbers are "
    "multiplied digit by digit, as on paper, and the products are added by the second table, which gives the sum of "
    "two digits. Where a product or a sum has two digits, the left one is carried."
)


def digit_table(base: int, op: str, signs: Callable[[str], str] = str) -> str:
    """How to read the table, and the table: sums with carry, differences with borrow, or products and sums.

    `signs` writes the digits.
    """
    if op == "mul":
        return f"{_PRODUCT}\n\n{signs(_table(base, op))}\n\n{signs(_table(base, 'add'))}"
    return f"{_SUM if op == 'add' else _DIFFERENCE}\n\n{signs(_table(base, op))}"


@cache
def _table(base: int, op: str) -> str:
    digits = DIGITS[:base]
    return text_table(
        [OPERATIONS[op].sign, *digits],
        [[digit, *(_entry(row, column, base, op) for column in range(base))] for row, digit in enumerate(digits)],
    )


def _entry(row: int, column: int, base: int, op: str) -> str:
    value = OPERATIONS[op].carry_out(row, column)
    return f"{numeral(value + base, base)}*" if value < 0 else numeral(value, base)
