"""Texts of a few letters as inputs: what all tasks of `rewrite` share."""

from dataclasses import dataclass
from random import Random
from typing import ClassVar

from solverlearner.task import JSON, Check, Input, Rule, Split, Symbols, Task, Told, bare, read_boxed, words_in

from .regular import random_text
from .string_functions import of_letters

_MOST_DRAWS = 60
_SHORTEST = 3


@dataclass(frozen=True, kw_only=True)
class TextTask(Task):
    """A rule over texts of `letters`, of up to `longest` letters; queries have `query_length`, if that is given.

    `named` is the variant's name.
    """

    letters: str
    longest: int
    query_length: int | None
    named: str

    name: ClassVar[str] = "rewrite"
    role: ClassVar[str] = "an expert in formal languages"
    signature: ClassVar[str] = "solver(text: str) -> str"

    @property
    def variant(self) -> str:
        """The name that the options have."""
        return self.named

    @property
    def listed(self) -> str:
        """The letters in words: "a, b and c"."""
        *letters, last = [*self.signs(self.letters)]
        return f"{', '.join(letters)} and {last}"

    @property
    def symbols(self) -> Symbols:
        """The letters."""
        return Symbols(((*self.letters,),))

    @property
    def default_world(self) -> Rule | None:
        """The text unchanged."""
        return unchanged(self.letters)

    def draw(self, rng: Random, split: Split) -> Input:
        """A random text that the rule changes; one that it does not change where none is found soon."""
        shortest, longest = self.lengths(split)
        for _ in range(_MOST_DRAWS):
            text = random_text(rng, self.letters, shortest, longest)
            if self.rule.apply((text,)) not in ("", text):
                break
        return (text,)

    def lengths(self, split: Split) -> tuple[int, int]:
        """The shortest and the longest text."""
        if split == "queries" and self.query_length:
            return self.query_length, self.query_length
        return min(_SHORTEST, self.longest), self.longest

    def rule_domain(self) -> str:
        """The letters, without the rule."""
        return f"Texts of the letters {self.listed} are rewritten."

    def alone(self) -> None:
        """None: without a rule there is nothing to ask."""
        return

    def meaning(self, value: JSON) -> str:
        """The text as `equal` compares it."""
        return bare(str(value)).lower()

    def show(self, x: Input, told: Told) -> str:
        """The bare text."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """The text in quotation marks."""
        return f'What is the output for "{x[0]}"?' if told == "none" else f'What does "{x[0]}" become?'

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """The text in quotation marks."""
        return f'Which text becomes "{y}"?'

    def read_input(self, text: str, like: Input) -> Input | None:
        """The boxed text in lower case, put together as outputs are."""
        found = super().read_input(text, like)
        return None if found is None else (_together(str(found[0])).lower(),)

    def read(self, text: str) -> JSON:
        """The boxed text without quotation marks; letters with blanks or hyphens between them are put together."""
        found = read_boxed(text, words_in)
        return None if found is None else self.signs.back(_together(found)) or None

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        return "text is the input as a string; the function returns the output as a string."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case does not matter, nor do blanks and quotation marks around the text."""
        return isinstance(value, str) and bare(value).lower() == bare(str(expected)).lower()

    def check(self, question: str, expected: str) -> Check:
        """A comprehension check whose answer is a text."""
        return Check(question, self.answer_format, expected, self.reply, self.read, self.equal)


def _together(found: str) -> str:
    parts = found.replace("-", " ").split()
    return ("" if all(len(part) == 1 for part in parts) else " ").join(parts)


def unchanged(letters: str) -> Rule:
    """The rule that changes nothing."""

    def apply(x: Input) -> JSON:
        return x[0] if of_letters(x, letters) else None

    return Rule("unchanged", apply, "def solver(text: str) -> str:\n    return text\n")
