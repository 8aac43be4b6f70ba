"""Question: anything that a model can be asked, and the messages that ask it."""

import hashlib
from typing import Protocol, TypedDict

from solverlearner.json_text import messages_text

_CHARACTERS_A_TOKEN = 4


class Message(TypedDict):
    """One chat message as the API takes it."""

    role: str
    content: str


class Question(Protocol):
    """The interface of a question to models and the engine: a run's `Call`, or the question of another command."""

    @property
    def messages(self) -> list[Message]:
        """The prompt."""
        ...

    @property
    def place(self) -> str:
        """Its position among all questions; each position has one reply."""
        ...

    @property
    def id(self) -> str:
        """Its place and a hash of its messages, see `id_of`."""
        ...

    @property
    def shared(self) -> bool:
        """Whether several ask it as their own, so that it is asked once for all of them."""
        ...

    @property
    def draw(self) -> tuple[int, ...]:
        """The number of the draw, among several draws from the same prompt."""
        ...


def id_of(question: Question) -> str:
    """A question's place and a hash of its messages.

    With the hash a stored reply is never taken for the answer to a prompt that has changed since.
    """
    return f"{question.place}/{hashlib.blake2b(messages_text(question.messages), digest_size=8).hexdigest()}"


def prompt_tokens(call: Question) -> float:
    """About how many tokens its prompt has, before anybody has counted them: four characters are one."""
    return sum(len(message["content"]) for message in call.messages) / _CHARACTERS_A_TOKEN
