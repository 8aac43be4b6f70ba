"""Strictly local functions: texts rewritten letter by letter, each letter by the few letters around it.

A function is *input strictly local* (isl) if what is written for a letter depends on a window of k letters of the given
text (Chandlee, Eyraud and Heinz 2014, "Learning strictly local subsequential functions"). It is *output strictly local*
if it depends on the letter and on the k − 1 letters that were written last, from the left (losl) or from the right
(rosl) (Chandlee, Eyraud and Heinz 2015, "Output strictly local functions"). The functions here copy each letter, but
for a few windows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import product
from random import Random

from solverlearner.task import JSON, Input, Rule, pick, shuffled

LOCAL = ("isl", "losl", "rosl")

_ISL = """\
def solver(text: str) -> str:
    changes = {changes}
    output = ""
    for place, letter in enumerate(text):
        window = text[max(place - {before}, 0) : place + {reach}]
        output += changes.get(window, letter)
    return output
"""
_LOSL = """\
def solver(text: str) -> str:
    changes = {changes}
    output = ""
    for letter in text:
        output += changes.get(output[-{before}:] + letter, letter)
    return output
"""
_ROSL = """\
def solver(text: str) -> str:
    changes = {changes}
    output = ""
    for letter in reversed(text):
        output = changes.get(letter + output[:{after}], letter) + output
    return output
"""
_PROGRAMS = {"isl": _ISL, "losl": _LOSL, "rosl": _ROSL}
_PROBES = 200
_MOST_OVERLAPS = 4


@dataclass(frozen=True)
class Local:
    """A function that copies letters, but for `changes`: pairs of a window and what is written for its letter.

    A window has `before` letters, the letter itself, and `after` letters. For isl they are letters of the given text;
    for losl (`after` = 0) and rosl (`before` = 0) all but the letter itself are letters of the output.

    >>> Local("isl", 1, 0, (("ab", "c"),)).rewrite("abb"), Local("losl", 1, 0, (("ab", "a"),)).rewrite("abb")
    ('acb', 'aaa')
    """

    side: str
    before: int
    after: int
    changes: tuple[tuple[str, str], ...]
    _of: dict[str, str] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_of", dict(self.changes))

    @property
    def k(self) -> int:
        """The number of letters in a window."""
        return self.before + 1 + self.after

    @property
    def name(self) -> str:
        """ "isl a(b)=c": what is written for b after a; "copy" without a change."""
        return f"{self.side} " + " ".join(f"{self._marked(window)}={written}" for window, written in self.changes)

    def _marked(self, window: str) -> str:
        return f"{window[: self.before]}({window[self.before]}){window[self.before + 1 :]}"

    def rewrite(self, text: str) -> str:
        """The output for a text."""
        changes, before, after = self._of, self.before, self.after
        if self.side == "isl":
            windows = [text[max(i - before, 0) : i + 1 + after] for i in range(len(text))]
            return "".join([changes.get(w, letter) for w, letter in zip(windows, text, strict=True)])
        output = ""
        if self.side == "losl":
            for letter in text:
                output += changes.get(output[-before:] + letter, letter)
        else:
            for letter in reversed(text):
                output = changes.get(letter + output[:after], letter) + output
        return output

    def windows(self, text: str) -> Iterator[str]:
        """The whole windows that decide on the letters of a text."""
        if self.side == "isl":
            yield from (text[i : i + self.k] for i in range(len(text) - self.k + 1))
            return
        letters, output = (text, "") if self.side == "losl" else (text[::-1], "")
        for letter in letters:
            left = self.side == "losl"
            window = output[-self.before :] + letter if left else letter + output[: self.after]
            written = self._of.get(window, letter)
            output = output + written if left else written + output
            if len(window) == self.k:
                yield window

    @property
    def program(self) -> str:
        """The function as a program."""
        return _PROGRAMS[self.side].format(
            changes=dict(self.changes), before=self.before, after=self.after, reach=self.after + 1
        )

    def stated(self, signs: Callable[[str], str] = str) -> str:
        """The changes in words, a line each; `signs` writes the letters."""
        return "\n".join(f"- {self._change(*map(signs, change))}." for change in self.changes)

    def _change(self, window: str, written: str) -> str:
        left, letter, right = window[: self.before], window[self.before], window[self.before + 1 :]
        becomes = f'"{letter}" becomes "{written}"' if written else f'"{letter}" is left out'
        if self.side == "losl":
            return f'{becomes} where the output so far ends in "{left}"'
        if self.side == "rosl":
            return f'{becomes} where the output so far begins with "{right}"'
        if left and right:
            return f'{becomes} between "{left}" and "{right}"'
        return f'{becomes} right after "{left}"' if left else f'{becomes} right before "{right}"'


def local_rule(function: Local, letters: str) -> Rule:
    """The function as a rule over texts of these letters."""

    def apply(x: Input) -> JSON:
        return function.rewrite(str(x[0])) if of_letters(x, letters) else None

    return Rule(function.name, apply, function.program)


def of_letters(x: Input, letters: str) -> bool:
    """Whether an input is one text of these letters."""
    return len(x) == 1 and isinstance(x[0], str) and set(x[0]).issubset(letters)


def shapes(side: str, k: int) -> list[tuple[int, int]]:
    """How many letters a window may have before and after its letter."""
    if side == "losl":
        return [(k - 1, 0)]
    return [(0, k - 1)] if side == "rosl" else [(k - 1 - after, after) for after in range(k)]


def _written(letter: str, letters: str) -> list[str]:
    """All that may be written in place of a letter: nothing, another letter, or two letters."""
    every = ["", *letters, *map("".join, product(letters, repeat=2))]
    return [each for each in sorted(every, key=lambda text: (abs(len(text) - 1), text)) if each != letter]


@cache
def one_change(side: str, k: int, letters: str) -> tuple[Rule, ...]:
    """The rules with one change, each once, another letter in place of one first.

    With input windows one function can have two forms: an a left out of "aa" is the first or the second one.
    """
    found = [
        Local(side, before, after, ((window, written),))
        for before, after in shapes(side, k)
        for window in map("".join, product(letters, repeat=k))
        for written in _written(window[before], letters)
    ]
    found.sort(key=lambda function: abs(len(function.changes[0][1]) - 1))
    different: dict[object, Local] = {}
    for function in found:
        different.setdefault(_behaviour(function) if side == "isl" else function, function)
    return tuple(local_rule(function, letters) for function in different.values())


def _behaviour(function: Local) -> object:
    """What two functions with one change have in common exactly if they are equal.

    Apart from the window nothing is changed, so they differ in the window itself or where several windows overlap.
    """
    window, _ = function.changes[0]
    overlaps = [shift for shift in range(1, len(window)) if window.startswith(window[shift:])]
    texts = rows = [window]
    for _ in range(_MOST_OVERLAPS):
        rows = [row + window[len(window) - shift :] for row in rows for shift in overlaps]
        texts = texts + rows
    return window, tuple(function.rewrite(text) for text in texts)


@lru_cache(maxsize=64)
def drawn_function(side: str, k: int, letters: str, changes: int, stream: str) -> Local:
    """A function of a random stream, each of whose changes is needed for some text."""
    rng = Random(stream)
    probes = ["".join(pick(rng, letters) for _ in range(2 * k + 4)) for _ in range(_PROBES)]
    before, after = pick(rng, shapes(side, k))
    windows = [*map("".join, product(letters, repeat=k))]
    while True:
        chosen = sorted(shuffled(rng, windows)[:changes])
        found = Local(side, before, after, tuple((w, pick(rng, _written(w[before], letters))) for w in chosen))
        if changes == 1 and found.name not in _names(side, k, letters):
            continue
        if all(any(found.rewrite(text) != less.rewrite(text) for text in probes) for less in _without_one(found)):
            return found


@cache
def _names(side: str, k: int, letters: str) -> frozenset[str]:
    return frozenset(rule.name for rule in one_change(side, k, letters))


def _without_one(function: Local) -> Iterator[Local]:
    for place in range(len(function.changes)):
        rest = function.changes[:place] + function.changes[place + 1 :]
        yield Local(function.side, function.before, function.after, rest)
