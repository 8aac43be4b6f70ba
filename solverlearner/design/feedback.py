"""Feedback: what a learner is sent after a program that does not fit. It knows the shots and nothing of the queries."""

from collections.abc import Sequence
from typing import NamedTuple

from solverlearner.design.episode import Episode
from solverlearner.design.learner import Tried
from solverlearner.design.prompt import as_call, template
from solverlearner.design.verdict import Verdict
from solverlearner.models.question import Message
from solverlearner.task import Item, Task

_LONGEST = 400  # characters of a value; a program may return half a megabyte


class _Miss(NamedTuple):
    """A shot that a program got wrong, as a model reads it."""

    call: str
    expected: str
    came: str


def ask_again(episode: Episode, noise_told: bool, tried: Sequence[Tried]) -> list[Message]:
    """The whole conversation with one message more: the shots that the last program misses, and what came of each."""
    last, shots = tried[-1], episode.shots
    missed = [
        _miss(episode.task, *pair) for pair in zip(shots, last.shots, strict=bool(last.shots)) if not pair[1].correct
    ]
    told = template("ask_again.jinja").render(
        program=last.program, missed=missed, shots=len(shots), noise_told=noise_told
    )
    # Some endpoints refuse an assistant's message without a text.
    said: Message = {"role": "assistant", "content": last.said or "(no text)"}
    return [*last.sent, said, {"role": "user", "content": told.strip()}]


def _miss(task: Task, shot: Item, verdict: Verdict) -> _Miss:
    if verdict.status == "ok":
        came = f"returned {_clipped(task.literal(verdict.value))}"
    else:
        came = f"ended without a value ({verdict.status}): {_clipped(verdict.message)}"
    return _Miss(as_call(task, shot.input), task.literal(shot.expected), came)


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
