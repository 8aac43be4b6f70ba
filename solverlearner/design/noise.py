"""Noise: wrong outputs in a share of the shots of an episode, so that some examples contradict the rule."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from solverlearner.errors import UsageError
from solverlearner.task import JSON, Item, Task, pick

NOISE_KINDS = ("default", "random")
"""The wrong output of a corrupted shot: the answer of the default world, or another plausible output."""

_MOST_TRIES = 1_000


def corrupt(task: Task, shots: Sequence[Item], share: float, kind: str, stream: str) -> tuple[tuple[Item, ...], int]:
    """The shots with round(share × their number) outputs replaced by wrong ones, and the number of these.

    Each position has a random stream of its own, which decides the order of corruption and the wrong output. So a
    larger share corrupts the same shots in the same way and further ones, and no other draw changes.
    """
    streams = [Random(f"{task.name}/noise/{stream}/{place}") for place in range(len(shots))]
    turns = sorted((rng.random(), place) for place, rng in enumerate(streams))
    hit = {place for _, place in turns[: round(share * len(shots))]}
    noisy = [
        replace(shot, expected=_wrong(task, shot, kind, streams[place])) if place in hit else shot
        for place, shot in enumerate(shots)
    ]
    return tuple(noisy), len(hit)


def _wrong(task: Task, shot: Item, kind: str, rng: Random) -> JSON:
    """A wrong output of the right form. If the default world has no wrong answer, it is drawn as for "random"."""
    default = task.default_answer(shot.input)
    if kind == "default" and _differs(task, shot, default):
        return default
    wrong = (value for value in _candidates(task, shot, rng) if _differs(task, shot, value))
    if (found := next(wrong, None)) is None:
        raise UsageError("noise", f"{task.name} {task.variant} has no other output that could stand for a wrong one")
    return found


def _candidates(task: Task, shot: Item, rng: Random) -> Iterator[JSON]:
    # The output of another rule of the family is plausible. If no other rule has one, the output of another input has
    # at least the right form.
    values: list[JSON] = []
    for rule in task.family():
        value = rule.apply(shot.input)
        if value not in values and _differs(task, shot, value):
            values.append(value)
    if values:
        yield pick(rng, values)
    for _ in range(_MOST_TRIES):
        yield task.rule.apply(task.draw(rng, "shots"))


def _differs(task: Task, shot: Item, value: JSON) -> bool:
    return value is not None and value != shot.expected and not task.equal(shot.expected, value)
