"""Noise: wrong outputs in a share of an episode's shots, so that a learner meets examples that contradict its rule."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from solverlearner.task import JSON, Item, Task, pick

NOISE_KINDS = ("default", "random")
"""What a corrupted shot shows: the default world's answer, or another wrong one."""

_MOST_TRIES = 1_000


def corrupt(task: Task, shots: Sequence[Item], share: float, kind: str, stream: str) -> tuple[tuple[Item, ...], int]:
    """The shots with round(share × their number) outputs replaced by wrong ones, and how many those are.

    Every shot has a stream of its own, by its place, that says when its turn comes and what it then shows: a larger
    share corrupts the same shots in the same way and others besides, and no other draw changes.
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
    """A wrong output of the right shape. Where the default world has no answer or the right one, as for "random"."""
    default = task.default_answer(shot.input)
    if kind == "default" and _differs(task, shot, default):
        return default
    return next(value for value in _candidates(task, shot, rng) if _differs(task, shot, value))


def _candidates(task: Task, shot: Item, rng: Random) -> Iterator[JSON]:
    # What another rule of the family makes of the same input is plausible; where none makes anything of it, another
    # input's output at least has the right form.
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
