"""Draw: draws arguments for a program by the shapes of its parameters and the constants of its code.

It replaces the model that writes inputs in the paper (Shao et al. 2024, section 3.2; see `writer.py`). Like the model,
it uses the program.
"""

import json
from collections.abc import Sequence
from random import Random

from solverlearner.synth.inputs.chance import below
from solverlearner.synth.inputs.constants import Constants
from solverlearner.synth.inputs.parameter import Parameter
from solverlearner.synth.inputs.shape import TEXTS, Shape
from solverlearner.synth.inputs.texts import DRAW, word
from solverlearner.task import JSON, Input, pick

INPUT_LIMIT = 240
"""Most characters of one input as JSON."""

_TRIES = 4


def inputs(
    parameters: Sequence[Parameter], profile: Sequence[Shape], pool: Constants, rng: Random, count: int
) -> list[Input]:
    """Up to `count` different inputs of one profile, which is a shape for each parameter."""
    found: dict[str, Input] = {}
    for _ in range(_TRIES * count):
        drawn = [_argument(each, shape, rng, pool) for each, shape in zip(parameters, profile, strict=True)]
        _relate(drawn, rng)
        text = json.dumps(drawn)
        if len(text) <= INPUT_LIMIT:
            found.setdefault(text, tuple(drawn))
        if len(found) == count:
            break
    return [*found.values()]


def _argument(parameter: Parameter, shape: Shape, rng: Random, pool: Constants) -> JSON:
    if parameter.default and rng.random() < 0.4:
        value: JSON = parameter.default[0]
        return value
    return draw(shape, rng, pool)


def draw(shape: Shape, rng: Random, pool: Constants, depth: int = 0) -> JSON:
    """Draw one value of a shape."""
    if shape.words and shape.kind != "dict" and rng.random() < 0.6:
        return _near(pick(rng, shape.words), shape.kind, rng)
    kind = shape.kind
    if kind in TEXTS:
        return DRAW[kind](rng, pool)
    if kind in ("int", "nat"):
        return _whole(rng, pool, signed=kind == "int")
    if kind == "float":
        return _real(rng, pool)
    if kind == "bool":
        return rng.random() < 0.5
    if kind == "union":
        return draw(pick(rng, shape.parts), rng, pool, depth)
    if kind == "list":
        return _list(shape.parts[0], rng, pool, depth)
    if kind == "row":
        return [draw(part, rng, pool, depth + 1) for part in shape.parts]
    return _dict(shape, rng, pool, depth) if kind == "dict" else None


def _near(value: JSON, kind: str, rng: Random) -> JSON:
    """A constant that the code compares with, or for a number also one next to it."""
    if type(value) is int and kind in ("int", "nat", "float"):
        moved = value + pick(rng, (-1, 0, 0, 0, 1))
        return moved if kind == "int" else abs(moved)
    return value


def _whole(rng: Random, pool: Constants, signed: bool) -> int:
    chance = rng.random()
    if chance < 0.25 and pool.numbers:
        value = pick(rng, pool.numbers) + pick(rng, (-1, 0, 0, 1))
    else:
        value = below(rng, 10 if chance < 0.55 else 30 if chance < 0.75 else 200 if chance < 0.93 else 5_000)
    if not signed:
        return abs(value)
    return -value if rng.random() < 0.2 else value


def _real(rng: Random, pool: Constants) -> float:
    chance = rng.random()
    if chance < 0.3:
        return float(_whole(rng, pool, signed=True))
    value = round(rng.random() * pick(rng, (1, 1, 10, 100)), pick(rng, (1, 2, 2, 3)))
    return -value if chance > 0.9 else value


def _list(part: Shape, rng: Random, pool: Constants, depth: int) -> list[JSON]:
    """Zero to seven elements, often sorted, and often with one or two of them repeated at the end."""
    length = below(rng, 4 if depth else 7) + (rng.random() < 0.9)
    found = [draw(part, rng, pool, depth + 1) for _ in range(length)]
    chance = rng.random()
    if found and chance < 0.3:
        found += [pick(rng, found) for _ in range(1 + below(rng, 2))]
    if chance > 0.8 and len({type(each) for each in found}) == 1 and isinstance(found[0], int | float | str):
        found.sort(key=lambda each: each)  # type: ignore[arg-type, return-value]
    return found


def _dict(shape: Shape, rng: Random, pool: Constants, depth: int) -> dict[str, JSON]:
    """A dict with most of the keys that the code reads, or with random words as keys."""
    keys = [str(key) for key in shape.words if rng.random() < 0.8]
    if not shape.words or rng.random() < 0.2:
        keys += [word(rng, pool) for _ in range(1 + below(rng, 3))]
    return {key: draw(shape.parts[0], rng, pool, depth + 1) for key in keys}


def _relate(drawn: list[JSON], rng: Random) -> None:
    """Sometimes make one argument a part of its neighbour, for functions that use `endswith`, `index` and similar."""
    for place in range(1, len(drawn)):
        if rng.random() > 0.35:
            continue
        first, second = drawn[place - 1], drawn[place]
        if isinstance(first, str) and isinstance(second, str):
            if len(second) >= len(first):
                drawn[place - 1] = _part(second, rng)
            else:
                drawn[place] = _part(first, rng)
        elif isinstance(first, list) and first and type(second) is type(first[0]):
            drawn[place] = pick(rng, first)
        elif isinstance(second, list) and second and type(first) is type(second[0]):
            drawn[place - 1] = pick(rng, second)


def _part(text: str, rng: Random) -> str:
    start = pick(rng, (0, 0, below(rng, len(text) + 1)))
    end = pick(rng, (len(text), len(text), below(rng, len(text) + 1)))
    return text[start:end] if rng.random() < 0.9 else text
