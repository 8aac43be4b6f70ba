"""Learner: how the inductive corner comes to its program. A pure state machine that sees the shots and nothing else.

One proposal is its simplest case. `refine`: a program that gets shots wrong is shown them and asked again (Qiu et al.
2024, "Phenomenal yet puzzling", section 3; Wang et al. 2024, "Hypothesis search"). `hypothesis="text"`: first a rule in
words, then a program for that rule (the same papers). Which of several samples counts is said in `choice.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from solverlearner.design.setting import APPLY_OWN_RULE, Setting
from solverlearner.design.verdict import Verdict
from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.models.question import Message

Hypothesis = Literal["none", "text"]

_INDUCTIVE = "solverlearner"


@dataclass(frozen=True)
class Tried:
    """One round as the learner knows it: what it was sent, what it said, its program, the verdicts on the shots.

    `shots` has a verdict for each shot, in order; none where there is no program.
    """

    sent: Sequence[Message]
    said: str
    program: str | None
    shots: tuple[Verdict, ...]

    @property
    def right(self) -> int:
        """How many shots the program gives right."""
        return sum(bool(verdict.correct) for verdict in self.shots)

    @property
    def fits(self) -> bool:
        """Whether there is a program and it gives all shots right."""
        return self.program is not None and self.right == len(self.shots)


@dataclass(frozen=True)
class Learner:
    """`refine`: further rounds, at most. `hypothesis`: what comes before the program, "none" or a rule in "text"."""

    refine: int = 0
    hypothesis: Hypothesis = "none"

    def __post_init__(self) -> None:
        check_range("refine", self.refine, 0, 100)
        check_choice("hypothesis", self.hypothesis, get_args(Hypothesis))

    @property
    def states_rule(self) -> bool:
        """Whether a rule in words comes first, which is a call of its own."""
        return self.hypothesis == "text"

    def rounds(self, setting: Setting) -> int:
        """How many calls for a program or an answer a setting takes at most, the rule in words apart."""
        return 1 + self.refine * refines(setting)

    def asks_again(self, tried: Sequence[Tried]) -> bool:
        """Whether there is another round: the last program misses a shot, and rounds are left."""
        return len(tried) <= self.refine and not tried[-1].fits

    def check(self, settings: Sequence[Setting], shots: int) -> None:
        """Refuse what makes no sense together. Raises: UsageError."""
        names = {setting.name for setting in settings}
        own = APPLY_OWN_RULE.name
        if own in names and not self.states_rule:
            raise UsageError(
                f"settings=[{own}]", "the model applies a rule that it has put in words: give hypothesis=text"
            )
        if self.states_rule and not names & {_INDUCTIVE, own}:
            problem = f"no setting goes by it: add {_INDUCTIVE} or {own} to settings, or leave it out"
            raise UsageError("hypothesis=text", problem)
        if not self.refine:
            return
        given = f"refine={self.refine}"
        if _INDUCTIVE not in names:
            raise UsageError(given, f"only {_INDUCTIVE} refines its program: add it to settings, or leave refine out")
        if own in names:
            problem = f"changes the program and not the rule that {own} applies: leave one of them out"
            raise UsageError(given, problem)
        if not shots:
            raise UsageError(given, "a program is refined by the shots that it misses: give shots above 0")


AT_ONCE = Learner()
"""The simplest one: a program, proposed once."""


def refines(setting: Setting) -> bool:
    """Whether the programs of this setting are checked on the shots: they were written from them."""
    return setting.writes_program and not setting.rule_given


def best_round(tried: Sequence[Tried]) -> int:
    """The round whose program counts: the one that gives the most shots right, of equals the last."""
    return max(range(len(tried)), key=lambda i: (tried[i].program is not None, tried[i].right, i))
