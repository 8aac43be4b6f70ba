"""Task: a hidden mapping function, the words for it, and the rules that a learner could confuse with it.

A task is a pure function of its own fields: it draws inputs from a generator it is handed, applies its rule, states
it, and reads an answer. A new one is one module in `tasks/` and one YAML in `conf/task/`. Modules in `tasks/` import
this module and the standard library, nothing else.
"""

import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar, Literal, TypeAlias, TypeVar

from solverlearner.errors import UsageError, check_choice, check_range

__all__ = [
    "JSON", "Check", "Input", "Item", "Published", "Rule", "Split", "Task", "Told", "UsageError",
    "check_choice", "check_range", "last_boxed", "pick",
]  # fmt: skip

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""A plain value: what goes to a program and comes back, and what stands in a row."""

Input: TypeAlias = tuple[JSON, ...]
"""The positional arguments of the mapping function."""

Told = Literal["rule", "none", "domain", "strong"]
"""What the model is told: the rule itself, or, where it has to induce it, nothing, its domain, or its family."""

Split = Literal["shots", "queries"]

T = TypeVar("T")


@dataclass(frozen=True)
class Item:
    """One input with the value that the hidden mapping gives it."""

    input: Input
    expected: JSON


@dataclass(frozen=True)
class Published:
    """One line of a published set: an input to ask about, and the inputs of its demonstrations, if it has any."""

    query: Input
    shots: Sequence[Input] = ()


@dataclass(frozen=True)
class Rule:
    """One hypothesis of a family: a mapping, and the same mapping as a Python program that defines `solver`.

    `apply` gives None for an input that the rule does not cover (a digit "9" under base 8).
    """

    name: str
    apply: Callable[[Input], JSON]
    program: str


@dataclass(frozen=True)
class Check:
    """One question whether the model understands the stated rule at all (the CCC of Wu et al. 2023).

    Asked after `framing("rule")`, with its own answer format; passed when `equal(expected, read(text))`.
    """

    question: str
    answer_format: str
    expected: JSON
    reply: Callable[[JSON], str]
    read: Callable[[str], JSON]
    equal: Callable[[JSON, JSON], bool] = operator.eq


class Task(ABC):
    """One mapping function f: x → y with its words, default world, family and reader."""

    name: ClassVar[str]
    role: ClassVar[str]
    signature: ClassVar[str]

    @property
    @abstractmethod
    def variant(self) -> str:
        """Short name of this setting of the options, unique within the task: "base-9"."""

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """The hidden mapping."""

    @property
    @abstractmethod
    def default_world(self) -> Rule:
        """The mapping that a model applies which recites: base 10, SVO, north is up, text unchanged."""

    @abstractmethod
    def family(self) -> Sequence[Rule]:
        """Every rule that a learner could confuse with this one, the most plausible first; contains `rule`."""

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """What the shots leave open where the family is too large to list (letters that none shows), else None."""
        return None

    @abstractmethod
    def draw(self, rng: Random, split: Split) -> Input:
        """One random input; uses only `rng.random()`, whose sequence Python promises to keep."""

    def key(self, x: Input) -> Hashable:
        """Two inputs with equal keys count as the same item, so never as a shot and a query."""
        return repr(x)

    def load(self, stored: JSON) -> Input:
        """The input that a stored row holds: its JSON list of arguments, or its only argument."""
        return tuple(stored) if isinstance(stored, list) else (stored,)

    def published(self) -> Iterable[Published] | None:
        """The lines of the published set that the options ask for, in its order; None where items are drawn."""
        return None

    def published_file(self, few_shot: bool) -> Iterable[str] | None:
        """The lines of that set's own file, or of the one with demonstrations; None where there is no such file."""
        return None

    def checks(self, rng: Random) -> Sequence[Check]:
        """One draw of the comprehension checks, none by default; a function of `rng` as `draw` is."""
        return ()

    @abstractmethod
    def framing(self, told: Told) -> str:
        """The paragraph before the examples: the rule stated (told="rule"), or what is said in its place."""

    @abstractmethod
    def show(self, x: Input, told: Told) -> str:
        """The input as text in a demonstration; told="none" must not give the domain away."""

    def write(self, y: JSON) -> str:
        """The output as text in a demonstration."""
        return str(y)

    def question(self, x: Input, told: Told) -> str:
        """The query that the model itself is to answer."""
        return f"What is the output for {self.show(x, told)}?"

    @property
    def answer_format(self) -> str:
        r"""The sentence that asks for the one format which `read` reads: `\boxed{result}`, as in Wu et al. 2023."""
        return r'End the response with the result in "\boxed{result}".'

    def reply(self, y: JSON) -> str:
        r"""A reply in that format; `read(reply(y)) == y`."""
        return rf"\boxed{{{y}}}"

    @abstractmethod
    def read(self, text: str) -> JSON:
        """The answer in a model's reply, None where there is none."""

    @abstractmethod
    def contract(self, told: Told) -> str:
        """What the arguments of `solver` are and what it returns, in one or two sentences."""

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Whether an answer or a program's value counts as the expected one."""
        return value == expected


def pick(rng: Random, items: Sequence[T]) -> T:
    """One element, from one `rng.random()`: the same on every Python, which `Random.choice` does not promise."""
    return items[int(rng.random() * len(items))]


_BOXED = re.compile(r"\\boxed\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_FOLLOWS = re.compile(r"\s*(?:=|is)\s*\$?\s*([^\s$.,;]+)")
_TEXT = re.compile(r"\\(?:text|mathrm|mathbf|texttt)\{([^{}]*)\}")


def last_boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}` of a reply, without LaTeX's text commands; None where there is none.

    A model that copies the format literally and goes on, `\boxed{result} = 90`, has answered 90.
    """
    found = list(_BOXED.finditer(text))
    if not found:
        return None
    match = found[-1]
    inside = _TEXT.sub(r"\1", match[1]).strip()
    if inside == "result":
        follows = _FOLLOWS.match(text, match.end())
        return follows[1] if follows else None
    return inside or None
