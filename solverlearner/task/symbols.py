"""Symbols: the digits, letters or names that a task's items are written with, and other ways to write them.

A task declares its `Symbols`. A run with `symbols=permuted` or `symbols=novel` draws `Signs` from them: a bijection
from each usual symbol to the sign that is written for it. `relabelled.py` puts it around a task.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from types import MappingProxyType

from solverlearner.task.rule import JSON

OTHER_SYMBOLS = ("permuted", "novel")
SYMBOLS = ("usual", *OTHER_SYMBOLS)
"""The usual symbols, the same ones in another assignment, and signs that nobody has seen in that role."""

NOVEL_LETTERS = "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ"
"""Thai consonants: letters of one code point, without upper case or marks, so that `len` and slices count signs."""

NOVEL_WORDS = tuple(
    "bivo deku fonu gazi hebu jopa kifu lemi mogu nalo pivu rabo sefi tugo vaki wobe yemu zolu bokri danfe fulgi gosta "
    "hinpo jarlu kempo lurni mispo nurda pelko ronti sumga talfo vimbo wespa yolki zantu bradi climo dwesu flonu gromi "
    "klepa plinu skavo slumi snopa spegi trilo twani vraso zwelo bafik dogem fepul gidan hosem juvap kobir lasud motep "
    "nivag pudok ritam sobul tefin vugad wibot yapen zekum borvat daldim funtep gelsok hartun jimdel kastib lomper"
    .split()
)  # fmt: skip
"""Words of two syllables that we made up; none is in our list of English words."""

_WORD = re.compile(r"\w+")
_NUMERAL = re.compile(r"-?\d+", re.ASCII)

Pool = tuple[str | tuple[str, ...], ...]
"""Symbols that can stand for each other. Those in one tuple are of one kind, such as verbs."""


@dataclass(frozen=True)
class Symbols:
    """What a family's items are written with.

    `pools`: the symbols. `permuted` exchanges those of one pool, and none stands for one of its own kind. `fixed` ones
    stay as they are in `permuted`. `words`: symbols are whole words; else characters. `numbers`: whole numbers in
    inputs and outputs are written with them, too. `means`: the default world is what these symbols usually mean, as
    "north" means up. So with permuted symbols a model that recites takes each sign for its usual meaning.
    """

    pools: tuple[Pool, ...]
    fixed: tuple[str, ...] = ()
    words: bool = False
    numbers: bool = False
    means: bool = True

    @property
    def usual(self) -> list[str]:
        """All symbols."""
        return [*(each for pool in self.pools for kind in _kinds(pool) for each in kind), *self.fixed]

    def signs(self, level: str, rng: Random) -> "Signs":
        """A random bijection of a level of `SYMBOLS`."""
        if level == "usual":
            return USUAL
        if level == "permuted":
            table = {old: new for pool in self.pools for old, new in _exchanged(pool, rng).items()}
            return Signs(table, self.words, self.numbers)
        usual = self.usual
        there = _shuffled(rng, NOVEL_WORDS if self.words else tuple(NOVEL_LETTERS))
        to_novel = dict(zip(usual, there, strict=False))
        if len(to_novel) < len(usual):
            raise ValueError(f"{len(usual)} symbols are more than the {len(there)} novel signs")
        # Both ways, so that a reply in usual symbols is a reply in wrong ones.
        return Signs(to_novel | {new: old for old, new in to_novel.items()}, self.words, self.numbers, novel=True)


def _kinds(pool: Pool) -> list[tuple[str, ...]]:
    return [(kind,) if isinstance(kind, str) else kind for kind in pool]


def _shuffled(rng: Random, items: tuple[str, ...]) -> list[str]:
    return [item for _, item in sorted((rng.random(), item) for item in items)]


def _exchanged(pool: Pool, rng: Random) -> dict[str, str]:
    """A bijection of the pool on itself that gives each symbol one of another kind.

    The symbols stand in a circle, those of a kind together, and each moves on by more places than the largest kind has.
    """
    kinds = sorted((rng.random(), kind) for kind in _kinds(pool))
    circle = [symbol for _, kind in kinds for symbol in _shuffled(rng, kind)]
    largest = max(len(kind) for _, kind in kinds)
    by = largest + int(rng.random() * (len(circle) - 2 * largest + 1))
    return dict(zip(circle, circle[by:] + circle[:by], strict=True))


@dataclass(frozen=True, eq=False)
class Signs:
    """The sign that is written for each symbol.

    Called with a text in usual symbols, it gives the text as it is written: `signs("57")`. `back` is the inverse.
    `write` and `unwrite` do the same to inputs and outputs. `novel`: the signs are novel ones.
    """

    table: Mapping[str, str]
    words: bool = False
    numbers: bool = False
    novel: bool = False

    @property
    def usual(self) -> bool:
        """Whether each symbol is its own sign."""
        return not self.table

    @property
    def numbers_are_text(self) -> bool:
        """Whether whole numbers are written as texts, because their digits are none that Python knows."""
        return self.numbers and self.novel

    @cached_property
    def inverse(self) -> Mapping[str, str]:
        """The symbol of each sign."""
        return {sign: symbol for symbol, sign in self.table.items()}

    @cached_property
    def _inverse_in_any_case(self) -> Mapping[str, str]:
        return {sign.casefold(): symbol for sign, symbol in self.inverse.items()} | dict(self.inverse)

    def __call__(self, text: str) -> str:
        """The text as it is written; a word with a capital at the beginning of a sentence keeps it."""
        if self.words:
            return _WORD.sub(lambda word: self._sign(word[0]), text)
        return "".join([self.table.get(char, char) for char in text]) if self.table else text

    def in_order(self, said: str, symbols: str) -> str:
        """A sentence that lists signs in the order of their symbols; empty with usual symbols, whose order is known."""
        return "" if self.usual else f' {said} "{self(symbols)}".'

    def _sign(self, word: str) -> str:
        if word in self.table or not word.istitle():
            return self.table.get(word, word)
        return self.table[lower].capitalize() if (lower := word.lower()) in self.table else word

    def back(self, text: str) -> str:
        """The text in usual symbols. A sign in the other case counts as itself."""
        if not self.table:
            return text
        known = self._inverse_in_any_case
        if self.words:
            return _WORD.sub(lambda word: known.get(word[0], known.get(word[0].casefold(), word[0])), text)
        return "".join([known.get(char, known.get(char.swapcase(), char)) for char in text])

    def write(self, value: JSON) -> JSON:
        """An input or output as it is written."""
        return self._mapped(value, back=False)

    def unwrite(self, value: JSON) -> JSON:
        """An input or output in usual symbols."""
        return self._mapped(value, back=True)

    def _mapped(self, value: JSON, *, back: bool) -> JSON:
        if isinstance(value, str):
            text = self.back(value) if back else self(value)
            return int(text) if self.numbers_are_text and _NUMERAL.fullmatch(text) else text
        if isinstance(value, list):
            return [self._mapped(each, back=back) for each in value]
        if isinstance(value, dict):
            return {self.back(key) if back else self(key): self._mapped(each, back=back) for key, each in value.items()}
        if isinstance(value, bool) or value is None or self.words or self.usual:
            return value
        return self._number(value, back=back)

    def _number(self, value: int | float, *, back: bool) -> JSON:
        """A number whose digits are symbols. One of a task whose numerals are texts counts as its numeral."""
        if isinstance(value, float) and not value.is_integer():
            return value
        text = self.back(f"{int(value)}") if back else self(f"{int(value)}")
        return int(text) if self.numbers and _NUMERAL.fullmatch(text) else text

    def program(self, program: str) -> str:
        """A program in usual symbols, with a `solver` around its own that reads and writes these signs."""
        if self.words:
            text = '" ".join([table.get(word, word) for word in value.split(" ")])'
        else:
            text = '"".join([table.get(char, char) for char in value])'
        number = "int(translated(str(value), table))" if not self.novel else "translated(str(value), table)"
        return _PROGRAM.format(
            program=program,
            signs=dict(self.table),
            symbols=dict(self.inverse),
            text=text,
            numeral=_NUMERAL_LINES if self.numbers_are_text else "",
            number=_NUMBER_LINES.format(number=number) if self.numbers else "",
        )


_PROGRAM = """\
{program}

usual_solver = solver

def translated(value, table):
    if isinstance(value, str):
        text = {text}
{numeral}        return text
    if isinstance(value, list):
        return [translated(each, table) for each in value]
    if isinstance(value, dict):
        return {{translated(key, table): translated(each, table) for key, each in value.items()}}
{number}    return value

def solver(*arguments):
    signs = {signs}
    symbols = {symbols}
    return translated(usual_solver(*[translated(each, symbols) for each in arguments]), signs)
"""
_NUMERAL_LINES = """\
        if text.isascii() and text.lstrip("-").isdigit():
            return int(text)
"""
_NUMBER_LINES = """\
    if isinstance(value, int) and not isinstance(value, bool):
        return {number}
"""

USUAL = Signs(MappingProxyType({}))
"""Each symbol is its own sign."""
