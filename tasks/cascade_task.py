"""Cascades as a task: rewrite rules that are carried out one after another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from random import Random

from solverlearner.task import Check, Item, Rule, Told, pick, text_table

from .cascades import Step, all_steps, cascade_rule, unneeded
from .text_task import TextTask, unchanged


@dataclass(frozen=True, kw_only=True)
class Cascade(TextTask):
    """An ordered cascade of rewrite rules."""

    steps: tuple[Step, ...]

    @property
    def rule(self) -> Rule:
        """All steps, in order."""
        return cascade_rule(self.steps, self.letters)

    def family(self) -> Sequence[Rule]:
        """No change, every cascade of one step, and this one.

        With one step all that a learner could take for it is listed. With more, ambiguity 1 says that no single step
        fits, and `uncovered` names the steps that the shots leave open.
        """
        return _family(self.steps, self.letters)

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """The numbers of the steps that no shot needs, as "2; 5;"; None for a cascade of one step."""
        if len(self.steps) == 1:
            return None
        right = [shot for shot in shots if shot.expected == self.rule.apply(shot.input)]
        pairs = [(str(shot.input[0]), str(shot.expected)) for shot in right]
        return " ".join(f"{number};" for number in unneeded(self.steps, pairs))

    def framing(self, told: Told) -> str:
        """The steps; or that there are some; or that texts become texts."""
        if told == "none":
            return "A hidden rule turns one text into another."
        if told == "rule":
            return f"{self.rule_domain()} {self._order}\n{self._listed}\n{self._notation}"
        unknown = f"Texts of the letters {self.listed} are rewritten by an unknown rule, the same for all texts."
        if told == "domain":
            return unknown
        number = (
            "One step changes" if len(self.steps) == 1 else f"{len(self.steps)} steps, one after another, each change"
        )
        return f"{unknown} {number} every occurrence of one letter beside a certain letter or the edge of the text."

    @property
    def _order(self) -> str:
        if len(self.steps) == 1:
            return "One step changes all letters that it applies to, all at once:"
        return (
            f"{len(self.steps)} steps are carried out in this order. Each changes all letters that it applies to, all "
            "at once, in the text that the step before it has left:"
        )

    @property
    def _listed(self) -> str:
        return "\n".join(f"{number}. {self.signs(str(step))}" for number, step in enumerate(self.steps, 1))

    @property
    def _notation(self) -> str:
        return f"In this notation {_notation(self.signs(self.letters))}"

    def rule_table(self) -> str:
        """A row a step: the letter, what it becomes, and what must stand before and after it."""
        rows = [
            [number, letter, becomes or "nothing", _place(before), _place(after)]
            for number, (letter, becomes, before, after) in enumerate(map(self._written, self.steps), 1)
        ]
        table = text_table(["step", "letter", "becomes", "right after", "right before"], rows)
        how = "Each row is a step. A step changes every letter that stands at its place, all at once, in the text that"
        return f"{how} the step before it has left.\n\n{table}"

    def _written(self, step: Step) -> tuple[str, ...]:
        return tuple(map(self.signs, (step.letter, step.becomes, step.before, step.after)))

    def checks(self, rng: Random) -> Sequence[Check]:
        """What one step alone makes of the smallest text that it changes."""
        number = int(rng.random() * len(self.steps))
        step = self.steps[number]
        text = f"{step.before}{step.letter}{step.after}".replace("#", "")
        if len(text) == 1:  # at the edge; another letter keeps the result from being empty
            other = pick(rng, [each for each in self.letters if each != step.letter])
            text = text + other if step.before else other + text
        question = f'What does the text "{self.signs(text)}" become if step {number + 1} alone is carried out?'
        return [self.check(question, step.rewrite(text))]


def _notation(letters: str) -> str:
    """The notation explained with the first letters."""
    one, other, near = letters[0], letters[1], letters[2 % len(letters)]
    return (
        f'"{one} → {other} / _ {near}" means that every {one} right before {near} becomes {other}, and '
        f'"{one} → {other} / {near} _" that every {one} right after {near} does. # stands for the edge of the text, '
        "and ∅ for nothing: the letter is left out."
    )


def _place(sign: str) -> str:
    return {"": "anything", "#": "the edge"}.get(sign, sign)


@lru_cache(maxsize=64)
def _family(steps: tuple[Step, ...], letters: str) -> tuple[Rule, ...]:
    singles = _single_steps(letters)
    return (unchanged(letters), *singles, *([] if len(steps) == 1 else [cascade_rule(steps, letters)]))


@cache
def _single_steps(letters: str) -> tuple[Rule, ...]:
    return tuple(cascade_rule((step,), letters) for step in all_steps(letters))
