"""Labels: the words and the order that tables, figures and pages give to the things that they show."""

import re
from collections.abc import Iterable, Mapping

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.conditions import of_queries
from solverlearner.task import JSON


def counted(number: int, noun: str) -> str:
    """ "1 run", "2 runs"."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def natural(text: str) -> list[tuple[int, int, str]]:
    """A sort key in which base-9 comes before base-10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", text) if part]


def variants(cells: Iterable[Cell]) -> list[str]:
    """The variants in the paper's order: the default world's own first, then by name."""
    cells = list(cells)
    home = {cell.variant for cell in cells if cell.is_default_world}
    return sorted({cell.variant for cell in cells}, key=lambda name: (name not in home, natural(name)))


def options_text(options: Mapping[str, JSON]) -> str:
    """ "shots 4, noise_told true"."""
    return ", ".join(f"{key} {option_word(key, value)}" for key, value in options.items())


def option_word(key: str, value: JSON) -> str:
    """An option's value as a person types it; without one of their own the queries are as the shots are."""
    if value is None:
        return "as shots" if of_queries(key) else "not given"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
