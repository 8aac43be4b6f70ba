"""Judge: groups the answers of a run by meaning, by asking its model whether two answers say the same.

That is the option `cluster=model`. The template is `prompts/judge.jinja`. Replies are kept in the run's journal, so
the same command asks nothing again. Which answers were taken for the same stands in `judged.json`.
"""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solverlearner.design.templates import Templates
from solverlearner.errors import UsageError
from solverlearner.models.base import ProviderError, Reply
from solverlearner.models.question import Message, Question, id_of

FILE = "judged.json"
"""The file of a run's folder that holds the groups."""

_PROBES = (
    ("What is the capital of France?", "Paris", "paris.", True),
    ("What is the capital of France?", "Paris", "Rome", False),
    ("How many legs does a spider have?", "8", "eight", True),
    ("How many legs does a spider have?", "eight", "six", False),
)
_VERDICT = re.compile(r"\b(yes|no)\b", re.IGNORECASE)

Ask = Callable[[Question], Awaitable[Reply | ProviderError]]
"""Gets the reply to a question, as `Engine.answer` does."""


@dataclass(frozen=True)
class Comparison:
    """The question whether two answers to a question say the same; a `Question` for the engine."""

    question: str
    one: str
    other: str
    templates: Templates = field(repr=False)
    shared: bool = False
    draw: tuple[int, ...] = (0, 0)

    @cached_property
    def messages(self) -> list[Message]:
        """The prompt."""
        text = self.templates.render("judge.jinja", question=self.question, one=self.one, other=self.other)
        return [Message(role="user", content=text)]

    @property
    def place(self) -> str:
        """Its place in the run: "judge/" and a hash of question and answers."""
        told = "\0".join((self.question, self.one, self.other)).encode("utf-8", "surrogatepass")
        return f"judge/{hashlib.blake2b(told, digest_size=8).hexdigest()}"

    @cached_property
    def id(self) -> str:
        """Its place and a hash of its messages."""
        return id_of(self)


def verdict_of(text: str) -> bool | None:
    """What a judge's reply says; None where it has neither "yes" nor "no", or both.

    >>> verdict_of("Yes."), verdict_of("No, they differ."), verdict_of("Perhaps")
    (True, False, None)
    """
    said = {word.lower() for word in _VERDICT.findall(text)}
    return said == {"yes"} if len(said) == 1 else None


@dataclass
class Judge:
    """Asks the model of a run by `ask`, and counts what came: questions, unreadable replies, and those without one."""

    ask: Ask
    templates: Templates
    asked: int = 0
    unreadable: int = 0
    unanswered: int = 0

    async def check(self) -> None:
        """Ask about four pairs whose meaning is known. Raises: UsageError where the model is wrong about one."""
        for question, one, other, same in _PROBES:
            came = await self._reply(question, one, other)
            if isinstance(came, Reply) and verdict_of(came.text) is not same:
                said = " ".join(came.text.split())[:40] or "nothing"
                problem = (
                    f"the model does not tell same from different answers: of {one!r} and {other!r} it says {said!r}"
                )
                raise UsageError("cluster=model", f"{problem}; choose cluster=match, rouge or nli")

    async def grouped(self, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """The groups of all answers to each question, over all settings, as `judged.json` holds them.

        An answer is compared with the first member of each group, in the order of rows. A reply that cannot be read
        and a question without reply keep both answers apart, and are counted.
        """
        answers: dict[str, dict[str, None]] = {}
        for row in rows:
            if row["meaning"] and row["input"]:
                answers.setdefault(str(row["input"][0]), {})[row["meaning"]] = None
        groups: dict[str, list[list[str]]] = {question: [] for question in answers}
        try:
            async with asyncio.TaskGroup() as tasks:
                for question, own in answers.items():
                    tasks.create_task(self._group(question, [*own], groups[question]))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        counts = {"asked": self.asked, "unreadable": self.unreadable, "unanswered": self.unanswered}
        return {**counts, "groups": groups}

    async def _group(self, question: str, answers: list[str], groups: list[list[str]]) -> None:
        for answer in answers:
            for group in groups:
                if await self._same(question, group[0], answer):
                    group.append(answer)
                    break
            else:
                groups.append([answer])

    async def _same(self, question: str, one: str, other: str) -> bool:
        came = await self._reply(question, one, other)
        self.asked += 1
        if not isinstance(came, Reply):
            self.unanswered += 1
            return False
        said = verdict_of(came.text)
        self.unreadable += said is None
        return bool(said)

    async def _reply(self, question: str, one: str, other: str) -> Reply | ProviderError:
        return await self.ask(Comparison(question, one, other, self.templates))
