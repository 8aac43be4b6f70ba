"""Learner options: which learner each setting of a run uses, by the options `refine`, `hypothesis` and `learner`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from solverlearner.design.learner import Learner
from solverlearner.design.learners.at_once import AT_ONCE, AtOnce
from solverlearner.design.learners.refine import Refine
from solverlearner.design.learners.rule_first import RuleFirst
from solverlearner.design.setting import ASKABLE, Setting, with_learner
from solverlearner.errors import UsageError, check_choice, check_range, class_of

Hypothesis = Literal["none", "text"]

LEARNERS: dict[str, type[Any]] = {"at_once": AtOnce, "refine": Refine}
"""The learners by the names that the option `learner` takes."""

_PARTS = ("most_calls", "fewest_shots", "states_rule", "first", "next", "chosen")


@dataclass(frozen=True)
class LearnerOptions:
    """The options that choose a learner.

    `refine`: further rounds, at most. `hypothesis`: "text" asks for a rule in words first. `learner`: a name in
    `LEARNERS`, the path of a class ("package.module.Class"), or a `Learner` object; None stands for `refine` where
    that is above 0, else for `at_once`. A learner's class with a field `refine` takes the value of that option.
    Raises: UsageError for a value that is out of range or names no learner.
    """

    refine: int = 0
    hypothesis: Hypothesis = "none"
    learner: str | Learner | None = None

    def __post_init__(self) -> None:
        check_range("refine", self.refine, 0, 100)
        check_choice("hypothesis", self.hypothesis, get_args(Hypothesis))
        if isinstance(self.learner, str | int) and getattr(self.program, "refine", 0) != self.refine:
            raise UsageError(f"refine={self.refine}", f"{self._named} takes no such option: leave one of them out")

    @cached_property
    def program(self) -> Learner:
        """The learner of programs, without a rule in words before it."""
        if self.learner is None:
            return Refine(self.refine) if self.refine else AT_ONCE
        if not isinstance(self.learner, str | int):
            return self.learner
        cls = LEARNERS.get(str(self.learner)) or _class_at(str(self.learner))
        takes = {field.name for field in fields(cls)} if is_dataclass(cls) else set()
        try:
            made: Learner = cls(**({"refine": self.refine} if "refine" in takes else {}))
        except TypeError as error:
            raise UsageError(self._named, f"cannot be made: {error}") from error
        if lacks := [part for part in _PARTS if not hasattr(made, part)]:
            problem = f"lacks {', '.join(lacks)}; derive the class from solverlearner.design.learner.Learner"
            raise UsageError(self._named, problem)
        if type(made.most_calls) is not int or made.most_calls < 1:
            raise UsageError(self._named, f"most_calls must be a whole number above 0, and is {made.most_calls}")
        return made

    @property
    def states_rule(self) -> bool:
        """Whether a rule in words comes first."""
        return self.hypothesis == "text"

    @property
    def words(self) -> str:
        """The options that differ from their defaults, as typed: "refine=2 hypothesis=text"; empty for one call."""
        return " ".join(filter(None, (self._named, "hypothesis=text" if self.states_rule else "")))

    def of(self, setting: Setting) -> Learner:
        """The learner of a setting: this one for programs that are checked on shots, else one call."""
        learner = self.program if setting.checked_on_shots else AT_ONCE
        return RuleFirst(learner) if self.states_rule and setting.own_rule != "never" else learner

    def check(self, settings: Sequence[Setting], shots: int) -> None:
        """Refuse settings and shots that do not go with these options. Raises: UsageError."""
        asked = {setting.name for setting in settings}
        always = [setting.name for setting in settings if setting.own_rule == "always"]
        going_by = [name for name, setting in ASKABLE.items() if setting.own_rule != "never"]
        learning = with_learner()
        if always and not self.states_rule:
            needed = "the model applies a rule that it has put in words: give hypothesis=text"
            raise UsageError(f"settings=[{','.join(always)}]", needed)
        if self.states_rule and not asked & {*going_by}:
            problem = f"no setting goes by it: add {' or '.join(going_by)} to settings, or leave it out"
            raise UsageError("hypothesis=text", problem)
        if not self._named:
            return
        if not asked & {*learning}:
            problem = f"only {' and '.join(learning)} has a learner: add it to settings, or leave this option out"
            raise UsageError(self._named, problem)
        if always:
            problem = f"changes the program and not the rule that {always[0]} applies: leave one of them out"
            raise UsageError(self._named, problem)
        if shots < self.program.fewest_shots:
            problem = f"checks programs on the shots: give shots={self.program.fewest_shots} or more"
            raise UsageError(self._named, problem)

    @property
    def _named(self) -> str:
        """The option that chose the learner of programs, as typed; empty for one call."""
        if self.learner is None:
            return f"refine={self.refine}" if self.refine else ""
        named = self.learner if isinstance(self.learner, str | int) else type(self.learner).__name__
        return f"learner={named}"


def _class_at(path: str) -> type[Any]:
    """A class of the user's own, by its path. Raises: UsageError."""
    if "." not in path:
        wanted = f"must be one of {', '.join(LEARNERS)}, or the path of a class as package.module.Class"
        raise UsageError(f"learner={path}", wanted)
    cls: type[Any] = class_of("learner", path)
    return cls
