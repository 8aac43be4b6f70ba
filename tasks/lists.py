"""List functions: a list of numbers → a list, or a number (Rule et al. 2020; BIG-bench's list functions).

The family is a small language of operations, listed by size (`list_functions.py`). A rule of a larger size is less
plausible before the shots, so the ideal learner is graded: its probability of an answer rises with every shot.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
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
    pick,
)

from .list_functions import LARGEST_SIZE, Function, drawn_from, family, function, random_list
from .whole_numbers import DIGITS, digits_in_order, same_number

_FAMILY_SIZE = 3
"""The family has at least the functions up to this size, also where the hidden one is smaller."""

_EXAMPLE: list[JSON] = [4, 0, 2, 7]
_LIST = re.compile(r"\[([^\[\]]*)\]")
_ITEM = re.compile(r"[+-]?\d{1,9}(?:\.0{1,6})?")


def numbers_in(text: str) -> list[int] | None:
    """The numbers of a list in a text: of the last one in brackets, else of the text itself; None where it is no list.

    >>> numbers_in("so [1, 2] becomes [2, 1]"), numbers_in("2, 1"), numbers_in("[]"), numbers_in("2 and 1")
    ([2, 1], [2, 1], [], None)
    """
    found = _LIST.findall(text.replace("(", "[").replace(")", "]").replace("−", "-"))
    inside = (found[-1] if found else text).strip()
    if not inside:
        return [] if found else None
    parts = [part.strip() for part in re.split(r"\s*[,;]\s*|\s+", inside)]
    return [int(float(part)) for part in parts] if all(map(_ITEM.fullmatch, parts)) else None


@dataclass(frozen=True)
class Lists(Task):
    """One function of lists. `longest`: numbers of the longest list; `query_length`: of every query, if given.

    `named` is the variant's name, None for the function's own.
    """

    function: Function
    longest: int
    query_length: int | None = None
    named: str | None = None

    name: ClassVar[str] = "lists"
    role: ClassVar[str] = "a programmer"

    @property
    def signature(self) -> str:
        """From a list to a list, or to a number; of texts where Python does not know the digits."""
        item = "str" if self.signs.numbers_are_text else "int"
        return f"solver(x: list[{item}]) -> {item if self.function.to_number else f'list[{item}]'}"

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return DIGITS

    @property
    def variant(self) -> str:
        """ "size-2", or the function: "sort.take2"."""
        return self.named or self.rule.name

    @property
    def rule(self) -> Rule:
        """This function."""
        return self.function.rule

    @property
    def default_world(self) -> None:
        """No function is the usual one."""
        return

    def family(self) -> Sequence[Rule]:
        """All functions up to size 3, or up to the hidden one's size, that give a list, or a number, as this one."""
        size = min(max(_FAMILY_SIZE, self.function.size), LARGEST_SIZE)
        own = self.rule.name if self.named is None else ""
        return family(size, self.function.to_number, own)

    def draw(self, rng: Random, split: Split) -> Input:
        """A list of at least two digits."""
        if split == "queries" and self.query_length:
            return (random_list(rng, self.query_length, self.query_length),)
        return (random_list(rng, 2, self.longest),)

    def framing(self, told: Told) -> str:
        """The function in words; or that there is one; or what such functions are made of."""
        digits = digits_in_order(self.signs)
        if told == "rule":
            return f"A function turns a list of numbers into {self._output}. {self.signs(self.function.words)}{digits}"
        if told == "none":
            return f"A hidden rule turns one input into one output.{digits}"
        unknown = f"An unknown function, the same for all inputs, turns a list of numbers into {self._output}.{digits}"
        strong = (
            " It takes a few steps. Each step chooses, reorders, repeats or changes the numbers, or counts or adds "
            "them up. It may depend on a condition."
        )
        return unknown + strong if told == "strong" else unknown

    def rule_domain(self) -> str:
        """What becomes of what."""
        return f"A function turns a list of numbers into {self._output}.{digits_in_order(self.signs)}"

    @property
    def _output(self) -> str:
        return "a number" if self.function.to_number else "a list of numbers"

    def show(self, x: Input, told: Told) -> str:
        """The list in brackets."""
        return _text(x[0])

    def write(self, y: JSON) -> str:
        """A list in brackets, or a number."""
        return _text(y)

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "What is a list whose output is [3, 1]?"."""
        return f"What is a list whose output is {_text(y)}?"

    def input_limits(self) -> str:
        """At least two digits."""
        return "The list has two numbers or more, each of one digit."

    def is_input(self, x: Input) -> bool:
        """A list of digits, as drawn ones are."""
        numbers = x[0] if isinstance(x[0], list) else []
        return len(numbers) > 1 and all(type(each) is int and 0 <= each <= 9 for each in numbers)

    def question(self, x: Input, told: Told) -> str:
        """ "What is the output for [3, 1, 2]?"."""
        return f"What is the output for {_text(x[0])}?"

    @property
    def answer_format(self) -> str:
        r"""A box with the list in brackets, or with the number."""
        inside = "number" if self.function.to_number else "list in brackets, [] if it is empty,"
        return rf'End the response with the resulting {inside} in "\boxed{{result}}".'

    def reply(self, y: JSON) -> str:
        r"""A box."""
        return rf"\boxed{{{_text(y)}}}"

    def read(self, text: str) -> JSON:
        """The boxed list or number."""
        return self.read_boxed(text, lambda plain: self._value(self.signs.back(plain)))

    def read_input(self, text: str, like: Input) -> Input | None:
        """The boxed list, as it is written."""
        found = self.read_boxed(text, lambda plain: numbers_in(self.signs.back(_unquoted(plain))))
        return (self.signs.write([*found]),) if isinstance(found, list) else None

    def _value(self, plain: str) -> JSON:
        found = numbers_in(plain.rpartition("=")[2] if "=" in plain else plain)
        if not self.function.to_number or found is None:
            return found  # type: ignore[return-value]  # a list of numbers is JSON
        return found[0] if len(found) == 1 else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        item = "strings" if self.signs.numbers_are_text else "ints"
        one = "a string" if self.signs.numbers_are_text else "an int"
        output = one if self.function.to_number else f"a list of {item}"
        return f"x is the input as a list of {item}; the function returns the output as {output}."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """The same list, or the same number; a float counts if it is whole, a truth value never."""
        if isinstance(expected, list):
            return isinstance(value, list) and len(value) == len(expected) and all(map(same_number, expected, value))
        return same_number(expected, value)

    def checks(self, rng: Random) -> Sequence[Check]:
        """One list whose value follows from the stated function."""
        expected = self.rule.apply((_EXAMPLE,))
        question = self.question((self.signs.write(_EXAMPLE),), "rule")
        return [Check(question, self.answer_format, expected, self.reply, self.read, self.equal)]


def _unquoted(plain: str) -> str:
    return plain.replace("'", "").replace('"', "")


def _text(value: JSON) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


@dataclass(frozen=True)
class ListFunctions(Tasks):
    """List functions: of a size, another one in each episode, or a `concept` for all of them."""

    size: int = 2
    concept: str | None = None
    longest: int = 8
    query_length: int | None = None

    kind: ClassVar[str] = "lists"
    name: ClassVar[str] = "lists"
    query_options: ClassVar[tuple[str, ...]] = ("query_length",)

    def __post_init__(self) -> None:
        check_range("size", self.size, 1, LARGEST_SIZE)
        check_range("longest", self.longest, 2, 100)
        if self.query_length is not None:
            check_range("query_length", self.query_length, 1, 1_000)
        if self.concept is not None:
            try:
                function(CONCEPTS.get(self.concept, self.concept))
            except ValueError as error:
                problem = f"{error}; or give a name: {', '.join(CONCEPTS)}"
                raise UsageError(f"concept={self.concept}", problem) from None

    @property
    def variant(self) -> str:
        """ "size-2", or the concept."""
        return f"size-{self.size}" if self.concept is None else self.concept

    @property
    def world(self) -> None:
        """No function is the usual one."""
        return

    def of_episode(self, seed: int, index: int) -> Lists:
        """The function of an episode."""
        if self.concept is not None:
            made = function(CONCEPTS.get(self.concept, self.concept))
            return Lists(made, self.longest, self.query_length, self.concept if self.concept in CONCEPTS else None)
        made = pick(Random(f"lists/{seed}/{index}"), drawn_from(self.size))
        return Lists(made, self.longest, self.query_length, self.variant)


CONCEPTS = {
    "copy_first": "take1",
    "remove_first": "drop1",
    "last_two": "take_last2",
    "first_three": "take3",
    "reversed": "reverse",
    "sorted": "sort",
    "second": "item2",
    "length": "count",
    "total": "sum",
    "largest": "max",
    "smallest_first_two": "sort.take2",
    "largest_two": "sort_down.take2",
    "evens": "evens",
    "large_numbers": "above5",
    "no_repeats": "unique",
    "how_many_distinct": "unique.count",
    "plus_two": "add2",
    "doubled": "times2",
    "palindrome": "mirror",
    "stutter": "doubled_items",
    "add_up": "running_sums",
    "alternate": "every_second",
    "swap_ends": "swap_ends",
    "wrap_in_sevens": "first_is7.last_is7",
    "count_sevens": "count7",
    "sort_if_long": "longer4?sort:reverse",
    "grow_or_shrink": "first_even?twice:take1",
}
"""Named concepts after those of Rule et al. 2020 and BIG-bench, as functions of our language."""
