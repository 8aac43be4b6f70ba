"""Learner: the contract of a procedure that turns the shots of an episode into one program.

A learner decides after each completion whether the model is asked again, with which messages, and in the end which
program counts. It is a state machine without a state of its own: it sees the shots and the rounds so far, and nothing
of the queries. The learners that exist stand in `learners/`, one file each.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from solverlearner.design.templates import Templates, our_templates
from solverlearner.design.verdict import Verdict
from solverlearner.errors import UsageError
from solverlearner.models.question import Message
from solverlearner.task import JSON, Input, Item


@dataclass(frozen=True)
class Tried:
    """One round: the messages sent, the text of the completion, its program, and the verdicts on the shots.

    `program` is None where the completion has none. `shots` has a verdict for each shot, in order; it is empty without
    a program.
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
class Known:
    """All that a learner knows of an episode: the shots as the model sees them, and the prompts that it can send.

    `prompt()` renders the prompt of the setting; `prompt(rule)` shows this rule in words in place of the shots.
    `rule_prompt()` asks for a rule in words. `call` and `literal` write inputs and values as Python:
    `call(("57", "27"))` is "solver('57', '27')". `noise_told`: the model is told that some outputs may be wrong.
    `templates` renders a learner's further messages, in the user's words where the run has templates of the user's own.
    `about_thought` is the paragraph about thought that ends the prompts (option `thought`), for further messages too.
    """

    shots: tuple[Item, ...]
    prompt: Callable[..., list[Message]]
    rule_prompt: Callable[[], list[Message]]
    call: Callable[[Input], str]
    literal: Callable[[JSON], str]
    noise_told: bool = False
    templates: Templates = field(default_factory=our_templates)
    about_thought: str = ""


class Learner(Protocol):
    """A procedure that turns the shots of an episode into one program. A subclass needs `most_calls` and `next` only.

    Two proposals, of which the better one on the shots counts:

        @dataclass(frozen=True)
        class Twice(Learner):
            most_calls = 2

            def next(self, known, tried):
                return known.prompt()

    A run may stop and go on between any two rounds, so every decision follows from the arguments alone.
    """

    @property
    def fewest_shots(self) -> int:
        """How many shots it needs at least: by default none."""
        return 0

    @property
    def states_rule(self) -> bool:
        """Whether `first` asks for a rule in words, in a call that all calls by this rule share: by default False."""
        return False

    @property
    @abstractmethod
    def most_calls(self) -> int:
        """How many calls one program takes at most. `next` is not asked for more."""
        ...

    def first(self, known: Known) -> list[Message]:
        """The messages of the first round."""
        return known.prompt()

    @abstractmethod
    def next(self, known: Known, tried: Sequence[Tried]) -> list[Message] | None:
        """The messages of the round after these, of which there is at least one; None to end here."""
        ...

    def chosen(self, tried: Sequence[Tried]) -> int:
        """The index of the round whose program counts: by default `best_round`."""
        return best_round(tried)


def checked_messages(learner: Learner, messages: object) -> list[Message]:
    """The messages that a learner returned. Raises: UsageError for anything but a list of messages."""
    if isinstance(messages, list) and messages and all(map(_is_message, messages)):
        return messages
    problem = f'first and next must return messages ([{{"role": "user", "content": "…"}}]) and returned {messages!r}'
    raise UsageError(f"learner={type(learner).__name__}", problem[:300])


def checked_choice(learner: Learner, chosen: object, tried: Sequence[Tried]) -> int:
    """The index that a learner chose. Raises: UsageError for anything but the index of a round for a program."""
    first = int(learner.states_rule)
    if type(chosen) is int and first <= chosen < len(tried):
        return chosen
    problem = f"chosen must return the index of a round, {first} to {len(tried) - 1}, and returned {chosen!r}"
    raise UsageError(f"learner={type(learner).__name__}", problem[:300])


def _is_message(each: object) -> bool:
    return isinstance(each, dict) and {*each} == {"role", "content"} and all(isinstance(v, str) for v in each.values())


def best_round(tried: Sequence[Tried]) -> int:
    """The round whose program gives the most shots right; of equally good ones the last."""
    return max(range(len(tried)), key=lambda i: (tried[i].program is not None, tried[i].right, i))
