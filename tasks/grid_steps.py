"""Steps over grids of several rows, and rules that carry out some of them one after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, permutations, product
from random import Random

from solverlearner.task import Rule, pick

from .grid_rules import HEAD, UNCHANGED, Grid, argument, grid_rule

COLOURS = (1, 2, 3, 4)
"""The colours of grids of several rows, beside 0."""

LARGEST_LISTED = 2
"""Steps of the longest rules that the family lists."""

_PROBES = 24


@dataclass(frozen=True)
class Step:
    """One step: its name, what it does in words, and the new grid as Python. Lines `before` make names that it uses."""

    name: str
    words: str
    code: str
    before: str = ""


def _turns() -> Iterator[Step]:
    yield Step("rotate", "turn the grid by a quarter clockwise", "[list(row) for row in zip(*grid[::-1])]")
    yield Step("rotate_back", "turn the grid by a quarter anticlockwise", "[list(row) for row in zip(*grid)][::-1]")
    yield Step("half_turn", "turn the grid by a half", "[row[::-1] for row in grid[::-1]]")
    yield Step("flip", "reverse each row", "[row[::-1] for row in grid]")
    yield Step("flip_down", "reverse the order of the rows", "grid[::-1]")
    yield Step("transpose", "make the columns, from left to right, the rows, from top to bottom",
               "[list(row) for row in zip(*grid)]")  # fmt: skip


def _moves() -> Iterator[Step]:
    left = "[[cell for cell in row if cell] + [0] * row.count(0) for row in {}]"
    right = "[[0] * row.count(0) + [cell for cell in row if cell] for row in {}]"
    turned = "[list(row) for row in zip(*{})]"
    words = "push all coloured cells of each {}, so that the empty cells of the {} are all {}"
    yield Step("push_left", words.format("row to the left", "row", "on the right"), left.format("grid"))
    yield Step("push_right", words.format("row to the right", "row", "on the left"), right.format("grid"))
    columns = "zip(*grid)"
    yield Step("rise", words.format("column up", "column", "below"), turned.format(left.format(columns)))
    yield Step("fall", words.format("column down", "column", "above"), turned.format(right.format(columns)))
    yield Step("roll_right", "move the last column before the first", "[row[-1:] + row[:-1] for row in grid]")
    yield Step("roll_left", "move the first column behind the last", "[row[1:] + row[:1] for row in grid]")
    yield Step("roll_down", "move the last row above the first", "grid[-1:] + grid[:-1]")
    yield Step("roll_up", "move the first row below the last", "grid[1:] + grid[:1]")


def _sizes() -> Iterator[Step]:
    yield Step(
        "crop",
        "leave out empty rows and columns at the edges (a grid without colour stays as it is)",
        "[row[across[0] : across[-1] + 1] for row in grid[down[0] : down[-1] + 1]] if down else grid",
        before="    down = [place for place, row in enumerate(grid) if any(row)]\n"
        "    across = [place for place, column in enumerate(zip(*grid)) if any(column)]\n",
    )
    yield Step("tile", "write the grid twice, side by side", "[row + row for row in grid]")
    yield Step("tile_down", "write the grid twice, one below the other", "grid + grid")
    yield Step("mirror", "put the grid with its rows reversed to the right of it", "[row + row[::-1] for row in grid]")
    yield Step("mirror_down", "put the grid with the order of its rows reversed below it", "grid + grid[::-1]")
    yield Step("scale", "make each cell a square of two by two cells",
               "[[cell for cell in row for _ in range(2)] for row in grid for _ in range(2)]")  # fmt: skip


def _colours() -> Iterator[Step]:
    cell = "[[{} for cell in row] for row in grid]"
    for a in COLOURS:
        yield Step(f"erase{a}", f"make all cells of colour {a} empty", cell.format(f"0 if cell == {a} else cell"))
        yield Step(
            f"border{a}", f"put a frame of colour {a}, one cell wide, around the grid",
            f"[[{a}] * (len(grid[0]) + 2)] + [[{a}] + row + [{a}] for row in grid] + [[{a}] * (len(grid[0]) + 2)]",
        )  # fmt: skip
    for a, b in permutations(COLOURS, 2):
        code = cell.format(f"{b} if cell == {a} else cell")
        yield Step(f"recolour{a}{b}", f"give all cells of colour {a} the colour {b}", code)
    for a, b in combinations(COLOURS, 2):
        code = cell.format(f"{{{a}: {b}, {b}: {a}}}.get(cell, cell)")
        yield Step(f"swap{a}{b}", f"exchange the colours {a} and {b}", code)


STEPS = {step.name: step for step in (*_turns(), *_moves(), *_sizes(), *_colours())}
"""All steps by their names."""


def steps_of(name: str) -> tuple[Step, ...]:
    """The steps of a name such as "rotate.border3". Raises: ValueError for a step that is none."""
    names = name.split(".")
    if unknown := [each for each in names if each not in STEPS]:
        raise ValueError(f"there is no step {unknown[0]!r}; there are {', '.join(STEPS)}")
    return tuple(STEPS[each] for each in names)


def composed(steps: Sequence[Step]) -> Rule:
    """The rule that carries out these steps. A rule of one step more is less plausible, by the number of steps."""
    lines = "".join(f"{step.before}    grid = {step.code}\n" for step in steps)
    name, weight = ".".join(step.name for step in steps), float(len(STEPS)) ** -len(steps)
    return grid_rule(name, f"{HEAD}{lines}    return grid\n", weight=weight)


def in_words(steps: Sequence[Step]) -> str:
    """What the steps do, in a sentence each: "First, turn … . Then, reverse … ."."""
    if len(steps) == 1:
        return f"{steps[0].words.capitalize()}."
    first, *others = steps
    return " ".join([f"First, {first.words}.", *(f"Then, {step.words}." for step in others)])


@dataclass(frozen=True)
class Listed:
    """A rule of the family with its number of steps; `outputs` is what it makes of our probe grids."""

    rule: Rule
    size: int
    outputs: str


@cache
def listed(most: int = LARGEST_LISTED) -> tuple[Listed, ...]:
    """The unchanged grid and all rules of up to `most` steps that differ on our probe grids.

    Of rules that agree on all of them the one with the fewest steps stays, and of these the first in order of `STEPS`.
    A longer rule begins with one that stayed, so outputs are worked out from those of its beginning.
    """
    found = {(text := repr(_probes())): Listed(UNCHANGED, 0, text)}
    last: list[tuple[tuple[Step, ...], tuple[Grid, ...]]] = [((), _probes())]
    for size in range(1, most + 1):
        made = []
        for (before, grids), step in product(last, STEPS.values()):
            outputs = _after(step, grids)
            if (text := repr(outputs)) not in found:
                found[text] = Listed(composed([*before, step]), size, text)
                made.append(((*before, step), outputs))
        last = made
    return tuple(found.values())


def family_of(rule: Rule) -> tuple[Rule, ...]:
    """The listed rules with this one, in place of the listed one that is the same, if there is one."""
    outputs = outputs_of(rule)
    others = tuple(each.rule for each in listed() if each.outputs != outputs)
    place = next((n for n, each in enumerate(listed()) if each.outputs == outputs), len(others))
    return (*others[:place], rule, *others[place:])


def outputs_of(rule: Rule) -> str:
    """What a rule makes of our probe grids."""
    return repr(tuple(rule.apply(argument(grid)) for grid in _probes()))


def drawn_rule(size: int, rng: Random) -> str:
    """The name of a random rule of so many steps, each of which matters: without it the outputs would be others."""
    if size <= LARGEST_LISTED:
        return pick(rng, [each.rule for each in listed() if each.size == size]).name
    while True:
        steps = [pick(rng, [*STEPS.values()]) for _ in range(size)]
        outputs = outputs_of(composed(steps))
        shorter = (outputs_of(composed([*steps[:n], *steps[n + 1 :]])) for n in range(size))
        if outputs not in _listed_outputs() and outputs not in shorter:
            return ".".join(step.name for step in steps)


@cache
def _listed_outputs() -> frozenset[str]:
    return frozenset(each.outputs for each in listed())


def random_grid(rng: Random, least: int, most: int) -> Grid:
    """A grid of random height and width, half of whose cells are empty."""
    height, width = (least + int(rng.random() * (most - least + 1)) for _ in range(2))
    return [[pick(rng, (0, 0, 0, 0, *COLOURS)) for _ in range(width)] for _ in range(height)]


@cache
def _probes() -> tuple[Grid, ...]:
    rng = Random("grids/probes")
    return tuple(random_grid(rng, 2, 5) for _ in range(_PROBES))


def _after(step: Step, grids: tuple[Grid, ...]) -> tuple[Grid, ...]:
    rule = composed([step])
    return tuple(rule.apply(argument(grid)) for grid in grids)  # type: ignore[misc]  # a step covers all grids
