"""Grids as inputs, and rules over them that are stated once, as a Python program, and carried out by it."""

from collections.abc import Callable
from functools import cache

from solverlearner.task import JSON, Input, Rule

Grid = list[list[int]]

HEAD = "def solver(grid: list[list[int]]) -> list[list[int]]:\n"


def argument(grid: Grid) -> Input:
    """The only argument of a rule."""
    return ([[*row] for row in grid],)


def is_grid(value: JSON) -> bool:
    """Whether a value is a grid: rows of one length, whose cells are digits.

    >>> is_grid([[0, 1], [2, 3]]), is_grid([[0, 1], [2]]), is_grid([[]])
    (True, False, False)
    """
    if not isinstance(value, list) or not value or not isinstance(value[0], list) or not value[0]:
        return False
    width = len(value[0])
    return all(
        isinstance(row, list) and len(row) == width and all(type(cell) is int and 0 <= cell <= 9 for cell in row)
        for row in value
    )


@cache
def grid_rule(name: str, program: str, one_row: bool = False, weight: float = 1.0) -> Rule:
    """The rule of a program. It covers grids; with `one_row` those of one row. None of the program: not covered.

    `weight` says how plausible it is before the shots.
    """
    found: list[Callable[[Grid], JSON]] = []

    def apply(x: Input) -> JSON:
        if len(x) != 1 or not is_grid(x[0]) or (one_row and len(x[0]) != 1):  # type: ignore[arg-type]
            return None
        if not found:
            found.append(_compiled(program))
        return found[0](x[0])  # type: ignore[arg-type]

    return Rule(name, apply, program, weight)


def _compiled(program: str) -> Callable[[Grid], JSON]:
    """`solver` of a program of ours, so that a rule and its program cannot differ."""
    scope: dict[str, Callable[[Grid], JSON]] = {}
    exec(program, scope)
    return scope["solver"]


UNCHANGED = grid_rule("unchanged", f"{HEAD}    return grid\n")
"""The default world: a copy of the input."""
