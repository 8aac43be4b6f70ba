"""Numerals in base 2..36 and the operations on them as rules; each is written out as a program too."""

import operator
import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

from solverlearner.task import JSON, Input, Rule, Symbols, last_part

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

DIGIT_SYMBOLS = Symbols(((*DIGITS[:10],), (*DIGITS[10:],)))
"""The digits 0 to 9 can be exchanged, and the letters: so a base has as many digits of either kind as usual."""


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
    if base == 10:
        return str(number)
    digits, rest = "", abs(number)
    while rest:
        rest, digit = divmod(rest, base)
        digits = DIGITS[digit] + digits
    return "-" * (number < 0) + (digits or "0")


def operate(x: Input, base: int, op: str = "add") -> JSON:
    """The result's numeral, None where an argument is no numeral of this base."""
    return _operated(str(x[0]), str(x[1]), base, op)


@lru_cache(maxsize=1024)  # of one item some five parts of a run ask for the same
def _operated(left: str, right: str, base: int, op: str) -> str | None:
    try:
        return numeral(OPERATIONS[op].carry_out(int(left, base), int(right, base)), base)
    except ValueError:  # a digit that this base does not have
        return None


@cache
def arithmetic(base: int, op: str = "add") -> Rule:
    """One operation in one base as a rule of the family."""
    minus, result = (_MINUS, 'minus + (digits or "0")') if op == "sub" else ("", 'digits or "0"')
    sign = OPERATIONS[op].sign
    program = _PROGRAM.format(base=base, sign=sign, minus=minus, digits=DIGITS[:base], result=result)
    return Rule(f"base {base}", lambda x: operate(x, base, op), program)


_BASE_NOTE = re.compile(r"(?:^|(?<=[ (_,\[]))(?:in )?base[-: =]{0,2}\(?(\d{1,2}|[a-z]{2,11})\b\)?", re.IGNORECASE)
_BASE_WORDS = {
    "binary": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "octal": 8, "oct": 8,
    "nine": 9, "ten": 10, "decimal": 10, "dec": 10, "eleven": 11, "twelve": 12, "sixteen": 16, "hex": 16,
    "hexadecimal": 16, "bin": 2,
}  # fmt: skip
_GROUPS = re.compile(r"-?\w{1,3}(?:[,'’]\w{3})+")
_UNDERSCORED = re.compile(r"[+-]?[^\W_]{1,3}(?:_[^\W_]{3})+")
_EDGES = " \t\r\n\"'“”‘’「」『』《》`*.,;:!?()[]{}<>|$"


def written_numeral(plain: str, base: int, back: Callable[[str], str] = str) -> str | None:
    """The numeral of `base` that a text says, in upper case; None where it says none.

    `back` gives the usual digits for those that the text is written with; a note of the base has usual digits.

    Of an equation the last one. The base may be noted behind it ("106_9", "106 (base 9)"); one that is noted in another
    base counts where there is no other. Blanks and separators of thousands are left out.

    >>> written_numeral("57_9 + 48_9 = 116_9 = 96_10", 9), written_numeral("11,236", 10)
    ('116', '11236')
    """
    if _only_digits(plain):
        return back(plain)
    noted = _BASE_NOTE.sub(r"_\1", " ".join(plain.split()))
    own = last_part(noted, lambda part: _numeral(part, base, back, own=True))
    return own or last_part(noted, lambda part: _numeral(part, base, back, own=False))


def canonical(text: str, base: int) -> str:
    """The text as a numeral of `base` for comparing, in upper case; the text itself where it looks like none."""
    if _only_digits(text):
        return text
    return _numeral(text.replace("−", "-"), base, str, own=False) or text.strip().upper()


def _only_digits(text: str) -> bool:
    """Whether nothing has to be read out of a text: most answers, which are compared some five times each."""
    return text.isascii() and text.isdigit()


def _numeral(part: str, base: int, back: Callable[[str], str], *, own: bool) -> str | None:
    compact = "".join(part.split()).rstrip(_EDGES).lstrip(_EDGES.replace(".", ""))  # ".116" is a fraction
    if _UNDERSCORED.fullmatch(compact):
        compact = compact.replace("_", "")
    digits, _, note = compact.partition("_")
    if own and _noted_base(note) not in (None, base):
        return None
    digits = back(digits.rstrip(_EDGES).lstrip(_EDGES.replace(".", ""))).upper().removeprefix("+")
    if _GROUPS.fullmatch(digits):
        digits = re.sub("[,'’]", "", digits)
    for letter, of in (("X", 16), ("O", 8), ("B", 2)):
        if digits.startswith("0" + letter) and (of == base or letter not in DIGITS[:base]):
            digits = digits[2:]
    allowed = DIGITS[: max(base, 10)]
    bare_digits = digits.removeprefix("-")
    return digits if bare_digits and all(digit in allowed for digit in bare_digits) else None


def _noted_base(note: str) -> int | None:
    """The base that a subscript names; None where it names none."""
    name = note.strip(_EDGES + "_-").lower().removeprefix("base").strip(_EDGES + "_-")
    return int(name) if name.isdecimal() and len(name) <= 2 else _BASE_WORDS.get(name)
