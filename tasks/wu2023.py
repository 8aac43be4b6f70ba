"""The public items of Wu et al. 2023 (arXiv 2307.02477), drawn again by their procedure from seed 0.

Each function yields inputs of our tasks; the `…_line` functions write them as the published files have them, byte for
byte, each line with its newline. Here alone `Random.choice` and `Random.sample` draw, because the files were drawn so.
"""

from collections.abc import Iterator, Sequence
from random import Random

from solverlearner.task import Input

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


def few_shot_additions(base: int, digits: int = 2) -> Iterator[tuple[Pair, list[Pair]]]:
    """The same pairs, each with its 32 demonstrations, none of which is the pair itself or its reverse."""
    rng = Random(0)
    for query in additions(base, digits):
        shots: list[Pair] = []
        while len(shots) < DEMONSTRATIONS:
            pair = _pair(rng, base, digits)
            if set(pair) != set(query):
                shots.append(pair)
        yield query, shots


def scenes() -> Iterator[Input]:
    """The 100 rooms with three objects, each on a side of its own."""
    rng = Random(0)
    for _ in range(SCENES):
        room = rng.choice(list(ROOMS))
        objects = rng.sample(ROOMS[room], 3)
        sides = rng.sample(SIDES, 3)
        yield room, [[name, side] for name, side in zip(objects, sides, strict=True)]


def addition_line(pair: Sequence[str]) -> str:
    r""" "57+27\n"."""
    return "+".join(pair) + "\n"


def few_shot_line(query: Sequence[str], shots: Sequence[Sequence[str]]) -> str:
    r""" "57+27\t13+26,45+36,…\n"."""
    return "+".join(query) + "\t" + ",".join("+".join(shot) for shot in shots) + "\n"


def scene_line(x: Input) -> str:
    r""" "You are in the middle of a bedroom. There is a bed on the north side. … \n": a space ends each sentence."""
    sentences = [f"There is a {name} on the {side} side. " for name, side in pairs(x)]
    return f"You are in the middle of a {x[0]}. {''.join(sentences)}\n"


def _pair(rng: Random, base: int, digits: int) -> Pair:
    while True:
        pair = (_operand(rng, base, digits), _operand(rng, base, digits))
        if base == 10 or operate(pair, 10) != operate(pair, base):
            return pair


def _operand(rng: Random, base: int, digits: int) -> str:
    first = rng.choice(DIGITS[1:base])
    return first + "".join(rng.choice(DIGITS[:base]) for _ in range(digits - 1))
