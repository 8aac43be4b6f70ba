"""Call: one question to a model, its place in the run, and the question that follows from its completion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from solverlearner.design.episode import Episode
from solverlearner.design.inverse import asked_item
from solverlearner.design.learner import Known, Learner, Tried, checked_messages
from solverlearner.design.learners.at_once import AT_ONCE
from solverlearner.design.setting import RULE, Setting
from solverlearner.models.question import Message, id_of
from solverlearner.task import Check, Item, Task


@dataclass(frozen=True)
class Call:
    """One question to a model, and its place in the run.

    `query` is None if the call asks for a program, which serves all queries of its episode; for a comprehension `check`
    it is the number of the check. `prompt` renders the messages. They are all that a real model sees; a scripted one
    reads the rest. `sample` numbers several draws from the same prompt.

    A learner may take several calls for one program: it starts from what is `known` and decides about each further
    `round`. `repeat` counts the earlier rounds with the same messages. Where the learner states a rule in words first,
    `prompt` has a placeholder for this rule until it is there. `wording` is the number of ours that the prompt has.
    """

    task: Task
    setting: Setting
    episode: Episode
    query: int | None
    prompt: Callable[[], list[Message]] = field(repr=False)
    check: Check | None = None
    sample: int = 0
    learner: Learner = AT_ONCE
    known: Known | None = field(default=None, repr=False)
    round: int = 0
    repeat: int = 0
    wording: int = 0

    @cached_property
    def messages(self) -> list[Message]:
        """The prompt, rendered at first use: a call that was answered in an earlier session needs none."""
        return self.prompt()

    @property
    def place(self) -> str:
        """Its place in the run: "io/3/7", "solverlearner/3/program", "io/3/7+2" for a third sample.

        A later round ends with its number: "solverlearner/3/program+2~1".
        """
        return place_of(self.setting, self.episode.index, self.query, self.sample, self.round)

    @property
    def shared(self) -> bool:
        """Whether several calls follow from its completion, so that it is asked once for all of them."""
        return self.setting.writes == "rule"

    @property
    def draw(self) -> tuple[int, ...]:
        """Episode, sample and, above 0, `repeat`: the same prompt at another of these places is a draw of its own."""
        return (self.episode.index, self.sample, *([self.repeat] if self.repeat else []))

    @property
    def rounds(self) -> int:
        """How many rounds it takes at most, itself included; the call for a rule in words is apart."""
        return self.learner.most_calls - self.learner.states_rule

    @property
    def needs(self) -> "Call | None":
        """The call for a rule in words that comes before this one, where its learner states one."""
        return self._states_rule if self.known is not None and self.learner.states_rule else None

    @cached_property
    def _states_rule(self) -> "Call":
        assert self.known is not None
        first = partial(self.learner.first, self.known)
        return Call(self.task, RULE, self.episode, None, first, None, self.sample, wording=self.wording)

    def next(self, tried: Sequence[Tried]) -> "Call | None":
        """The call of the round after these (the rule in words included), where the learner asks again."""
        if self.known is None or len(tried) == self.learner.most_calls:
            return None
        found = self.learner.next(self.known, tried)
        if found is None:
            return None
        messages = checked_messages(self.learner, found)
        repeat = sum([*each.sent] == messages for each in tried)
        number = len(tried) - self.learner.states_rule
        return replace(self, round=number, repeat=repeat, prompt=lambda: messages)

    @cached_property
    def id(self) -> str:
        """Its place and a hash of its messages: "io/3/7/5f0c…"."""
        return id_of(self)

    @property
    def items(self) -> tuple[Item, ...]:
        """The queries that the reply is scored on; for a check, its question."""
        if self.check:
            return (Item((self.check.question,), self.check.expected),)
        asked = self.episode.queries if self.query is None else (self.episode.queries[self.query],)
        if self.task is self.episode.task:
            return asked
        return tuple(asked_item(self.task, item) for item in asked)


def place_of(setting: Setting, episode: int, query: int | None, sample: int, number: int = 0) -> str:
    """The place of a call in a run, see `Call.place`; `number` is that of its round."""
    part = str(query) if query is not None else "text" if setting.writes == "rule" else "program"
    return f"{setting.name}/{episode}/{part}" + (f"+{sample}" if sample else "") + (f"~{number}" if number else "")
