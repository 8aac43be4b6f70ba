"""Strictly local functions as tasks: isl, losl and rosl, with characteristic samples as shots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from solverlearner.task import JSON, Check, Input, Item, Rule, Split, Told, pick, text_table

from .local_learner import Transducer, characteristic_sample, learn
from .string_functions import Local, local_rule, of_letters, one_change
from .text_task import TextTask, unchanged

_HOW = {
    "isl": "Every letter is copied, with {exceptions}, which {go} by the text as it was given",
    "losl": "The output is written from left to right: every letter is copied to its end, with {exceptions}",
    "rosl": "The text is read from right to left, and the output is written from its end to its beginning: every "
    "letter is copied to the front of the output, with {exceptions}, whose letters keep the order given here",
}
_DECIDES = {
    "isl": "What is written for a letter depends on it and on {others} next to it in the given text",
    "losl": "The output is written from left to right, and what is written for a letter depends on it and on the "
    "{others} written last",
    "rosl": "The output is written from its end to its beginning, and what is written for a letter depends on it and "
    "on the {others} written last",
}

_READ_TABLE = {
    "isl": "Texts are rewritten letter by letter. Where a letter of the given text stands between these letters of the "
    "given text, the last column is written for it",
    "losl": "The output is written from left to right, letter by letter. Where the output so far ends in the letters "
    "of the first column, the last column is written for the letter",
    "rosl": "The text is read from right to left, and the output is written from its end to its beginning. Where the "
    "output so far begins with the letters of the third column, the last column is written for the letter",
}


@dataclass(frozen=True, kw_only=True)
class Rewriting(TextTask):
    """One strictly local function. `characteristic`: the shots begin with its characteristic sample."""

    function: Local
    characteristic: bool = False

    @property
    def rule(self) -> Rule:
        """This function."""
        return _rule(self.function, self.letters)

    def family(self) -> Sequence[Rule]:
        """No change, every function with one change, and this function.

        With one change all that a learner could take for it is listed. With more the number that fits says that no
        simpler function does; what the shots leave open is `uncovered`.
        """
        return _family(self.function, self.letters)

    def learned(self, shots: Sequence[Item]) -> Rule | None:
        """The function that the polynomial-time learner finds; None where the shots say too little for it."""
        sample = [(str(shot.input[0]), str(shot.expected)) for shot in shots]
        found = learn(self.function.side, self.function.k, self.letters, sample)
        if found is None:
            return None
        return self.rule if found == _transducer(self.function, self.letters) else _learned(found, self.letters)

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """The windows of k letters that no shot shows, as "aab; bbc;"; None with one change or none."""
        if len(self.function.changes) <= 1:
            return None
        shown = {w for shot in shots if shot.expected == self.rule.apply(shot.input) for w in self._windows(shot)}
        return " ".join(f"{window};" for window in sorted(_reachable(self.function, self.letters) - shown))

    def _windows(self, shot: Item) -> Iterator[str]:
        return self.function.windows(str(shot.input[0]))

    def draw(self, rng: Random, split: Split) -> Input:
        """A random text that the function changes, and none of the sample where this stands among the shots."""
        x = super().draw(rng, split)
        while self.characteristic and x[0] in characteristic_sample(self.function, self.letters):
            x = super().draw(rng, split)
        return x

    def first_shots(self) -> Sequence[Input]:
        """The characteristic sample, where it is asked for."""
        return [(text,) for text in self._sample]

    @property
    def _sample(self) -> tuple[str, ...]:
        return characteristic_sample(self.function, self.letters) if self.characteristic else ()

    def framing(self, told: Told) -> str:
        """The function; or that it is local; or that texts become texts."""
        texts = f"of the letters {self.listed}"
        if told == "rule":
            one = len(self.function.changes) == 1
            several = ("this exception", "goes") if one else ("these exceptions", "all go")
            how = _HOW[self.function.side].format(exceptions=several[0], go=several[1])
            return f"Texts {texts} are rewritten. {how}:\n{self.function.stated(self.signs)}"
        if told == "none":
            return "A hidden rule turns one text into another."
        unknown = f"Texts {texts} are rewritten by an unknown rule, the same for all texts."
        if told == "domain":
            return unknown
        others = "1 letter" if self.function.k == 2 else f"{self.function.k - 1} letters"
        most = "Most letters are copied; others become another letter, two letters or nothing."
        return f"{unknown} {most} {_DECIDES[self.function.side].format(others=others)}."

    def rule_table(self) -> str:
        """The changes as a table: the letters around a letter, the letter, and what is written for it."""
        function = self.function
        changes = [(self.signs(window), self.signs(written)) for window, written in function.changes]
        rows = [
            [w[: function.before] or "any", w[function.before], w[function.before + 1 :] or "any", written or "nothing"]
            for w, written in changes
        ]
        table = text_table(["letters before", "letter", "letters after", "written"], rows)
        return f"{_READ_TABLE[function.side]}. All other letters are copied.\n\n{table}"

    def checks(self, rng: Random) -> Sequence[Check]:
        """The smallest text in which one of the changes takes place."""
        window = pick(rng, self._checkable)
        return [self.check(f'What does the text "{self.signs(window)}" become?', self.function.rewrite(window))]

    @property
    def _checkable(self) -> list[str]:
        return [window for window, _ in self.function.changes]


@lru_cache(maxsize=64)
def _rule(function: Local, letters: str) -> Rule:
    return local_rule(function, letters)


@lru_cache(maxsize=64)
def _family(function: Local, letters: str) -> tuple[Rule, ...]:
    simple = one_change(function.side, function.k, letters)
    own = [] if len(function.changes) == 1 else [_rule(function, letters)]
    return (unchanged(letters), *simple, *own)


def _learned(found: Transducer, letters: str) -> Rule:
    def apply(x: Input) -> JSON:
        return found.rewrite(str(x[0])) if of_letters(x, letters) else None

    return Rule("learned", apply, found.program)


@lru_cache(maxsize=64)
def _transducer(function: Local, letters: str) -> Transducer | None:
    sample = [(text, function.rewrite(text)) for text in characteristic_sample(function, letters)]
    return learn(function.side, function.k, letters, sample)


@lru_cache(maxsize=64)
def _reachable(function: Local, letters: str) -> frozenset[str]:
    """All windows that some text has: those of the sample, whose texts go over every transition."""
    return frozenset(w for text in characteristic_sample(function, letters) for w in function.windows(text))
