"""Cascades: rewrite rules that are applied one after another, as the sound changes of a language are.

A step such as `a → e / _ i` changes every a before an i, all places at once, and hands its result to the next step
(Chomsky and Halle 1968, *The Sound Pattern of English*). A long cascade is easy to state and hard to carry out.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random

from solverlearner.task import Input, Rule, pick

from .string_functions import of_letters

_PROGRAM = """\
def solver(text: str) -> str:
    steps = {steps}
    for letter, becomes, before, after in steps:
        around = "#" + text + "#"
        text = "".join(
            becomes
            if around[i] == letter and before in ("", around[i - 1]) and after in ("", around[i + 1])
            else around[i]
            for i in range(1, len(around) - 1)
        )
    return text
"""
_PROBES = 24
_SHARE = 1 / 3
_MOST_TRIES = 400


@dataclass(frozen=True, order=True)
class Step:
    """One rewrite rule: `letter` becomes `becomes` (nothing: it is left out) between `before` and `after`.

    Of these two one is empty, which stands for any letter and the edge; "#" stands for the edge of the text.

    >>> Step("a", "e", "", "i").rewrite("aiaa"), str(Step("a", "e", "", "i"))
    ('eiaa', 'a → e / _ i')
    """

    letter: str
    becomes: str
    before: str
    after: str

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.before, "_", self.after)))
        return f"{self.letter} → {self.becomes or '∅'} / {place}"

    def rewrite(self, text: str) -> str:
        """The text with every such letter changed, all at once."""
        if self.letter not in text:
            return text
        around = f"#{text}#"
        letter, becomes, before, after = self.letter, self.becomes, self.before, self.after
        return "".join(
            [
                becomes if sign == letter and before in ("", left) and after in ("", right) else sign
                for left, sign, right in zip(around, text, around[2:], strict=False)
            ]
        )


def rewritten(steps: Iterable[Step], text: str) -> str:
    """The text after all steps, in order."""
    for step in steps:
        text = step.rewrite(text)
    return text


@lru_cache(maxsize=64)
def cascade_rule(steps: tuple[Step, ...], letters: str) -> Rule:
    """The steps as a rule over texts of these letters, named by them: "a → e / _ i; e → o / o _"."""
    listed = [(step.letter, step.becomes, step.before, step.after) for step in steps]

    def apply(x: Input) -> str | None:
        return rewritten(steps, str(x[0])) if of_letters(x, letters) else None

    return Rule("; ".join(map(str, steps)) or "unchanged", apply, _PROGRAM.format(steps=listed))


@cache
def all_steps(letters: str) -> tuple[Step, ...]:
    """Every step over these letters: each letter, what it may become, and where; each once.

    An a left out after an a is an a left out before one, whichever of a row is meant.
    """
    places = [(each, "") for each in f"{letters}#"] + [("", each) for each in f"{letters}#"]
    return tuple(
        Step(letter, becomes, before, after)
        for becomes in [*letters, ""]
        for letter in letters
        for before, after in places
        if becomes != letter and not (becomes == "" and before == letter)
    )


@lru_cache(maxsize=64)
def drawn_cascade(letters: str, count: int, stream: str) -> tuple[Step, ...]:
    """A cascade of a random stream. Each step changes a third of some random texts, as the steps before leave them."""
    rng = Random(stream)
    every = all_steps(letters)
    texts = ["".join(pick(rng, letters) for _ in range(8)) for _ in range(_PROBES)]
    found: list[Step] = []
    while len(found) < count:
        step = _useful(rng, every, texts, found[-1] if found else None)
        found.append(step)
        texts = [step.rewrite(text) or text for text in texts]
    return tuple(found)


def _useful(rng: Random, every: Sequence[Step], texts: Sequence[str], last: Step | None) -> Step:
    best, most = every[0], -1.0
    for _ in range(_MOST_TRIES):
        step = pick(rng, every)
        share = sum(step.rewrite(text) not in ("", text) for text in texts) / len(texts)
        if step != last and share > most:
            best, most = step, share
        if most >= _SHARE:
            break
    return best


def unneeded(steps: Sequence[Step], shots: Sequence[tuple[str, str]]) -> Iterator[int]:
    """The numbers of the steps, from 1, without which the cascade still gives all these outputs."""
    for place in range(len(steps)):
        rest = [*steps[:place], *steps[place + 1 :]]
        if all(rewritten(rest, x) == y for x, y in shots):
            yield place + 1
