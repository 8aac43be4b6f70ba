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
    Task,
    Told,
    UsageError,
    check_range,
    read_boxed,
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
            digits = (
                "" if self.target <= 10 else f' The digits of base {self.target} are "{DIGITS[: self.target].lower()}".'
            )
            return f"Numbers are converted from base {self.source} to base {self.target}.{digits}"
        if told == "none":
            return "A hidden rule turns one input into one output."
        unknown = (
            "Numbers are converted from one base to another. Both bases are unknown, but the same for all numbers."
        )
        return f"{unknown} They are from 2 to 36." if told == "strong" else unknown

    def rule_domain(self) -> str:
        """That bases are converted, without the bases."""
        return "Numbers are converted from one base to another."

    def rule_table(self) -> str:
        """What each place is worth in both bases, and the values of the digits that are letters."""
        places = range(len(numeral(self.below - 1, min(self.source, self.target))))
        worth = [[place + 1, self.source**place, self.target**place] for place in places]
        tables = [text_table(["place", "before", "after"], worth)]
        if letters := DIGITS[10 : max(self.source, self.target)].lower():
            tables.append(text_table(["digit", "value"], [[letter, 10 + n] for n, letter in enumerate(letters)]))
        return "\n\n".join([_READ + _READ_DIGITS * (len(tables) > 1), *tables])

    def show(self, x: Input, told: Told) -> str:
        """The bare numeral."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """ "What is 426 in the other base?"."""
        return super().question(x, told) if told == "none" else f"What is {x[0]} in the other base?"

    def read(self, text: str) -> JSON:
        """The boxed numeral in lower case."""
        value = read_boxed(text, lambda plain: written_numeral(plain, self.target))
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
