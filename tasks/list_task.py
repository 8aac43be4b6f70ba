"""List tasks: how functions of lists are shown, asked about and read, whether ours or those of a file."""

import re
from dataclasses import dataclass
from typing import ClassVar

from solverlearner.task import JSON, Input, Symbols, Task, Told

from .whole_numbers import DIGITS, digits_in_order, same_number

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
class ListTask(Task):
    """A function of lists of numbers."""

    name: ClassVar[str] = "lists"
    role: ClassVar[str] = "a programmer"

    @property
    def to_number(self) -> bool:
        """Whether the function gives a number; else it gives a list."""
        raise NotImplementedError

    @property
    def words(self) -> str:
        """The function in words, in sentences."""
        raise NotImplementedError

    @property
    def strong(self) -> str:
        """What functions of the family are made of; "" where the family is not known."""
        return ""

    @property
    def signature(self) -> str:
        """From a list to a list, or to a number; of texts where Python does not know the digits."""
        item = "str" if self.signs.numbers_are_text else "int"
        return f"solver(x: list[{item}]) -> {item if self.to_number else f'list[{item}]'}"

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return DIGITS

    def framing(self, told: Told) -> str:
        """The function in words; or that there is one; or what such functions are made of."""
        digits = digits_in_order(self.signs)
        if told == "rule":
            return f"A function turns a list of numbers into {self._output}. {self.signs(self.words)}{digits}"
        if told == "none":
            return f"A hidden rule turns one input into one output.{digits}"
        unknown = f"An unknown function, the same for all inputs, turns a list of numbers into {self._output}.{digits}"
        return f"{unknown} {self.strong}" if told == "strong" and self.strong else unknown

    def load(self, stored: JSON) -> Input:
        """Takes the list alone too."""
        return (stored[0] if isinstance(stored, list) and stored and isinstance(stored[0], list) else stored,)

    def rule_domain(self) -> str:
        """What becomes of what."""
        return f"A function turns a list of numbers into {self._output}.{digits_in_order(self.signs)}"

    @property
    def _output(self) -> str:
        return "a number" if self.to_number else "a list of numbers"

    def show(self, x: Input, told: Told) -> str:
        """The list in brackets."""
        return _text(x[0])

    def write(self, y: JSON) -> str:
        """A list in brackets, or a number."""
        return _text(y)

    def question(self, x: Input, told: Told) -> str:
        """ "What is the output for [3, 1, 2]?"."""
        return f"What is the output for {_text(x[0])}?"

    @property
    def answer_format(self) -> str:
        r"""A box with the list in brackets, or with the number."""
        inside = "number" if self.to_number else "list in brackets, [] if it is empty,"
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
        if not self.to_number or found is None:
            return found  # type: ignore[return-value]  # a list of numbers is JSON
        return found[0] if len(found) == 1 else None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        item = "strings" if self.signs.numbers_are_text else "ints"
        one = "a string" if self.signs.numbers_are_text else "an int"
        output = one if self.to_number else f"a list of {item}"
        return f"x is the input as a list of {item}; the function returns the output as {output}."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """The same list, or the same number; a float counts if it is whole, a truth value never."""
        if isinstance(expected, list):
            return isinstance(value, list) and len(value) == len(expected) and all(map(same_number, expected, value))
        return same_number(expected, value)


def _unquoted(plain: str) -> str:
    return plain.replace("'", "").replace('"', "")


def _text(value: JSON) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
