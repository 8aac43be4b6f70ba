"""Model: takes one call, gives one reply. Here the contract, and two that need no weights: scripted and replay."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Literal, Protocol

from solverlearner.episode import Episode
from solverlearner.errors import check_choice
from solverlearner.prompt import Message
from solverlearner.setting import Setting
from solverlearner.task import JSON, Check, Item, Rule, Task

ReplyState = Literal["ok", "truncated", "filtered", "null"]
"""`truncated`: cut at max_tokens; `filtered`: withheld by the provider; `null`: no content. All are answers."""


@dataclass(frozen=True)
class Call:
    """One request to a model: the messages, and where they stand in the run.

    `query` is None where the call asks for a program, which serves all queries of its episode; where it asks a
    comprehension `check`, its number. Only `messages` go to a real model; a scripted one reads the rest.
    """

    task: Task
    setting: Setting
    episode: Episode
    query: int | None
    messages: list[Message]
    check: Check | None = None

    @cached_property
    def id(self) -> str:
        """Where it stands in the run, and a hash of its messages: "io/3/7/5f0c…", "solverlearner/3/program/91be…".

        With the hash a stored reply is never taken for the answer to a prompt that has changed since.
        """
        part = "program" if self.query is None else str(self.query)
        digest = hashlib.blake2b(json.dumps(self.messages).encode(), digest_size=8).hexdigest()
        return f"{self.setting.name}/{self.episode.index}/{part}/{digest}"

    @property
    def items(self) -> tuple[Item, ...]:
        """The queries that the reply is scored on; for a check, its question."""
        if self.check:
            return (Item((self.check.question,), self.check.expected),)
        return self.episode.queries if self.query is None else (self.episode.queries[self.query],)


@dataclass(frozen=True)
class Reply:
    """What came back: the text verbatim, tokens (None where not told), wall seconds, the endpoint's name for it."""

    text: str
    state: ReplyState = "ok"
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    seconds: float = 0.0
    reported_model: str | None = None


class ProviderError(Exception):
    """A call that got no reply for a reason that is not the model's; the query stays unanswered.

    `permanent` is set where every further call would fail the same way (bad key, unknown model, unreachable server).
    """

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Model(Protocol):
    """Anything that answers calls. `open` may load weights or start a server; `aclose` undoes it."""

    @property
    def name(self) -> str:
        """Short name for tables and folders."""
        ...

    @property
    def identity(self) -> Mapping[str, JSON]:
        """What makes a result attributable: weights' hash and runtime, or endpoint and model. Complete once open."""
        ...

    @property
    def remark(self) -> str | None:
        """What a reader of its numbers has to know, if anything."""
        ...

    async def open(self) -> None:
        """Get ready to answer. Raises: UsageError."""
        ...

    async def ask(self, call: Call) -> Reply:
        """One reply. Raises: ProviderError, UsageError."""
        ...

    async def aclose(self) -> None:
        """Let go of everything that `open` took."""
        ...


@dataclass(frozen=True)
class Scripted:
    """A model with a known behaviour, for tests and demonstrations.

    ideal: applies the rule that it is given, or the most plausible one that fits the shots. recite: answers in the
    default world, and passes no comprehension check. silent: says nothing. garbage: seeded noise in the shape of
    replies.
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
    """Replies that are there already, by the ids of the calls that they answer."""

    name: str
    identity: Mapping[str, JSON]
    replies: Mapping[str, Reply] = field(repr=False)
    remark: str | None = field(default=None, init=False)

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    async def ask(self, call: Call) -> Reply:
        """The reply to this call."""
        return self.replies[call.id]


def _known_rule(call: Call) -> Rule:
    return call.task.rule if call.setting.rule_given else call.episode.ideal


def _carry_out(call: Call, rule: Rule) -> str:
    if call.query is None:
        return f"```python\n{rule.program}```"
    answer = rule.apply(call.items[0].input)
    return "This has no answer." if answer is None else call.task.reply(answer)


def _garbage(call: Call) -> str:
    rng = Random(call.id)
    noise = "".join(chr(32 + int(rng.random() * 95)) for _ in range(80))
    return noise if rng.random() < 0.5 else f"```python\ndef solver(*x):\n    return {noise}"
