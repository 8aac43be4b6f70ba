"""Linear functions: a whole number x → a·x + b (Liu et al. 2024, *An Incomplete Loop*, arXiv 2404.03028)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Rule,
    Split,
    Symbols,
    Task,
    Tasks,
    Told,
    UsageError,
    check_range,
    last_part,
    pick,
    text_table,
)

from .whole_numbers import DIGITS, IN_ORDER, digits_in_order, same_number

LARGEST = 20
"""Slopes, intercepts and inputs are whole numbers from −20 to 20, as in the published set."""

_PROGRAM = "def solver(x: int) -> int:\n    return {slope} * x + {intercept}\n"
_NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.0{1,6})?")
_SEPARATED = re.compile(r"(?<=\d)[,_ '](?=\d{3}(?!\d))")


@cache
def linear(slope: int, intercept: int) -> Rule:
    """The function x → slope·x + intercept, and the same function as a program."""
    program = _PROGRAM.format(slope=slope, intercept=intercept)
    return Rule(f"{slope}x{intercept:+d}", lambda x: _value(x, slope, intercept), program)


def _value(x: Input, slope: int, intercept: int) -> JSON:
    return slope * x[0] + intercept if len(x) == 1 and type(x[0]) is int else None


@cache
def _family() -> tuple[Rule, ...]:
    def sizes(rule: tuple[int, int]) -> tuple[int, ...]:
        slope, intercept = rule
        return abs(slope) + abs(intercept), abs(slope), -slope, -intercept

    every = range(-LARGEST, LARGEST + 1)
    return tuple(linear(*each) for each in sorted(((a, b) for a in every for b in every), key=sizes))


def whole_number(plain: str) -> int | None:
    """The whole number that a text says, the last part of an equation; None where it says none.

    >>> whole_number("20 * 15 - 13 = 287"), whole_number("1,287"), whole_number("287.0"), whole_number("about 3 apples")
    (287, 1287, 287, None)
    """
    text = _SEPARATED.sub("", plain.replace("−", "-").replace("–", "-"))
    found = last_part(text, lambda part: part if _NUMBER.fullmatch(part.replace(" ", "")) else None)
    return None if found is None else int(float(found.replace(" ", "")))


@dataclass(frozen=True)
class Linear(Task):
    """One linear function. `drawn`: it was drawn for its episode, so the variant's name leaves it out."""

    slope: int
    intercept: int
    drawn: bool = False

    name: ClassVar[str] = "linear"
    role: ClassVar[str] = "a mathematician"

    @property
    def signature(self) -> str:
        """Of whole numbers; with digits that Python does not know, of texts."""
        return f"solver(x: {self._type}) -> {self._type}"

    @property
    def _type(self) -> str:
        return "str" if self.signs.numbers_are_text else "int"

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return DIGITS

    @property
    def variant(self) -> str:
        """ "drawn", or the function: "3x-2"."""
        return "drawn" if self.drawn else self.rule.name

    @property
    def rule(self) -> Rule:
        """This function."""
        return linear(self.slope, self.intercept)

    @property
    def default_world(self) -> None:
        """No function is the usual one."""
        return

    def family(self) -> Sequence[Rule]:
        """All slopes and intercepts from −20 to 20, the smallest first. Two shots with different inputs pin one."""
        return _family()

    def draw(self, rng: Random, split: Split) -> Input:
        """A whole number from −20 to 20."""
        return (pick(rng, range(-LARGEST, LARGEST + 1)),)

    def framing(self, told: Told) -> str:
        """The function; or that it is linear; or that numbers become numbers."""
        digits = digits_in_order(self.signs)
        if told == "rule":
            sign = "-" if self.intercept < 0 else "+"
            formula = self.signs(f"{self.slope}x {sign} {abs(self.intercept)}")
            return f"A function turns whole numbers into whole numbers: f(x) = {formula}.{digits}"
        if told == "none":
            order = self.signs.in_order("The signs of both, in order, are", IN_ORDER)
            return f"A hidden rule turns one input into one output.{order}"
        unknown = f"An unknown function, the same for all inputs, turns whole numbers into whole numbers.{digits}"
        bounds = self.signs(f"from -{LARGEST} to {LARGEST}")
        strong = f" It is linear: f(x) = ax + b with whole numbers a and b {bounds}."
        return unknown + strong if told == "strong" else unknown

    def rule_domain(self) -> str:
        """What becomes of what."""
        return f"A function f turns whole numbers into whole numbers.{digits_in_order(self.signs)}"

    def rule_table(self) -> str:
        """A row a step: the operation and its number."""
        rows = [["first", "multiply by", self.slope], ["then", "add", self.intercept]]
        table = text_table(["step", "operation", "number"], [[*row[:2], self.signs(str(row[2]))] for row in rows])
        return f"f(x) is what these steps make of x, one after the other.\n\n{table}"

    def show(self, x: Input, told: Told) -> str:
        """The bare number."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """ "What is f(15)?"."""
        return super().question(x, told) if told == "none" else f"What is f({x[0]})?"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "For which whole number x is f(x) = 15?"."""
        return f"For which whole number x is f(x) = {y}?"

    def read(self, text: str) -> JSON:
        """The boxed whole number."""
        return self.read_boxed(text, lambda plain: whole_number(self.signs.back(plain)))

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        kind = "a string" if self.signs.numbers_are_text else "an int"
        return f"x is the input as {kind}; the function returns the output as {kind}."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Whole numbers; a float counts if it is whole, a text never."""
        return same_number(expected, value)

    def checks(self, rng: Random) -> Sequence[Check]:
        """The value at 0, which the stated function shows as it is."""
        question = f"What is f({self.signs('0')})?"
        return [Check(question, self.answer_format, self.intercept, self.reply, self.read, self.equal)]


@dataclass(frozen=True)
class LinearFunctions(Tasks):
    """Linear functions: another one in each episode, or with `slope` and `intercept` the same in all."""

    slope: int | None = None
    intercept: int | None = None

    kind: ClassVar[str] = "linear"
    name: ClassVar[str] = "linear"

    def __post_init__(self) -> None:
        if (self.slope is None) != (self.intercept is None):
            lacks = "slope" if self.slope is None else "intercept"
            raise UsageError(f"{lacks}=null", "give slope and intercept together, or neither for drawn functions")
        for key, value in (("slope", self.slope), ("intercept", self.intercept)):
            if value is not None:
                check_range(key, value, -LARGEST, LARGEST)

    @property
    def variant(self) -> str:
        """ "drawn", or the function: "3x-2"."""
        return self.of_episode(0, 0).variant

    @property
    def world(self) -> None:
        """No function is the usual one."""
        return

    def of_episode(self, seed: int, index: int) -> Linear:
        """The function of an episode. A drawn slope is never 0."""
        if self.slope is not None and self.intercept is not None:
            return Linear(self.slope, self.intercept)
        rng = Random(f"linear/{seed}/{index}")
        slopes = [slope for slope in range(-LARGEST, LARGEST + 1) if slope]
        return Linear(pick(rng, slopes), pick(rng, range(-LARGEST, LARGEST + 1)), drawn=True)
