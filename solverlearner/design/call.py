"""Call: one question to a model, where it stands in the run, and which question follows from its reply."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from solverlearner.design.episode import Episode
from solverlearner.design.learner import AT_ONCE, Learner, Tried
from solverlearner.design.setting import RULE, Setting
from solverlearner.models.question import Message, id_of
from solverlearner.task import Check, Item, Task


@dataclass(frozen=True)
class Call:
    """One question to a model, and where it stands in the run.

    `query` is None where the call asks for a program, which serves all queries of its episode; where it asks a
    comprehension `check`, its number. `prompt` renders the messages, which are all that a real model sees; a scripted
    one reads the rest. `sample` is which of several draws of the same prompt it is.

    A learner may take several calls: `needs` is the one that comes before, whose reply `given` makes the prompt from
    (until then `prompt` has a placeholder for it); `again` gives the messages of the next `round`.
    """

    task: Task
    setting: Setting
    episode: Episode
    query: int | None
    prompt: Callable[[], list[Message]] = field(repr=False)
    check: Check | None = None
    sample: int = 0
    learner: Learner = AT_ONCE
    round: int = 0
    needs: "Call | None" = field(default=None, repr=False)
    given: Callable[[str], list[Message]] | None = field(default=None, repr=False)
    again: Callable[[Sequence[Tried]], list[Message]] | None = field(default=None, repr=False)

    @cached_property
    def messages(self) -> list[Message]:
        """The prompt, rendered when it is first wanted: a call that was answered long ago needs none."""
        return self.prompt()

    @property
    def place(self) -> str:
        """Where it stands in the run: "io/3/7", "solverlearner/3/program", "io/3/7+2" for a third sample.

        A later round has its number behind: "solverlearner/3/program+2~1".
        """
        return place_of(self.setting, self.episode.index, self.query, self.sample, self.round)

    @property
    def shared(self) -> bool:
        """Whether other calls follow from its reply too, so that it is asked once for all of them."""
        return self.setting == RULE

    @property
    def draw(self) -> tuple[int, int]:
        """Its episode and its sample: repeats of a prompt in other episodes are draws of their own."""
        return self.episode.index, self.sample

    @property
    def rounds(self) -> int:
        """How many rounds it takes at most, itself included."""
        return self.learner.rounds(self.setting)

    def after(self, text: str) -> "Call":
        """The same call, knowing what the one that it needs was answered."""
        return replace(self, prompt=partial(self.given, text)) if self.given else self

    def next(self, tried: Sequence[Tried]) -> "Call | None":
        """The call of the next round, where the learner asks again."""
        if self.again is None or not self.learner.asks_again(tried):
            return None
        return replace(self, round=len(tried), prompt=partial(self.again, tuple(tried)))

    @cached_property
    def id(self) -> str:
        """Its place and a hash of its messages: "io/3/7/5f0c…"."""
        return id_of(self)

    @property
    def items(self) -> tuple[Item, ...]:
        """The queries that the reply is scored on; for a check, its question."""
        if self.check:
            return (Item((self.check.question,), self.check.expected),)
        return self.episode.queries if self.query is None else (self.episode.queries[self.query],)


def place_of(setting: Setting, episode: int, query: int | None, sample: int, number: int = 0) -> str:
    """Where a call stands in a run, see `Call.place`; `number` is its round's."""
    part = str(query) if query is not None else "program" if setting.writes_program else "text"
    return f"{setting.name}/{episode}/{part}" + (f"+{sample}" if sample else "") + (f"~{number}" if number else "")
