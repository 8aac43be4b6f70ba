"""Base-N addition: two numerals → the numeral of their sum (Wu et al. 2023, section 3; Cheng et al. 2024)."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import ClassVar

from solverlearner.task import JSON, Input, Rule, Split, Task, Told, check_range, last_boxed, pick

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_PROGRAM = """\
def solver(n1: str, n2: str) -> str:
    base = {base}
    total = int(n1, base) + int(n2, base)
    digits = ""
    while total:
        total, digit = divmod(total, base)
        digits = "{digits}"[digit] + digits
    return digits or "0"
"""


def numeral(number: int, base: int) -> str:
    """The numeral of a number ≥ 0 in base 2..36, upper case, no leading zeros."""
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = DIGITS[digit] + digits
    return digits or "0"


def _add(x: Input, base: int) -> JSON:
    try:
        return numeral(int(str(x[0]), base) + int(str(x[1]), base), base)
    except ValueError:  # a digit that this base does not have
        return None


@cache
def addition(base: int) -> Rule:
    """Addition in one base as a rule of the family."""
    program = _PROGRAM.format(base=base, digits=DIGITS[:base])
    return Rule(f"base {base}", lambda x: _add(x, base), program)


@dataclass(frozen=True)
class Arith(Task):
    """Addition of two numerals of exactly `digits` digits (1..12) in base 2..36."""

    base: int = 9
    digits: int = 2

    name: ClassVar[str] = "arith"
    role: ClassVar[str] = "a mathematician"
    signature: ClassVar[str] = "solver(n1: str, n2: str) -> str"

    def __post_init__(self) -> None:
        check_range("base", self.base, 2, 36)
        check_range("digits", self.digits, 1, 12)

    @property
    def variant(self) -> str:
        """ "base-9"; other lengths than two digits are named too."""
        return f"base-{self.base}" + (f"-digits-{self.digits}" if self.digits != 2 else "")

    @property
    def rule(self) -> Rule:
        """Addition in this base."""
        return addition(self.base)

    @property
    def default_world(self) -> Rule:
        """Addition in base 10."""
        return addition(10)

    def family(self) -> Sequence[Rule]:
        """The bases 2..36: base 10 first, as the world's default, then the smallest.

        Smallest first is the size principle: of the bases that fit, the one with the fewest numerals makes the
        examples the least of a coincidence.
        """
        return [addition(10), *(addition(base) for base in range(2, 37) if base != 10)]

    def draw(self, rng: Random, split: Split) -> Input:
        """Two numerals without leading zeros; for bases other than 10 redrawn until the pair is "hard".

        Hard (Wu et al. 2023): a letter digit occurs, or the sum's numeral differs from the decimal one.
        """
        while True:
            pair = (self._operand(rng), self._operand(rng))
            if self.base == 10 or _add(pair, 10) != _add(pair, self.base):
                return pair

    def _operand(self, rng: Random) -> str:
        digits = DIGITS[: self.base]
        return pick(rng, digits[1:]) + "".join(pick(rng, digits) for _ in range(self.digits - 1))

    def key(self, x: Input) -> Hashable:
        """The unordered pair."""
        return frozenset(map(str, x))

    def framing(self, told: Told) -> str:
        """Wording after Wu et al. 2023 (rule) and Cheng et al. 2024 (domain)."""
        if told == "rule":
            return f'Assume that all numbers are in base-{self.base} where the digits are "{DIGITS[: self.base]}".'
        return {
            "none": "A hidden rule turns two inputs into one output.",
            "domain": "You are asked to add two numbers, the base of which is unknown.",
            "strong": (
                "You are asked to add two numbers, the base of which is unknown. It is the same base for all of "
                f'them, from 2 to 36; the digits are the first ones of "{DIGITS}".'
            ),
        }[told]

    def show(self, x: Input, told: Told) -> str:
        """ "57+27", or "57, 27" where the operation is not told."""
        return ", ".join(map(str, x)) if told == "none" else f"{x[0]}+{x[1]}"

    def question(self, x: Input, told: Told) -> str:
        """ "What is 57+27?" as in Wu et al. 2023."""
        return super().question(x, told) if told == "none" else f"What is {self.show(x, told)}?"

    @property
    def answer_format(self) -> str:
        r"""Asks for `\boxed{result}`, as in Wu et al. 2023."""
        return r'End the response with the result in "\boxed{result}".'

    def reply(self, y: JSON) -> str:
        r"""`\boxed{106}`."""
        return rf"\boxed{{{y}}}"

    def read(self, text: str) -> JSON:
        """The boxed numeral in upper case, without a base subscript or a 0x prefix."""
        inside = last_boxed(text)
        return _canonical(inside) if inside else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        if told == "none":
            return "n1 and n2 are the two inputs as strings; the function returns the output as a string."
        return "n1 and n2 are the two numbers as strings; the function returns their sum as a string in the same base."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case, surrounding spaces and a 0x prefix do not matter; an int from a program counts as its digits."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        return _canonical(str(value)) == expected


_SUBSCRIPT = re.compile(r"_\s*(?:\{[^{}]*\}|\w+)$")


def _canonical(text: str) -> str:
    numeral = _SUBSCRIPT.sub("", text.strip()).strip().upper()
    return numeral.removeprefix("0X") if numeral.startswith("0X") else numeral
