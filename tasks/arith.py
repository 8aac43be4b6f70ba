"""Base-N arithmetic: two numerals → the numeral of their sum (Wu et al. 2023, section 3; Cheng et al. 2024).

Difference and product are ours. Drawn differences are never negative: the larger operand stands on the left, since a
minus sign would be a second convention to learn. Rule, program and reader know it nevertheless: "-" and the numeral.
"""

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Published,
    Rule,
    Split,
    Symbols,
    Task,
    Told,
    UsageError,
    check_choice,
    check_range,
    pick,
)

from .digit_tables import digit_table
from .numerals import DIGIT_SYMBOLS, DIGITS, OPERATIONS, arithmetic, canonical, numeral, operate, written_numeral
from .paraphrases import ARITH
from .wu2023 import addition_lines, few_shot_additions, few_shot_lines

_BASE_NOTE = re.compile(r"_(?:\{\d{1,2}\}|\d{1,2}\b)|[₀-₉]+")
_OPERATOR = re.compile(r"(\w)\s*(?:[-+*×·−]|\\times|\\cdot)\s*(?=\w)")


@dataclass(frozen=True)
class Arith(Task):
    """`op` (add, sub, mul) on two numerals of exactly `digits` digits (1..12) in base 2..36.

    `query_digits` gives the queries another length than the shots. `data` "wu2023" takes the published additions and
    their demonstrations. Raises UsageError where every result would read the same in base 10, such as differences of
    one digit in base 8.
    """

    base: int = 9
    digits: int = 2
    op: str = "add"
    query_digits: int | None = None
    data: str | None = None

    kind: ClassVar[str] = "arith"
    query_options: ClassVar[tuple[str, ...]] = ("query_digits",)
    name: ClassVar[str] = "arith"
    role: ClassVar[str] = "a mathematician"
    why_no_form: ClassVar[Mapping[str, str]] = {"table": "a table of digits would hold the answers"}
    signature: ClassVar[str] = "solver(n1: str, n2: str) -> str"

    def __post_init__(self) -> None:
        check_range("base", self.base, 2, 36)
        check_choice("op", self.op, tuple(OPERATIONS))
        self._check_digits("digits", self.digits)
        if self.query_digits is not None:
            self._check_digits("query_digits", self.query_digits)
        if self.data is not None:
            check_choice("data", self.data, ("wu2023",))
            if self.op != "add" or self.query_digits is not None:
                raise UsageError(f"data={self.data}", "has additions of one length; leave op=add and query_digits=null")

    def _check_digits(self, key: str, digits: int) -> None:
        check_range(key, digits, 1, 12)
        # From three digits, or with letters, every operation has hard pairs: a short search would find the first.
        if digits < 3 and self.base < 10:
            numerals = [numeral(n, self.base) for n in range(self.base ** (digits - 1), self.base**digits)]
            if not any(self._is_hard((left, right)) for left in numerals for right in numerals):
                problem = f"op={self.op} in base {self.base} always reads as in base 10 then; take more digits"
                raise UsageError(f"{key}={digits}", problem)

    @property
    def variant(self) -> str:
        """ "base-9"; options that differ from their default are named too."""
        extra = {
            self.op: self.op != "add",
            f"digits-{self.digits}": self.digits != 2,
            f"query-digits-{self.query_digits}": self.query_digits is not None,
            str(self.data): self.data is not None,
        }
        return "-".join([f"base-{self.base}", *(name for name, there in extra.items() if there)])

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return DIGIT_SYMBOLS

    @property
    def rule(self) -> Rule:
        """The operation in this base."""
        return arithmetic(self.base, self.op)

    @property
    def default_world(self) -> Rule:
        """The operation in base 10."""
        return arithmetic(10, self.op)

    def family(self) -> Sequence[Rule]:
        """The bases 2..36: base 10 first, as the world's default, then the smallest.

        Smallest first is the size principle: of the bases that fit, the one with the fewest numerals makes the
        examples the least of a coincidence.
        """
        return [arithmetic(base, self.op) for base in (10, *range(2, 10), *range(11, 37))]

    def draw(self, rng: Random, split: Split) -> Input:
        """Two numerals without leading zeros; for bases other than 10 redrawn until the pair is "hard".

        Hard (Wu et al. 2023): a letter digit occurs, or the result's numeral differs from the decimal one.
        """
        digits = self.query_digits if split == "queries" and self.query_digits is not None else self.digits
        while True:
            pair = (self._operand(rng, digits), self._operand(rng, digits))
            if self.op == "sub" and pair[0] < pair[1]:  # of one length, and digits sort before letters: as numbers do
                pair = pair[::-1]
            if self.base == 10 or self._is_hard(pair):
                return pair

    def _is_hard(self, pair: tuple[str, str]) -> bool:
        return operate(pair, 10, self.op) != operate(pair, self.base, self.op)

    def _operand(self, rng: Random, length: int) -> str:
        digits = DIGITS[: self.base]
        return pick(rng, digits[1:]) + "".join(pick(rng, digits) for _ in range(length - 1))

    def key(self, x: Input) -> Hashable:
        """The unordered pair; for sub, which does not commute, the ordered one."""
        return tuple(map(str, x)) if self.op == "sub" else frozenset(map(str, x))

    def published(self) -> Iterable[Published] | None:
        """The 1,000 additions of one base, each with its 32 demonstrations."""
        return few_shot_additions(self.base, self.digits) if self.data else None

    def published_file(self, few_shot: bool) -> Iterable[str] | None:
        """The file of one base."""
        if not self.data:
            return None
        return few_shot_lines(self.base, self.digits) if few_shot else addition_lines(self.base, self.digits)

    def framing(self, told: Told) -> str:
        """Wording after Wu et al. 2023 (rule) and Cheng et al. 2024 (domain)."""
        digits = self.signs(DIGITS)
        if told == "rule":
            ordered = "" if self.signs.usual else ", from zero on,"
            own = f'base-{self.base} where the digits{ordered} are "{digits[: self.base]}"'
            return f"Assume that all numbers are in {own}."
        if told == "none":
            order = self.signs.in_order("The signs of all, in order, are the first ones of", DIGITS)
            return f"A hidden rule turns two inputs into one output.{order}"
        domain = f"You are asked to {OPERATIONS[self.op].task}, the base of which is unknown."
        if told == "domain":
            return f"{domain}{self._digits_in_order}"
        family = f'It is the same base for all of them, from 2 to 36; the digits are the first ones of "{digits}".'
        return f"{domain} {family}"

    def paraphrases(self, told: Told) -> Sequence[str]:
        """Of rule, domain and family; with other signs none."""
        if told == "none" or not self.signs.usual:
            return ()
        if told == "rule":
            return [text.format(base=self.base, digits=DIGITS[: self.base]) for text in ARITH["rule"]]
        domains = [text.format(task=OPERATIONS[self.op].task) for text in ARITH["domain"]]
        families = [text.format(digits=DIGITS) for text in ARITH["strong"]]
        return domains if told == "domain" else [" ".join(both) for both in zip(domains, families, strict=True)]

    def rule_domain(self) -> str:
        """The operation, without the base."""
        return f"You are asked to {OPERATIONS[self.op].task}.{self._digits_in_order}"

    @property
    def _digits_in_order(self) -> str:
        return self.signs.in_order("The digits, from zero on, are the first ones of", DIGITS)

    def rule_table(self) -> str | None:
        """The results of two digits; None for numerals of one digit, whose answers the table would hold."""
        return None if 1 in (self.digits, self.query_digits) else digit_table(self.base, self.op, self.signs)

    def alone(self) -> str:
        """Nothing: the question stands for itself."""
        return ""

    def meaning(self, value: JSON) -> str:
        """The numeral as `equal` compares it."""
        return canonical(str(value), self.base)

    def show(self, x: Input, told: Told) -> str:
        """ "57+27", or "57, 27" where the operation is not told."""
        return ", ".join(map(str, x)) if told == "none" else OPERATIONS[self.op].sign.join(map(str, x))

    def question(self, x: Input, told: Told) -> str:
        """ "What is 57+27?" as in Wu et al. 2023."""
        return super().question(x, told) if told == "none" else f"What is {self.show(x, told)}?"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "Which two numbers have the sum 105?"."""
        result = {"add": "the sum", "sub": "the difference, the first minus the second,", "mul": "the product"}[self.op]
        return f"Which two numbers have {result} {y}?"

    def input_limits(self) -> str:
        """The number of digits."""
        digits = self._digits_asked
        return f"Both numbers have {digits} digit{'s' * (digits > 1)}, the first of which is not {self.signs('0')}."

    def is_input(self, x: Input) -> bool:
        """Two numerals of so many digits."""
        known = set(DIGITS[: self.base])
        texts = [str(each).upper() for each in x]
        right = all(len(text) == self._digits_asked and text[0] != "0" and known.issuperset(text) for text in texts)
        return right and len(texts) == 2

    @property
    def _digits_asked(self) -> int:
        return self.query_digits if self.query_digits is not None else self.digits

    def read_input(self, text: str, like: Input) -> Input | None:
        """Two numbers with a comma between them, or as the operation is written."""
        without_base = _BASE_NOTE.sub("", text)
        found = super().read_input(without_base, like)
        return found or super().read_input(_OPERATOR.sub(r"\g<1>, ", without_base), like)

    def read(self, text: str) -> JSON:
        """The boxed numeral in upper case, without a note of its base, separators or a 0x prefix."""
        value = self.read_boxed(text, lambda plain: written_numeral(plain, self.base, self.signs.back))
        return value.upper() if value else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        if told == "none":
            return "n1 and n2 are the two inputs as strings; the function returns the output as a string."
        result = OPERATIONS[self.op].result
        return f"n1 and n2 are the two numbers as strings; the function returns {result} as a string in the same base."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case, surrounding spaces and a 0x prefix do not matter; an int from a program counts as its digits."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        return canonical(str(value), self.base) == expected

    def checks(self, rng: Random) -> Sequence[Check]:
        """The number after N, for an N that ends in the top digit, so that it carries, and for one that ends in 0."""
        checks = []
        for last in (DIGITS[self.base - 1], "0"):
            number = self._operand(rng, max(self.digits, 2))[:-1] + last
            question = f"What is the next number after {self.signs(number)}?"
            expected = numeral(int(number, self.base) + 1, self.base)
            checks.append(Check(question, self.answer_format, expected, self.reply, self.read, self.equal))
        return checks
