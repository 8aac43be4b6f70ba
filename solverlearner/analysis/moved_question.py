"""One question asked twice, with nothing told (`closed`) and with something: how far its answers and tokens moved.

Each value is computed once, however many parts of the questions it is averaged over.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from solverlearner.analysis.divergence import (
    Shift,
    answer_draw,
    cp_as_coded,
    cp_of_paper,
    cp_pooled,
    partition,
    shift,
)
from solverlearner.analysis.draws import Prompt, numbered
from solverlearner.analysis.persuasion import Outcome, moved, outcome
from solverlearner.analysis.uncertainty import entropies
from solverlearner.design.setting import ASKABLE, CLOSED
from solverlearner.task import normal_form, rouge_l

ROUGE_MATCH = 0.3
"""ROUGE-L above it counts as the same answer in DYNAMICQA's code."""


class Movement(NamedTuple):
    """The entropy of a question's closed answers in nats, how far a setting moved them, and its partition."""

    entropy: float
    moved: float
    partition: str = ""


class TokenMove(NamedTuple):
    """The divergence of a question's tokens, and its Coherent Persuasion (CP) in nats, each as `divergence` defines it.

    `itself` is the CP of the closed completions with themselves.
    """

    shift: Shift
    paper: float
    coded: float
    pooled: float
    itself: float


@dataclass(frozen=True, eq=False)
class MovedQuestion:
    """The prompts of one question: `closed`, and `told` in another setting."""

    closed: Prompt
    told: Prompt

    @cached_property
    def outcome(self) -> Outcome | None:
        """What became of the most frequent closed answer; None where it is the target already."""
        groups = self._numbers
        on_target = [*self.closed.on_target, *self.told.on_target]
        target = next((group for group, hit in zip(groups, on_target, strict=True) if hit), None)
        count = len(self.closed.answers)
        return outcome(groups[:count], groups[count:], target)

    @cached_property
    def movement(self) -> Movement:
        """Its closed entropy and its share of draws that moved to the target."""
        by = moved([*map(bool, self.closed.on_target)], [*map(bool, self.told.on_target)])
        return Movement(entropies(self.closed.groups).discrete, by, str(self.told.facts.get("partition", "")))

    @property
    def has_draws(self) -> bool:
        """Whether both sides have several draws."""
        return min(len(self.closed.answers), len(self.told.answers)) > 1

    @cached_property
    def answers(self) -> Shift:
        """The divergence of the answers. Needs `has_draws`."""
        draws, count = [answer_draw(group) for group in self._numbers], len(self.closed.answers)
        return shift(draws[:count], draws[count:])

    @property
    def has_tokens(self) -> bool:
        """Whether both sides have the token distributions of several draws."""
        return all(len(prompt.means or []) > 1 for prompt in (self.closed, self.told))

    @property
    def lengths(self) -> list[int]:
        """How many tokens each completion has."""
        return [len(tokens) for prompt in (self.closed, self.told) for tokens in prompt.chosen or [[]]]

    @cached_property
    def tokens(self) -> TokenMove:
        """The divergences of the tokens. Needs `has_tokens`."""
        closed, told = self.closed.means, self.told.means
        assert closed
        assert told
        before, after = partition(self.closed.groups), partition(self.told.groups)
        paper = cp_of_paper(told, closed, after, before)  # the code differs in infinite terms alone
        return TokenMove(
            shift(closed, told),
            paper,
            paper if math.isfinite(paper) else cp_as_coded(told, closed, after, before),
            cp_pooled(told, closed),
            cp_as_coded(closed, closed, before, before),
        )

    @cached_property
    def coded(self) -> list[tuple[bool, bool]] | None:
        """Whether each draw is persuaded and stubborn, as DYNAMICQA's code has it; None but for free text."""
        if not (self.closed.said and self.told.said):
            return None
        both = zip(self.closed.said, self.told.said, strict=False)
        hits = [(same_by_rouge(after, self.told.expected), before, after) for before, after in both]
        return [(hit, not hit and same_by_rouge(after, before)) for hit, before, after in hits]

    @property
    def _numbers(self) -> list[int]:
        """The meanings of the closed answers and then of the others."""
        return numbered([*self.closed.answers, *self.told.answers])


def moved_questions(prompts: Sequence[Prompt]) -> dict[str, list[MovedQuestion]]:
    """By each setting whose completions are answers, the questions that it and `closed` have; no empty lists."""
    closed = {(p.cluster, p.query): p for p in prompts if p.setting == CLOSED.name}
    found: dict[str, list[MovedQuestion]] = {}
    for name, setting in ASKABLE.items():
        told = [p for p in prompts if p.setting == name and (p.cluster, p.query) in closed]
        if told and setting is not CLOSED and not setting.writes_program:
            found[name] = [MovedQuestion(closed[p.cluster, p.query], p) for p in told]
    return found


def same_form(one: str, other: str) -> bool:
    """Whether two texts have one normal form."""
    return normal_form(one) == normal_form(other)


def same_by_rouge(one: str, other: str) -> bool:
    """Whether ROUGE-L is above 0.3, as DYNAMICQA's code judges, but without its stemmer."""
    return rouge_l(one, other) > ROUGE_MATCH
