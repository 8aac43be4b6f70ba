"""Regular expressions as a task: whether a text matches, or which part of it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random

from solverlearner.task import JSON, Check, Input, Rule, Split, Told, pick, read_boxed, text_table

from .regular import Automaton, languages, random_text
from .string_functions import of_letters
from .text_task import TextTask

OUTPUTS = ("yes_no", "part")

_YES_NO = """\
import re

def solver(text: str) -> str:
    return "yes" if re.fullmatch(r"{pattern}", text) else "no"
"""
_PART = """\
import re

def solver(text: str) -> str:
    parts = [text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
    return max([part for part in parts if re.fullmatch(r"{pattern}", part)], key=len, default="")
"""
_SIGNS = {
    "|": "| separates alternatives",
    "*": "* stands for any number of times, also none",
    "+": "+ stands for once or several times",
    "?": "? stands for once or not at all",
    "(": "brackets hold together what a sign belongs to",
}
_WORDS = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "match": "yes", "matches": "yes"}
_LEAST = 12
"""Texts that match, and texts that do not, that a hidden expression has at least, where there is such an expression."""

_LONGEST_COUNTED = 40


@dataclass(frozen=True, kw_only=True)
class Matching(TextTask):
    """One regular expression. `output` is `yes_no`, whether the whole text matches, or `part`, its longest match."""

    pattern: str
    size: int
    output: str = "yes_no"

    @property
    def rule(self) -> Rule:
        """Text → "yes" or "no", or text → its longest part that matches."""
        return {rule.name: rule for rule in self.family()}[self.pattern]

    @property
    def default_world(self) -> None:
        """No expression is the usual one."""
        return

    def family(self) -> Sequence[Rule]:
        """Every language of an expression of at most this size, the smallest first; each once."""
        return _family(self.letters, self.size, self.output)

    @property
    def _machine(self) -> Automaton:
        return _machines(self.letters, self.size)[self.pattern]

    def draw(self, rng: Random, split: Split) -> Input:
        """A text that matches, or one that does not, equally often; for `part` one with a part that matches."""
        shortest, longest = self.lengths(split)
        wanted = _of_some_length(self._machine, rng, 1 if split == "shots" or self._parts else shortest, longest)
        if self._parts:
            before, after = (random_text(rng, self.letters, 0, 3) for _ in range(2))
            return (self._fitted(rng, before + wanted + after, shortest, longest),)
        if rng.random() < 1 / 2:
            return (wanted or random_text(rng, self.letters, shortest, longest),)
        return (self._near_miss(rng, wanted, shortest, longest),)

    @property
    def _parts(self) -> bool:
        return self.output == "part"

    def _fitted(self, rng: Random, text: str, shortest: int, longest: int) -> str:
        text = text[:longest] + random_text(
            rng, self.letters, max(shortest - len(text), 0), max(shortest - len(text), 0)
        )
        while self._machine.longest_part(text) in ("", text):
            text = random_text(rng, self.letters, shortest, longest)
        return text

    def _near_miss(self, rng: Random, text: str, shortest: int, longest: int) -> str:
        """A matching text with one letter changed, if it then matches no longer; else a random one that does not."""
        if text:
            place = int(rng.random() * len(text))
            text = text[:place] + pick(rng, self.letters) + text[place + 1 :]
        while not text or self._machine.matches(text):
            text = random_text(rng, self.letters, shortest, longest)
        return text

    def framing(self, told: Told) -> str:
        """The expression with its signs explained; or that there is one; or that texts have outputs."""
        if told == "none":
            return "A hidden rule turns one text into another."
        if told == "rule":
            signs = [words for sign, words in _SIGNS.items() if sign in self.pattern]
            legend = f" In it, {'; '.join(signs)}." if signs else ""
            expression = f"the regular expression {self.signs(self.pattern)}"
            if self._parts:
                return f"The output for a text is the longest part of it that matches {expression}. {_FIRST}{legend}"
            return f'A text has the output "yes" if the whole of it matches {expression}, and else "no".{legend}'
        unknown = f"{self.rule_domain()} What matches is unknown, but the same for all texts."
        if told == "domain":
            return unknown
        return f"{unknown} It is a regular expression of at most {self.size} letters and operators ({_OPERATORS})."

    def rule_domain(self) -> str:
        """The letters and the outputs, without the expression."""
        texts = f"texts of the letters {self.listed}"
        if self._parts:
            return f"For {texts}, the output is the longest part that matches. {_FIRST}"
        return f'For {texts}, the output is "yes" if the whole text matches, and else "no".'

    def rule_table(self) -> str:
        """The automaton: for each state the next one by letter, and whether a text that ends there matches."""
        machine = self._machine
        rows = [
            [i, *row, "yes" if end else "no"]
            for i, (row, end) in enumerate(zip(machine.steps, machine.ends, strict=True))
        ]
        how = (
            "A text is read from left to right, from state 0. Each letter leads from a state to the one in its column. "
            "A text matches if the last column says yes for the state in which it ends."
        )
        return f"{how}\n\n{text_table(['state', *self.signs(self.letters), 'matches'], rows)}"

    def question(self, x: Input, told: Told) -> str:
        """The text in quotation marks."""
        if told == "none" or self._parts:
            return f'What is the output for "{x[0]}"?'
        return f'Does "{x[0]}" match, yes or no?'

    @property
    def invertible(self) -> bool:
        """Whether outputs are parts; to "no" nearly every text is an answer."""
        return self._parts

    def input_question(self, y: JSON) -> str:
        """The part in quotation marks."""
        return f'What is a text whose longest part that matches is "{y}"?'

    def read(self, text: str) -> JSON:
        """The boxed yes or no, or the boxed part."""
        return super().read(text) if self._parts else read_boxed(text, _yes_or_no)

    def checks(self, rng: Random) -> Sequence[Check]:
        """The shortest text that matches, for which every one that is as short counts."""
        machine = self._machine
        length = next(n for n in range(1, _LONGEST_COUNTED) if machine.count(n))

        def equal(expected: JSON, value: JSON) -> bool:
            given = str(value).strip().lower()
            return of_letters((given,), self.letters) and len(given) == length and machine.matches(given)

        question = "What is a text that matches, of at least one letter and as short as there is?"
        return [Check(question, self.answer_format, machine.draw(rng, length), self.reply, super().read, equal)]


_FIRST = "Of several parts of that length it is the first."
_OPERATORS = "sequence, |, *, + and ?"


def _yes_or_no(plain: str) -> str | None:
    words = plain.lower().replace(",", " ").replace(".", " ").split()
    return _WORDS.get(words[0]) if words else None


@cache
def _machines(letters: str, size: int) -> dict[str, Automaton]:
    return {pattern: machine for n in range(1, size + 1) for pattern, machine in languages(letters, n)}


@cache
def _family(letters: str, size: int, output: str) -> tuple[Rule, ...]:
    """With `part`, languages that differ in the empty text alone are one rule, as parts are never empty."""
    found: dict[Automaton, Rule] = {}
    for pattern, machine in _machines(letters, size).items():
        known = machine.without_empty() if output == "part" else machine
        found.setdefault(known, _rule(pattern, machine, letters, output))
    return tuple(found.values())


def _rule(pattern: str, machine: Automaton, letters: str, output: str) -> Rule:
    def yes_no(x: Input) -> JSON:
        return ("yes" if machine.matches(str(x[0])) else "no") if of_letters(x, letters) else None

    def part(x: Input) -> JSON:
        return machine.longest_part(str(x[0])) if of_letters(x, letters) else None

    if output == "part":
        return Rule(pattern, part, _PART.format(pattern=pattern))
    return Rule(pattern, yes_no, _YES_NO.format(pattern=pattern))


@lru_cache(maxsize=64)
def drawn_language(letters: str, size: int, longest: int, output: str, stream: str) -> str:
    """The pattern of a language of this size that some texts match and some do not."""
    names = {rule.name for rule in _family(letters, size, output)}
    rarer = {p: _rarer(machine, len(letters), longest) for p, machine in languages(letters, size) if p in names}
    least = min(_LEAST, max(rarer.values()))
    return pick(Random(stream), [pattern for pattern, count in rarer.items() if count >= least])


def _rarer(machine: Automaton, letters: int, longest: int) -> int:
    """How many texts of up to this length match, or do not match, whichever are fewer."""
    matching = [machine.count(n) for n in range(1, longest + 1)]
    others = [int(letters**n) - count for n, count in enumerate(matching, 1)]
    return min(sum(matching), sum(others))


def _of_some_length(machine: Automaton, rng: Random, shortest: int, longest: int) -> str:
    """A text of the language, of any of these lengths that it has; empty where it has none."""
    lengths = [n for n in range(shortest, longest + 1) if machine.count(n)]
    return machine.draw(rng, pick(rng, lengths)) if lengths else ""
