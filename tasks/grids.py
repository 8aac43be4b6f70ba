"""Grids: coloured cells in one row or in several, that a rule turns into others, as in ARC and 1D-ARC."""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from solverlearner.task import (
    Told,
    UsageError,
    check_choice,
    check_range,
    pick,
    shuffled,
)

from .arc_file import WORDS, read_puzzles
from .example_sets import ExampleSets, ExampleTask, SetsOfFile
from .grid_steps import drawn_rule, steps_of
from .grid_task import GridTask, PlaneGrid, RowGrid
from .row_draws import SHORTEST
from .row_rules import COLOURS, KINDS

ROW, PLANE = "row", "plane"

_WIDTHS = {PLANE: (4, 2)}
_ROW_WIDTHS = (16, SHORTEST)
_WIDEST = 60
_MOST_STEPS = 4


@dataclass(frozen=True)
class Grids(SetsOfFile):
    """Rules over grids, another one in each episode.

    `of_kind`: "row" for one of the 18 kinds of 1D-ARC, one of `KINDS` for that kind, or "plane" for grids of several
    rows that `size` steps change. `steps` names the steps of one rule for the whole run: "rotate.border3". `width`:
    cells of the longest row, null for the usual of a kind; queries have exactly `query_width`, if that is given.
    `data`: a file or a folder of puzzles in ARC's JSON, one an episode.
    """

    of_kind: str = ROW
    size: int = 2
    steps: str | None = None
    width: int | None = None
    query_width: int | None = None
    data: str | None = None

    kind: ClassVar[str] = "grids"
    name: ClassVar[str] = "grids"
    where_words: ClassVar[str] = WORDS
    query_options: ClassVar[tuple[str, ...]] = ("query_width",)

    def __post_init__(self) -> None:
        if self.data is not None:
            self._check_data()
            return
        check_choice("kind", self.of_kind, (ROW, PLANE, *KINDS))
        check_range("size", self.size, 1, _MOST_STEPS)
        least = _WIDTHS.get(self.of_kind, _ROW_WIDTHS)[1]
        for key, value in (("width", self.width), ("query_width", self.query_width)):
            if value is not None:
                check_range(key, value, least, 30 if self.of_kind == PLANE else _WIDEST)
        if self.steps is not None:
            self._check_steps(self.steps)

    def _check_data(self) -> None:
        if given := [key for key in ("steps", "width", "query_width") if getattr(self, key) is not None]:
            raise UsageError(f"data={self.data}", f"has grids of its own; leave out {', '.join(given)}")
        _ = self.example_sets

    def _check_steps(self, steps: str) -> None:
        if self.of_kind != PLANE:
            raise UsageError(f"steps={steps}", "is there for kind=plane; leave it out, or give kind=plane")
        try:
            count = len(steps_of(steps))
        except ValueError as error:
            raise UsageError(f"steps={steps}", str(error)) from error
        if count > _MOST_STEPS:
            raise UsageError(f"steps={steps}", f"has {count} steps; give at most {_MOST_STEPS}")

    @property
    def example_sets(self) -> ExampleSets | None:
        """The puzzles of a file."""
        return None if self.data is None else read_puzzles(self.data)

    @property
    def variant(self) -> str:
        """ "row", "mirror", "plane-2"; what differs from the usual is named too. For a file its name and hash."""
        if sets := self.example_sets:
            return sets.variant
        parts: list[str | int] = [self.of_kind]
        parts += [self.steps or self.size] if self.of_kind == PLANE else []
        parts += ["width", self.width] if self.width else []
        parts += ["query", self.query_width] if self.query_width else []
        return "-".join(map(str, parts))

    @property
    def world(self) -> str | None:
        """The grid unchanged; none for puzzles of a file."""
        return None if self.data else "unchanged"

    def notes(self) -> Iterable[str]:
        """How many puzzles a file has."""
        if self.data:
            yield f"{self.data} has {self.most_episodes} puzzles."

    def of_episode(self, seed: int, index: int) -> GridTask:
        """The task of an episode's rule or puzzle."""
        if sets := self.example_sets:
            puzzle = sets.of_episode(index, f"grids/puzzles/{seed}")
            return ArcPuzzle(examples=puzzle, named=self.variant)
        rng = Random(f"grids/{self.of_kind}/{seed}/{index}")
        width = self.width or _WIDTHS.get(self.of_kind, _ROW_WIDTHS)[0]
        if self.of_kind == PLANE:
            steps = self.steps or drawn_rule(self.size, rng)
            return PlaneGrid(steps=steps, width=width, query_width=self.query_width, named=self.variant)
        kind = pick(rng, [*KINDS]) if self.of_kind == ROW else self.of_kind
        colours = tuple(shuffled(rng, COLOURS)[: KINDS[kind].colours])
        return RowGrid(row_kind=kind, colours=colours, width=width, query_width=self.query_width, named=self.variant)


@dataclass(frozen=True, kw_only=True)
class ArcPuzzle(ExampleTask, GridTask):
    """A puzzle of a file: its rule is known by its pairs, and at most in words."""

    def framing(self, told: Told) -> str:
        """What grids are, and the rule if the file tells it."""
        if told == "none":
            return "A hidden rule turns one input into one output."
        if told == "rule":
            return f"{self.domain} Grids are changed by this rule: {self.signs(self.examples.words)}"
        return f"{self.domain} An unknown rule, the same for all grids, turns each grid into another."
