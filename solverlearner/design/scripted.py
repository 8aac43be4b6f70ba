"""Scripted: a model with a known behaviour, which needs no weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from solverlearner.design.call import Call
from solverlearner.errors import UsageError, check_choice
from solverlearner.models.base import Reply, Request
from solverlearner.models.question import Question
from solverlearner.task import JSON, Rule, pick

BEHAVIOURS = ("ideal", "recite", "silent", "garbage", "revise", "memorise", "waver")
_WAVERS_BETWEEN = ("ideal", "recite", "memorise")


@dataclass(frozen=True)
class Scripted:
    """A model with a known behaviour, for tests and demonstrations.

    ideal: applies the stated rule, or the most plausible rule that fits the shots; without a family the true rule.
    recite: answers in the default world and fails all comprehension checks. silent: empty completions. garbage: seeded
    random characters. revise: recites in the first round of a learner and is ideal in later ones. memorise: recites,
    and its programs return the shots' outputs from a list. waver: ideal, recite or memorise, drawn for each call.
    """

    kind: ClassVar[str] = "scripted"
    no_other_questions: ClassVar[str] = "it knows tasks only"
    behaviour: str = "ideal"
    remark: str | None = field(default="scripted: these numbers say nothing about any language model", init=False)

    def __post_init__(self) -> None:
        check_choice("behaviour", self.behaviour, BEHAVIOURS)

    @property
    def name(self) -> str:
        """ "scripted-ideal"."""
        return f"scripted-{self.behaviour}"

    @property
    def identity(self) -> Mapping[str, JSON]:
        """Its name, which contains the behaviour."""
        return {"name": self.name}

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    def request(self, call: Question) -> Request | None:
        """None: its completions cost nothing and are not cached."""
        return None

    async def ask(self, call: Question) -> Reply:
        """The scripted completion. Raises: UsageError for a question that is not about a task."""
        if not isinstance(call, Call):
            raise UsageError(f"model={self.name}", "knows tasks only; choose compatible, openai, gguf or smollm2")
        if self.behaviour == "silent":
            return Reply("")
        if self.behaviour == "garbage":
            return Reply(_garbage(call))
        behaviour = _behaviour(self.behaviour, call)
        if call.check:
            return Reply("I do not know." if behaviour != "ideal" else call.check.reply(call.check.expected))
        if behaviour == "memorise" and call.setting.writes_program:
            return Reply(_by_heart(call))
        return Reply(_carry_out(call, _known_rule(call) if behaviour == "ideal" else call.task.default_world))


def _behaviour(behaviour: str, call: Call) -> str:
    """The behaviour in this call: ideal, recite or memorise."""
    if behaviour == "revise":
        return "ideal" if call.round else "recite"
    return pick(Random(f"waver/{call.id}"), _WAVERS_BETWEEN) if behaviour == "waver" else behaviour


def _by_heart(call: Call) -> str:
    known = [(list(shot.input), shot.expected) for shot in call.episode.shots]
    return f"```python\ndef solver(*x):\n    return next((y for known, y in {known!r} if known == list(x)), None)\n```"


def _known_rule(call: Call) -> Rule:
    ideal = None if call.setting.rule_given else call.episode.ideal
    return ideal or call.task.rule


def _carry_out(call: Call, rule: Rule | None) -> str:
    if rule is None:
        return "I do not know."
    if call.setting.writes == "rule":
        return f"The rule is {rule.name}."
    if call.query is None:
        return f"```python\n{rule.program}```"
    answer = rule.apply(call.items[0].input)
    return "This has no answer." if answer is None else call.task.reply(answer)


def _garbage(call: Call) -> str:
    rng = Random(call.id)
    noise = "".join(chr(32 + int(rng.random() * 95)) for _ in range(80))
    return noise if rng.random() < 0.5 else f"```python\ndef solver(*x):\n    return {noise}"
