"""Regular expressions as hidden rules: all languages of small expressions, each once, as deterministic automata.

An expression has letters, alternatives (`a|b`), sequences (`ab`), and the signs `*`, `+` and `?`. Its size is the
number of letters and operators; putting two parts in sequence counts as one operator. Expressions of one language are
the same rule, for which the smallest stands. Languages are compared by their minimal automata, which come of Glushkov's
construction and of the subset construction (Glushkov 1961; Hopcroft, Motwani and Ullman 2006, *Introduction to Automata
Theory*, chapters 2 to 4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from random import Random

from solverlearner.task import pick

ALTERNATIVES, SEQUENCE, REPEATED, ATOM = range(4)
"""How tightly an expression holds together, which decides about brackets."""

_SIGNS = "*+?"


@dataclass(frozen=True)
class Expression:
    """A regular expression with what Glushkov's construction needs: sets of its letters' places, as bits.

    `empty`: whether it matches the empty text. `first`, `last`: the places where a match may begin and end. `follow`:
    for each place those that may come next.
    """

    pattern: str
    holds: int
    letters: str
    empty: bool
    first: int
    last: int
    follow: tuple[int, ...]

    def inside(self, holds: int) -> str:
        """The pattern as a part of one that holds so tightly, in brackets where it has to be."""
        return self.pattern if self.holds >= holds else f"({self.pattern})"


def one_letter(letter: str) -> Expression:
    """The expression that matches one letter."""
    return Expression(letter, ATOM, letter, False, 1, 1, (0,))


def joined(one: Expression, two: Expression, alternatives: bool) -> Expression:
    """`one|two`, or `one` and then `two`."""
    shift = len(one.letters)
    first, last = two.first << shift, two.last << shift
    follow = (*one.follow, *(each << shift for each in two.follow))
    letters = one.letters + two.letters
    if alternatives:
        pattern = f"{one.inside(ALTERNATIVES)}|{two.inside(ALTERNATIVES)}"
        either = one.empty or two.empty
        return Expression(pattern, ALTERNATIVES, letters, either, one.first | first, one.last | last, follow)
    pattern = one.inside(SEQUENCE) + two.inside(SEQUENCE)
    follow = tuple(each | first if one.last >> place & 1 else each for place, each in enumerate(follow))
    begin = one.first | first if one.empty else one.first
    end = one.last | last if two.empty else last
    return Expression(pattern, SEQUENCE, letters, one.empty and two.empty, begin, end, follow)


def repeated(one: Expression, sign: str) -> Expression:
    """`one*`, `one+` or `one?`."""
    follow = one.follow
    if sign != "?":
        follow = tuple(each | one.first if one.last >> place & 1 else each for place, each in enumerate(follow))
    empty = one.empty or sign != "+"
    return Expression(one.inside(ATOM) + sign, REPEATED, one.letters, empty, one.first, one.last, follow)


@dataclass(frozen=True)
class Automaton:
    """A minimal deterministic automaton: for each state the next one by letter, and whether a text may end there.

    States are numbered in the order in which they are reached, so equal languages have equal automata.
    """

    alphabet: str
    steps: tuple[tuple[int, ...], ...]
    ends: tuple[bool, ...]

    def matches(self, text: str) -> bool:
        """Whether the whole text is in the language. Raises: ValueError for a letter outside of the alphabet."""
        state = 0
        for letter in text:
            state = self.steps[state][self.alphabet.index(letter)]
        return self.ends[state]

    def longest_part(self, text: str) -> str:
        """The longest part of a text that is in the language, of several the first; empty where there is none."""
        best = ""
        for start in range(len(text)):
            state = 0
            for end in range(start, len(text)):
                state = self.steps[state][self.alphabet.index(text[end])]
                if self.ends[state] and end + 1 - start > len(best):
                    best = text[start : end + 1]
        return best

    def without_empty(self) -> "Automaton":
        """The minimal automaton of the same language without the empty text."""
        # A start of its own, which no text comes back to.
        steps = [[after + 1 for after in row] for row in (self.steps[0], *self.steps)]
        return minimal(self.alphabet, steps, [False, *self.ends])

    @cached_property
    def _counts(self) -> list[list[int]]:
        """For each length how many texts of that length lead from each state to an end; grows as it is asked."""
        return [[int(end) for end in self.ends]]

    def count(self, length: int, state: int = 0) -> int:
        """How many texts of this length are in the language."""
        counts = self._counts
        while len(counts) <= length:
            counts.append([sum(counts[-1][after] for after in row) for row in self.steps])
        return counts[length][state]

    def draw(self, rng: Random, length: int) -> str:
        """A text of this length that is in the language, all equally likely; there must be one."""
        state, text = 0, ""
        for left in range(length - 1, -1, -1):
            place = int(rng.random() * sum(self.count(left, after) for after in self.steps[state]))
            for letter, after in zip(self.alphabet, self.steps[state], strict=True):
                if (place := place - self.count(left, after)) < 0:
                    text, state = text + letter, after
                    break
        return text


def automaton(expression: Expression, alphabet: str) -> Automaton:
    """The minimal automaton of an expression."""
    letters = [sum(1 << i for i, each in enumerate(expression.letters) if each == letter) for letter in alphabet]
    number, states = {-1: 0}, [-1]  # −1: nothing read yet; others: the places where the last letter may stand
    steps: list[list[int]] = []
    for state in states:
        reach = expression.first if state == -1 else _followers(expression, state)
        row = [reach & mask for mask in letters]
        for after in row:
            if after not in number:
                number[after] = len(states)
                states.append(after)
        steps.append([number[after] for after in row])
    ends = [expression.empty if state == -1 else bool(state & expression.last) for state in states]
    return minimal(alphabet, steps, ends)


def _followers(expression: Expression, state: int) -> int:
    reach = 0
    for place, after in enumerate(expression.follow):
        if state >> place & 1:
            reach |= after
    return reach


def minimal(alphabet: str, steps: Sequence[Sequence[int]], ends: Sequence[bool]) -> Automaton:
    """The smallest automaton of the same language (Moore's refinement), its states in the order of reaching them."""
    kind = [int(end) for end in ends]
    while True:
        names: dict[tuple[int, ...], int] = {}
        finer = [
            names.setdefault((kind[i], *(kind[after] for after in row)), len(names)) for i, row in enumerate(steps)
        ]
        if len(names) == len(set(kind)):
            break
        kind = finer
    order, first = {kind[0]: 0}, [0]
    found: list[tuple[int, ...]] = []
    for state in first:
        for after in steps[state]:
            if kind[after] not in order:
                order[kind[after]] = len(first)
                first.append(after)
        found.append(tuple(order[kind[after]] for after in steps[state]))
    return Automaton(alphabet, tuple(found), tuple(bool(ends[state]) for state in first))


@cache
def languages(alphabet: str, size: int) -> tuple[tuple[str, Automaton], ...]:
    """The languages whose smallest expression has this size, each with that expression's pattern."""
    return tuple((each.pattern, machine) for each, machine in _representatives(alphabet, size))


@cache
def _representatives(alphabet: str, size: int) -> tuple[tuple[Expression, Automaton], ...]:
    known = {machine for smaller in range(1, size) for _, machine in _representatives(alphabet, smaller)}
    found: dict[Automaton, Expression] = {}
    for expression in _candidates(alphabet, size):
        machine = automaton(expression, alphabet)
        if machine not in known:
            found.setdefault(machine, expression)
    return tuple((expression, machine) for machine, expression in found.items())


def _candidates(alphabet: str, size: int) -> Iterator[Expression]:
    if size == 1:
        yield from map(one_letter, alphabet)
        return
    for one, _ in _representatives(alphabet, size - 1):
        yield from (repeated(one, sign) for sign in _SIGNS if one.holds != REPEATED)
    for left in range(1, size - 1):
        for one, _ in _representatives(alphabet, left):
            for two, _ in _representatives(alphabet, size - 1 - left):
                yield joined(one, two, alternatives=False)
                if left <= size - 1 - left:
                    yield joined(one, two, alternatives=True)


def random_text(rng: Random, alphabet: str, shortest: int, longest: int) -> str:
    """A text whose length and letters are equally likely."""
    length = shortest + int(rng.random() * (longest + 1 - shortest))
    return "".join([pick(rng, alphabet) for _ in range(length)])
