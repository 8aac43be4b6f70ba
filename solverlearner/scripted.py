"""Models that need no weights: a scripted behaviour, and replies that are there already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from solverlearner.errors import check_choice
from solverlearner.model import Call, ProviderError, Reply, Request
from solverlearner.task import JSON, Rule


@dataclass(frozen=True)
class Scripted:
    """A model with a known behaviour, for tests and demonstrations.

    ideal: applies the rule that it is given, or the most plausible one that fits the shots; where no family says what
    could fit, the true one. recite: answers in the default world, and passes no comprehension check. silent: says
    nothing. garbage: seeded noise in the shape of replies.
    """

    behaviour: str = "ideal"
    remark: str | None = field(default="scripted: these numbers say nothing about any language model", init=False)

    def __post_init__(self) -> None:
        check_choice("behaviour", self.behaviour, ("ideal", "recite", "silent", "garbage"))

    @property
    def name(self) -> str:
        """ "scripted-ideal"."""
        return f"scripted-{self.behaviour}"

    @property
    def identity(self) -> Mapping[str, JSON]:
        """Its behaviour is all there is."""
        return {"name": self.name}

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    def request(self, call: Call) -> Request | None:
        """None: it costs nothing to ask again."""
        return None

    async def ask(self, call: Call) -> Reply:
        """The scripted reply."""
        if self.behaviour == "silent":
            return Reply("")
        if self.behaviour == "garbage":
            return Reply(_garbage(call))
        recites = self.behaviour == "recite"
        if call.check:
            return Reply("I do not know." if recites else call.check.reply(call.check.expected))
        return Reply(_carry_out(call, call.task.default_world if recites else _known_rule(call)))


@dataclass(frozen=True)
class Replay:
    """Replies that are there already, or failures, by the ids of the calls."""

    name: str
    identity: Mapping[str, JSON]
    replies: Mapping[str, Reply | ProviderError] = field(repr=False)
    remark: str | None = field(default=None, init=False)

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    def request(self, call: Call) -> Request | None:
        """None: they are in a file already."""
        return None

    async def ask(self, call: Call) -> Reply:
        """The reply to this call. Raises: ProviderError."""
        came = self.replies[call.id]
        if isinstance(came, ProviderError):
            raise came
        return came


def _known_rule(call: Call) -> Rule:
    ideal = None if call.setting.rule_given else call.episode.ideal
    return ideal or call.task.rule


def _carry_out(call: Call, rule: Rule | None) -> str:
    if rule is None:
        return "I do not know."
    if call.query is None:
        return f"```python\n{rule.program}```"
    answer = rule.apply(call.items[0].input)
    return "This has no answer." if answer is None else call.task.reply(answer)


def _garbage(call: Call) -> str:
    rng = Random(call.id)
    noise = "".join(chr(32 + int(rng.random() * 95)) for _ in range(80))
    return noise if rng.random() < 0.5 else f"```python\ndef solver(*x):\n    return {noise}"
