"""At once: the learner that asks for one program and keeps it."""

from collections.abc import Sequence
from dataclasses import dataclass

from solverlearner.design.learner import Known, Learner, Tried
from solverlearner.models.question import Message


@dataclass(frozen=True)
class AtOnce(Learner):
    """One call, whose program counts. All settings without a learner of their own use it for answers too."""

    @property
    def most_calls(self) -> int:
        """One."""
        return 1

    def next(self, known: Known, tried: Sequence[Tried]) -> list[Message] | None:
        """None: the first completion counts."""
        return None


AT_ONCE = AtOnce()
