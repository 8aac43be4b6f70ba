"""Given item: an item of a corpus whose hidden rule is known by its published answer alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from solverlearner.task import JSON, Input, Rule, Split, Task, Told, bare, last_boxed


@dataclass(frozen=True)
class GivenItem(Task):
    """One question with its published answer. It has no family, no default world and no words of ours."""

    of: str
    answer: str
    asked: str

    role: ClassVar[str] = "an expert"
    signature: ClassVar[str] = "solver(text: str) -> str"

    @property
    def name(self) -> str:  # type: ignore[override]
        """The name of the corpus's task."""
        return self.of

    @property
    def variant(self) -> str:
        """Always "published"."""
        return "published"

    @property
    def rule(self) -> Rule:
        """Gives the published answer to this one question."""
        return Rule("published", lambda x: self.answer if x == (self.asked,) else None, "")

    @property
    def default_world(self) -> None:
        """Unknown."""
        return

    def family(self) -> Sequence[Rule]:
        """Unknown."""
        return ()

    def draw(self, rng: Random, split: Split) -> Input:
        """The question."""
        return (self.asked,)

    def framing(self, told: Told) -> str:
        """The corpus's own prompt holds it."""
        return ""

    def show(self, x: Input, told: Told) -> str:
        """The question."""
        return str(x[0])

    def read(self, text: str) -> JSON:
        """The boxed text."""
        return last_boxed(text)

    def contract(self, told: Told) -> str:
        """Never asked for a program."""
        return ""

    def equal(self, expected: JSON, value: JSON) -> bool:
        """The same signs, whatever their case and the blanks between them."""
        return isinstance(value, str) and _compact(value) == _compact(str(expected))


def _compact(text: str) -> str:
    return "".join(bare(text).lower().split())
