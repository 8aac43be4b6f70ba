"""Replay: a model that returns stored replies, such as those of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.question import Question
from solverlearner.task import JSON


@dataclass(frozen=True)
class Replay:
    """Stored replies or failures, by the ids of the calls."""

    no_other_questions: ClassVar[str] = "it has stored replies only"
    name: str
    identity: Mapping[str, JSON]
    replies: Mapping[str, Reply | ProviderError] = field(repr=False)
    remark: str | None = field(default=None, init=False)

    async def open(self) -> None:
        """Nothing to do."""

    async def aclose(self) -> None:
        """Nothing to do."""

    def request(self, call: Question) -> Request | None:
        """None: stored replies need no cache."""
        return None

    async def ask(self, call: Question) -> Reply:
        """The reply to this call. Raises: ProviderError."""
        came = self.replies[call.id]
        if isinstance(came, ProviderError):
            raise came
        return came
