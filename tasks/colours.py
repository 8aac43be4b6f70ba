"""Colours: a sentence of made-up words → a sequence of colours (Liu et al. 2024, *An Incomplete Loop*, 2404.03028).

Four words name a colour; the other two repeat the colour before them, so that it stands there two or three times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
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
    check_range,
    pick,
    read_boxed,
    text_table,
    words_in,
)

WORDS = ("lug", "dax", "wif", "zup", "bluf", "walm")
MEANINGS: tuple[str | int, ...] = ("blue", "green", "red", "yellow", 2, 3)
"""What the words mean in the published language: a colour, or how many times the last colour is to stand there."""

_DOMAIN = "A language of made-up words describes sequences of colours."
_SYMBOLS = Symbols((("blue", "green", "red", "yellow"),), words=True)
_TIMES = {2: "twice", 3: "three times"}
_PROGRAM = """\
def solver(sentence: str) -> str:
    colours = {colours}
    times = {times}
    result = []
    for word in sentence.split():
        if word in colours:
            result.append(colours[word])
        else:
            result.extend([result[-1]] * (times[word] - 1))
    return " ".join(result)
"""


@cache
def language(number: int) -> Rule:
    """The language in which the six words have the meanings of this permutation: 0 is the published one."""
    return _rule(number, _permutations()[number])


@cache
def _permutations() -> tuple[tuple[str | int, ...], ...]:
    return tuple(permutations(MEANINGS))


def _rule(number: int, meanings: tuple[str | int, ...]) -> Rule:
    told = dict(zip(WORDS, meanings, strict=True))
    colours = {word: each for word, each in told.items() if isinstance(each, str)}
    times = {word: each for word, each in told.items() if isinstance(each, int)}
    program = _PROGRAM.format(colours=colours, times=times)
    return Rule(f"language {number}", lambda x: _translate(str(x[0]), colours, times), program)


def _translate(sentence: str, colours: dict[str, str], times: dict[str, int]) -> JSON:
    result: list[str] = []
    for word in sentence.split():
        if word in colours:
            result.append(colours[word])
        elif word in times and result:
            result += [result[-1]] * (times[word] - 1)
        else:  # a word that the language does not have, or nothing to repeat
            return None
    return " ".join(result) or None


@dataclass(frozen=True)
class Colours(Task):
    """Translation of one of 720 languages, which differ in what the six words mean; `language` is its number."""

    language: int = 0

    kind: ClassVar[str] = "colours"
    name: ClassVar[str] = "colours"
    role: ClassVar[str] = "an expert in linguistics"
    signature: ClassVar[str] = "solver(sentence: str) -> str"

    def __post_init__(self) -> None:
        check_range("language", self.language, 0, len(_permutations()) - 1)

    @property
    def variant(self) -> str:
        """ "language-0"."""
        return f"language-{self.language}"

    @property
    def symbols(self) -> Symbols:
        """The names of the colours; the language's own words are made up in any case."""
        return _SYMBOLS

    @property
    def rule(self) -> Rule:
        """This language."""
        return language(self.language)

    @property
    def default_world(self) -> None:
        """The words are made up: no language is the usual one."""
        return

    def family(self) -> Sequence[Rule]:
        """All 720 ways to give the words their meanings; none is more plausible than another."""
        return [language(number) for number in range(len(_permutations()))]

    def draw(self, rng: Random, split: Split) -> Input:
        """One to three colours, each of which may be repeated."""
        meanings = dict(zip(WORDS, _permutations()[self.language], strict=True))
        colours = [word for word in WORDS if isinstance(meanings[word], str)]
        repeats = [word for word in WORDS if word not in colours]
        words: list[str] = []
        for _ in range(1 + int(rng.random() * 3)):
            words.append(pick(rng, colours))
            if rng.random() < 0.4:
                words.append(pick(rng, repeats))
        return (" ".join(words),)

    def framing(self, told: Told) -> str:
        """The meaning of each word; or which meanings there are; or that sentences become colours."""
        if told == "none":
            return "A hidden rule turns one input into one output."
        if told == "rule":
            lines = (
                f"{word} -> {self.signs(_meaning(each))}"
                for word, each in zip(WORDS, _permutations()[self.language], strict=True)
            )
            return f"{_DOMAIN[:-1]}:\n" + "\n".join(lines)
        unknown = f"{_DOMAIN} What its words mean is unknown."
        colours = self.signs("blue, green, red, yellow")
        strong = (
            f" Its words are {', '.join(WORDS)}. Each means something else: {colours}, or that the last"
            " colour stands there twice or three times."
        )
        return unknown + strong if told == "strong" else unknown

    def rule_domain(self) -> str:
        """What the sentences describe."""
        return _DOMAIN

    def rule_table(self) -> str:
        """The meaning of each word."""
        meanings = map(self.signs, map(_meaning, _permutations()[self.language]))
        table = text_table(["word", "meaning"], [*zip(WORDS, meanings, strict=True)])
        return f"The table gives the meaning of each word.\n\n{table}"

    def show(self, x: Input, told: Told) -> str:
        """The bare sentence."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """The sentence in quotation marks."""
        return f'What is the output for "{x[0]}"?' if told == "none" else f'Which colours does "{x[0]}" describe?'

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """The colours in quotation marks."""
        return f'Which words of the language describe "{self.write(y)}"?'

    def read(self, text: str) -> JSON:
        """The boxed colours, with or without commas between them."""
        read = read_boxed(text, lambda plain: words_in(plain.replace(",", " ")))
        return self.signs.back(read) if read else read

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        return "sentence is the input as a string; the function returns the output as a string."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case, commas and the width of blanks do not matter."""
        return isinstance(value, str) and value.lower().replace(",", " ").split() == str(expected).split()

    def checks(self, rng: Random) -> Sequence[Check]:
        """The meaning of one word that names a colour."""
        word = pick(rng, [word for word in WORDS if self.rule.apply((word,))])
        expected = self.rule.apply((word,))
        question = f'Which colour does the word "{word}" name?'
        return [Check(question, self.answer_format, expected, self.reply, self.read, self.equal)]


def _meaning(meaning: str | int) -> str:
    return meaning if isinstance(meaning, str) else f"the last colour stands there {_TIMES[meaning]}"
