"""Rewriting: texts that become other texts by local changes or by a cascade of rules, or that match an expression."""

from dataclasses import dataclass
from typing import Any, ClassVar

from solverlearner.task import Tasks, UsageError, check_choice, check_range

from .cascade_task import Cascade
from .cascades import drawn_cascade
from .local_task import Rewriting
from .regular_task import OUTPUTS, Matching, drawn_language
from .string_functions import LOCAL, drawn_function
from .text_task import TextTask

KINDS = (*LOCAL, "cascade", "regex")
SAMPLES = ("random", "characteristic")

_LETTERS = {"cascade": "aitkeospun", "regex": "abcd"}
_MOST_LETTERS = {"cascade": 10, "regex": 4}
_MOST_WINDOWS = 700
_DEFAULTS = {"cascade": (6, 4), "regex": (3, 5)}


@dataclass(frozen=True)
class Rewrites(Tasks):
    """Rules over texts: another one in each episode, or with `number` the same in all.

    `function` is one of `KINDS`. `alphabet` and `rules` are null for the usual of a kind: 3 letters and 2 changes; 6
    letters and 4 steps of a cascade; 3 letters and size 5 of a regular expression. `letters` is the length of the
    longest text; queries have exactly `query_letters`, if that is given.
    """

    function: str = "isl"
    k: int = 2
    alphabet: int | None = None
    rules: int | None = None
    output: str = "yes_no"
    sample: str = "random"
    letters: int = 7
    query_letters: int | None = None
    number: int | None = None

    kind: ClassVar[str] = "rewrite"
    name: ClassVar[str] = "rewrite"
    query_options: ClassVar[tuple[str, ...]] = ("query_letters",)

    def __post_init__(self) -> None:
        check_choice("kind", self.function, KINDS)
        check_choice("output", self.output, OUTPUTS)
        check_choice("sample", self.sample, SAMPLES)
        check_range("k", self.k, 2, 4)
        check_range("letters", self.letters, 4, 40)
        self._check_sizes()
        if self.query_letters is not None:
            check_range("query_letters", self.query_letters, 2, 200)
        if self.number is not None:
            check_range("number", self.number, 0, 1_000_000)
        if self.sample == "characteristic" and self.function not in LOCAL:
            raise UsageError("sample=characteristic", f"is there for kind={', '.join(LOCAL)}; leave it out")

    def _check_sizes(self) -> None:
        if self.alphabet is not None:
            check_range("alphabet", self.alphabet, 2, _MOST_LETTERS.get(self.function, 6))
        if self.rules is not None:
            most = {"cascade": 40, "regex": 6}.get(self.function, 6)
            check_range("rules", self.rules, 4 if self.function == "regex" else 1, most)
        if self.function in LOCAL and len(self._alphabet) ** self.k > _MOST_WINDOWS:
            raise UsageError(f"alphabet={self.alphabet}", f"makes too many windows of k={self.k} letters; lower one")

    @property
    def variant(self) -> str:
        """ "isl-2", "cascade-4", "regex-5"; what differs from the usual of a kind is named too."""
        letters, rules = _DEFAULTS.get(self.function, (3, 2))
        first = self.k if self.function in LOCAL else self._rules
        parts: list[str | int] = [self.function, first]
        parts += ["letters", len(self._alphabet)] if len(self._alphabet) != letters else []
        parts += ["rules", self._rules] if self.function in LOCAL and self._rules != rules else []
        parts += ["part"] if self.function == "regex" and self.output == "part" else []
        parts += [self.sample] if self.sample != "random" else []
        parts += ["to", self.letters] if self.letters != 7 else []
        parts += ["query", self.query_letters] if self.query_letters else []
        parts += ["number", self.number] if self.number is not None else []
        return "-".join(map(str, parts))

    @property
    def world(self) -> str | None:
        """Text unchanged; a regular expression has no default world."""
        return None if self.function == "regex" else "unchanged"

    @property
    def _alphabet(self) -> str:
        usual, _ = _DEFAULTS.get(self.function, (3, 2))
        return _LETTERS.get(self.function, "abcdef")[: self.alphabet or usual]

    @property
    def _rules(self) -> int:
        return self.rules or _DEFAULTS.get(self.function, (3, 2))[1]

    def of_episode(self, seed: int, index: int) -> TextTask:
        """The task of an episode's rule."""
        place = f"{seed}/{index}" if self.number is None else str(self.number)
        stream = f"rewrite/{self.function}/{place}"
        shared: dict[str, Any] = {
            "letters": self._alphabet,
            "longest": self.letters,
            "query_length": self.query_letters,
            "named": self.variant,
        }
        if self.function == "cascade":
            return Cascade(steps=drawn_cascade(self._alphabet, self._rules, stream), **shared)
        if self.function == "regex":
            pattern = drawn_language(self._alphabet, self._rules, self.letters, self.output, stream)
            return Matching(pattern=pattern, size=self._rules, output=self.output, **shared)
        function = drawn_function(self.function, self.k, self._alphabet, self._rules, stream)
        return Rewriting(function=function, characteristic=self.sample == "characteristic", **shared)
