"""Base conversion: a numeral in one base → the numeral of the same number in another (reasoning-gym, 2505.24760)."""

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
    Told,
    UsageError,
    check_range,
    text_table,
)

from .numerals import DIGITS, canonical, numeral, written_numeral

_PROGRAM = """\
def solver(n: str) -> str:
    number = int(n, {source})
    digits = ""
    while number:
        number, digit = divmod(number, {target})
        digits = "{signs}"[digit] + digits
    return digits or "0"
"""
_BASES = range(2, 37)
_READ = (
    "The table gives what a digit's value is multiplied by at each place of a number, counted from the right, before "
    "and after the conversion."
)
_READ_DIGITS = " The second table gives the values of the digits that are letters."
_SYMBOLS = Symbols(((*DIGITS[:10],), (*DIGITS[10:].lower(),)))


@cache
def conversion(source: int, target: int) -> Rule:
    """Conversion from one base to another as a rule of the family."""
    program = _PROGRAM.format(source=source, target=target, signs=DIGITS[:target].lower())
    return Rule(f"base {source} to {target}", lambda x: _convert(str(x[0]), source, target), program)


def _convert(text: str, source: int, target: int) -> JSON:
    try:
        return numeral(int(text, source), target).lower()
    except ValueError:  # a digit that this base does not have
        return None


@dataclass(frozen=True)
class BaseConversion(Task):
    """Conversion of whole numbers below `below` from base `source` to base `target`, both from 2 to 36."""

    source: int = 8
    target: int = 9
    below: int = 1000

    kind: ClassVar[str] = "base_conversion"
    name: ClassVar[str] = "base_conversion"
    role: ClassVar[str] = "a mathematician"
    signature: ClassVar[str] = "solver(n: str) -> str"

    def __post_init__(self) -> None:
        check_range("source_base", self.source, 2, 36)
        check_range("target_base", self.target, 2, 36)
        check_range("below", self.below, 100, 10**9)
        if self.source == self.target:
            raise UsageError(f"target_base={self.target}", "must be another base than source_base")

    @property
    def variant(self) -> str:
        """ "8-to-9"; a limit that differs from its default is named too."""
        return f"{self.source}-to-{self.target}" + (f"-below-{self.below}" if self.below != 1000 else "")

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return _SYMBOLS

    @property
    def rule(self) -> Rule:
        """This conversion."""
        return conversion(self.source, self.target)

    @property
    def default_world(self) -> Rule:
        """The conversion to base 10, the one that is written about most; from base 10, to base 2."""
        return conversion(self.source, 10) if self.source != 10 else conversion(10, 2)

    def family(self) -> Sequence[Rule]:
        """Every target base for every source base, the smallest bases first."""
        pairs = sorted(((s, t) for s in _BASES for t in _BASES if s != t), key=lambda pair: (sum(pair), pair))
        return [conversion(*pair) for pair in pairs]

    def draw(self, rng: Random, split: Split) -> Input:
        """A number of at least two digits in both bases whose numerals differ, in the source base."""
        while True:
            number = int(rng.random() * self.below)
            written = numeral(number, self.source).lower()
            if number >= max(self.source, self.target) and written != self.rule.apply((written,)):
                return (written,)

    def framing(self, told: Told) -> str:
        """Both bases; or that bases are converted; and in the strongest hint which bases there are."""
        if told == "rule":
            return f"Numbers are converted from base {self.source} to base {self.target}.{self._digits_stated()}"
        if told == "none":
            order = self.signs.in_order("The signs of both, in order, are the first ones of", DIGITS.lower())
            return f"A hidden rule turns one input into one output.{order}"
        unknown = (
            "Numbers are converted from one base to another. Both bases are unknown, but the same for all numbers."
        )
        order = self._digits_in_order
        return f"{unknown} They are from 2 to 36.{order}" if told == "strong" else f"{unknown}{order}"

    def _digits_stated(self) -> str:
        digits = self.signs(DIGITS.lower())
        if not self.signs.usual:
            source, target = digits[: self.source], digits[: self.target]
            of_source = f'The digits of base {self.source} are, from zero on, "{source}"'
            return f' {of_source}, those of base {self.target} "{target}".'
        return f' The digits of base {self.target} are "{digits[: self.target]}".' if self.target > 10 else ""

    def rule_domain(self) -> str:
        """That bases are converted, without the bases."""
        return f"Numbers are converted from one base to another.{self._digits_in_order}"

    @property
    def _digits_in_order(self) -> str:
        return self.signs.in_order("The digits, from zero on, are the first ones of", DIGITS.lower())

    def rule_table(self) -> str:
        """What each place is worth in both bases, and the values of the digits that are letters."""
        places = range(len(numeral(self.below - 1, min(self.source, self.target))))
        worth = [[place + 1, self.source**place, self.target**place] for place in places]
        tables = [text_table(["place", "before", "after"], worth)]
        known = 10 if self.signs.usual else 0
        if digits := self.signs(DIGITS[known : max(self.source, self.target)].lower()):
            tables.append(text_table(["digit", "value"], [[digit, known + n] for n, digit in enumerate(digits)]))
        read_digits = _READ_DIGITS if known else " The second table gives the values of the digits."
        return "\n\n".join([_READ + read_digits * (len(tables) > 1), *tables])

    def show(self, x: Input, told: Told) -> str:
        """The bare numeral."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """ "What is 426 in the other base?"."""
        return super().question(x, told) if told == "none" else f"What is {x[0]} in the other base?"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "Which number is 715 in the other base?"."""
        return f"Which number is {y} in the other base?"

    def read(self, text: str) -> JSON:
        """The boxed numeral in lower case."""
        value = self.read_boxed(text, lambda plain: written_numeral(plain, self.target, self.signs.back))
        return value.lower() if value else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        return "n is the input as a string; the function returns the output as a string."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case and surrounding spaces do not matter; an int from a program counts as its digits."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        written = canonical(str(value), self.target)
        return written.lower() == expected

    def checks(self, rng: Random) -> Sequence[Check]:
        """The numeral of the other base itself, which is 10 in every base."""
        question = f"Which numeral has the number {numeral(self.target, 10)} (in decimal) in the other base?"
        return [Check(question, self.answer_format, "10", self.reply, self.read, self.equal)]
