"""Whole numbers: what tasks whose inputs and outputs are whole numbers share."""

from solverlearner.task import JSON, Signs, Symbols

DIGITS = Symbols(((*"123456789",),), fixed=("0",), numbers=True)
"""The digits, without zero where they are exchanged: no number then begins with a zero, and numbers stay numbers."""

IN_ORDER = "0123456789"


def digits_in_order(signs: Signs) -> str:
    """The sentence that lists the digits in their order; empty with usual digits."""
    return signs.in_order("In all of these numbers the digits, from zero on, are", IN_ORDER)


def same_number(expected: JSON, value: JSON) -> bool:
    """Whether a value is the expected number; a float counts if it is whole, a text and a truth value never."""
    return isinstance(value, int | float) and not isinstance(value, bool) and value == expected
