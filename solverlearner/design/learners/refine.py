"""Refine: the learner that shows the model the shots that its program misses, and asks again (`refine=N`).

The procedure is that of Qiu et al. 2024, "Phenomenal yet puzzling", section 3, and of Wang et al. 2024, "Hypothesis
search".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from solverlearner.design.learner import Known, Learner, Tried
from solverlearner.design.verdict import Verdict
from solverlearner.errors import check_range
from solverlearner.models.question import Message
from solverlearner.task import Item

_LONGEST = 400  # characters of a value; a program may return half a megabyte


@dataclass(frozen=True)
class Refine(Learner):
    """At most `refine` further rounds, and none after a program that gives all shots right.

    Raises: UsageError for a number outside 1 to 100.
    """

    refine: int

    def __post_init__(self) -> None:
        check_range("refine", self.refine, 1, 100)

    @property
    def fewest_shots(self) -> int:
        """One."""
        return 1

    @property
    def most_calls(self) -> int:
        """The first call and the further rounds."""
        return 1 + self.refine

    def next(self, known: Known, tried: Sequence[Tried]) -> list[Message] | None:
        """The conversation so far with one message more: the missed shots, each with the value that came of it."""
        last = tried[-1]
        return None if last.fits else _ask_again(known, last)


class _Miss(NamedTuple):
    """A shot that a program got wrong, as a model reads it."""

    call: str
    expected: str
    came: str


def _ask_again(known: Known, last: Tried) -> list[Message]:
    missed = [
        _miss(known, *pair) for pair in zip(known.shots, last.shots, strict=bool(last.shots)) if not pair[1].correct
    ]
    told = known.templates.render(
        "ask_again.jinja", program=last.program, missed=missed, shots=len(known.shots), noise_told=known.noise_told
    )
    # Some endpoints refuse an assistant's message without a text.
    said: Message = {"role": "assistant", "content": last.said or "(no text)"}
    content = "\n\n".join(filter(None, (told.strip(), known.about_thought)))
    return [*last.sent, said, {"role": "user", "content": content}]


def _miss(known: Known, shot: Item, verdict: Verdict) -> _Miss:
    if verdict.status == "ok":
        came = f"returned {_clipped(known.literal(verdict.value))}"
    else:
        came = f"ended without a value ({verdict.status}): {_clipped(verdict.message)}"
    return _Miss(known.call(shot.input), known.literal(shot.expected), came)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
