"""The public items of Wu et al. 2023 (arXiv 2307.02477), drawn again by their procedure from seed 0.

The draws are inputs of our tasks; the `…_lines` functions write them as the published files have them, byte for byte,
each line with its newline. Here alone `Random.choice` and `Random.sample` draw, because the files were drawn so.
"""

from collections.abc import Iterator
from functools import cache
from random import Random

from solverlearner.task import Input, Published

from .compass import ROOMS, SIDES, pairs
from .numerals import DIGITS, operate

ADDITIONS, DEMONSTRATIONS, SCENES = 1000, 32, 100
"""Lines of an arithmetic file, demonstrations for each of them, lines of the spatial file."""

Pair = tuple[str, str]


def additions(base: int, digits: int = 2) -> Iterator[Pair]:
    """The 1,000 operand pairs of the file of one base."""
    rng = Random(0)
    for _ in range(ADDITIONS):
        yield _pair(rng, base, digits)


@cache
def few_shot_additions(base: int, digits: int = 2) -> tuple[Published, ...]:
    """The same pairs, each with its 32 demonstrations, none of which is the pair itself or its reverse."""
    rng = Random(0)
    lines: list[Published] = []
    for query in additions(base, digits):
        shots: list[Pair] = []
        while len(shots) < DEMONSTRATIONS:
            pair = _pair(rng, base, digits)
            if set(pair) != set(query):
                shots.append(pair)
        lines.append(Published(query, shots))
    return tuple(lines)


def scenes() -> Iterator[Input]:
    """The 100 rooms with three objects, each on a side of its own."""
    rng = Random(0)
    for _ in range(SCENES):
        room = rng.choice(list(ROOMS))
        objects = rng.sample(ROOMS[room], 3)
        sides = rng.sample(SIDES, 3)
        yield room, [[name, side] for name, side in zip(objects, sides, strict=True)]


def addition_lines(base: int, digits: int = 2) -> Iterator[str]:
    r""" "57+27\n"."""
    return (f"{_sum(pair)}\n" for pair in additions(base, digits))


def few_shot_lines(base: int, digits: int = 2) -> Iterator[str]:
    r""" "57+27\t13+26,45+36,…\n"."""
    for line in few_shot_additions(base, digits):
        yield f"{_sum(line.query)}\t{','.join(map(_sum, line.shots))}\n"


def scene_lines() -> Iterator[str]:
    r""" "You are in the middle of a bedroom. There is a bed on the north side. … \n": a space ends each sentence."""
    for x in scenes():
        sentences = [f"There is a {name} on the {side} side. " for name, side in pairs(x)]
        yield f"You are in the middle of a {x[0]}. {''.join(sentences)}\n"


def _sum(pair: Input) -> str:
    return "+".join(map(str, pair))


def _pair(rng: Random, base: int, digits: int) -> Pair:
    while True:
        pair = (_operand(rng, base, digits), _operand(rng, base, digits))
        if base == 10 or operate(pair, 10) != operate(pair, base):
            return pair


def _operand(rng: Random, base: int, digits: int) -> str:
    first = rng.choice(DIGITS[1:base])
    return first + "".join(rng.choice(DIGITS[:base]) for _ in range(digits - 1))
