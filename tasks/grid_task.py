"""Grid tasks: what all rules over grids share, and the rules over one row and over several."""

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from typing import ClassVar

from solverlearner.task import JSON, Check, Input, Rule, Split, Symbols, Task, Told, text_table

from .grid_rules import UNCHANGED, argument
from .grid_steps import composed, family_of, in_words, random_grid, steps_of
from .grid_text import grid_in
from .list_operations import ORDINALS
from .row_draws import DRAWS, SHORTEST, number
from .row_rules import KINDS, row_rule, row_rules

_SYMBOLS = Symbols(((*"0123456789",),), numbers=True, means=False)
"""The digits. None has a usual meaning, so a copy of the input is the default world in all signs."""

_CELL = "A grid is a list of rows of cells. Each cell holds a symbol: 0 is an empty cell, and every other one a colour."
_ONE_ROW = " Here every grid has one row."
_PIECE = "A piece is a run of neighbouring coloured cells. "
_MOST_DRAWS = 60
_PROBES = 12
_SMALLEST = 2
_COUNTS = ("", "one step", "two steps, one after the other", "three steps, one after the other",
           "four steps, one after the other")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class GridTask(Task):
    """A rule over grids. `named` is the variant's name."""

    named: str

    name: ClassVar[str] = "grids"
    role: ClassVar[str] = "an expert in puzzles"

    @property
    def signature(self) -> str:
        """Of lists of lists of whole numbers; with digits that Python does not know, of texts."""
        cell = "str" if self.signs.numbers_are_text else "int"
        return f"solver(grid: list[list[{cell}]]) -> list[list[{cell}]]"

    @property
    def symbols(self) -> Symbols:
        """The digits."""
        return _SYMBOLS

    @property
    def variant(self) -> str:
        """The name that the options have."""
        return self.named

    @property
    def domain(self) -> str:
        """What grids are."""
        return self.signs(_CELL)

    def alone(self) -> None:
        """None: without a rule there is nothing to ask."""
        return

    def load(self, stored: JSON) -> Input:
        """Takes the grid alone too."""
        grid = stored[0] if isinstance(stored, list) and stored and _is_nested(stored[0]) else stored
        return (grid,)

    def key(self, x: Input) -> Hashable:
        """The cells."""
        return repr(x)

    def rule_domain(self) -> str:
        """What grids are."""
        return f"{self.domain} A rule turns one grid into another."

    def show(self, x: Input, told: Told) -> str:
        """A list of lists, as Python and JSON write it."""
        return self.write(x[0])

    def write(self, y: JSON) -> str:
        """A list of lists, as Python and JSON write it."""
        return json.dumps(y, ensure_ascii=False)

    def question(self, x: Input, told: Told) -> str:
        """The grid."""
        return super().question(x, told) if told == "none" else f"What does the grid {self.show(x, told)} become?"

    @property
    def answer_format(self) -> str:
        """The sentence of the other tasks, with the notation."""
        return r'End the response with the result, written as a list of lists, in "\boxed{result}".'

    def reply(self, y: JSON) -> str:
        """The list of lists in a box."""
        return rf"\boxed{{{self.write(y)}}}"

    def read(self, text: str) -> JSON:
        """The boxed grid, see `grid_text`."""
        return grid_in(text, self.signs.back)

    def contract(self, told: Told) -> str:
        """Argument and return value in words."""
        cell = "strings" if self.signs.numbers_are_text else "ints"
        return f"grid is the input as a list of rows, each a list of {cell}; the output is returned in the same form."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """All cells are equal, and so are height and width."""
        return json.dumps(value) == json.dumps(expected)


def _is_nested(value: JSON) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list)


@dataclass(frozen=True, kw_only=True)
class MappedGrid(GridTask):
    """A rule that we know, with its words. `width`: of the longest row; `query_width`: of each row of the queries."""

    width: int
    query_width: int | None

    @property
    def default_world(self) -> Rule:
        """The grid unchanged."""
        return UNCHANGED

    def framing(self, told: Told) -> str:
        """The rule; or of what kind it is; or that grids become grids."""
        if told == "none":
            return "A hidden rule turns one input into one output."
        if told == "rule":
            return f"{self.domain} {self.signs(self.words)}"
        unknown = f"{self.domain} An unknown rule, the same for all grids, turns each grid into another."
        return f"{unknown} {self.signs(self.strong)}" if told == "strong" else unknown

    @property
    def words(self) -> str:
        """The rule in words, whose digits are colours."""
        raise NotImplementedError

    @property
    def strong(self) -> str:
        """What rules of the family do."""
        raise NotImplementedError

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "Which grid becomes [[0, 2]]?"."""
        return f"Which grid becomes {self.write(y)}?"

    def read_input(self, text: str, like: Input) -> Input | None:
        """The boxed grid, as it is written."""
        found = self.read(text)
        return (self.signs.write(found),) if isinstance(found, list) else None

    def checked(self, question: str, rule: Rule, x: Input) -> Check:
        """A comprehension check whose answer is what a rule makes of a grid."""
        grid = self.write(self.signs.write(x[0]))
        return Check(question.format(grid), self.answer_format, rule.apply(x), self.reply, self.read, self.equal)


@dataclass(frozen=True, kw_only=True)
class RowGrid(MappedGrid):
    """A rule over grids of one row: one of `KINDS` with its colours."""

    row_kind: str
    colours: tuple[int, ...]

    @property
    def domain(self) -> str:
        """What grids are: rows."""
        return super().domain + _ONE_ROW

    @property
    def rule(self) -> Rule:
        """The kind's rule with these colours."""
        return row_rule(self.row_kind, self.colours)

    def family(self) -> Sequence[Rule]:
        """The unchanged row and the rules of all kinds with all colours, those with the fewest colours first.

        Rules that agree on inputs of this kind are one rule. So `fill` and `padded_fill` are two rules for rows with
        three pairs of cells, and one for rows with a single pair.
        """
        return _family(self.row_kind, self.colours, self.width)

    def draw(self, rng: Random, split: Split) -> Input:
        """A random row of this kind."""
        most = self.query_width if split == "queries" and self.query_width else self.width
        least = most if split == "queries" and self.query_width else max(SHORTEST, most - 6)
        return argument([DRAWS[self.row_kind](rng, number(rng, least, most), self.colours)])

    @property
    def words(self) -> str:
        """What a piece is, and the kind in words."""
        words = KINDS[self.row_kind].words.format(*self.colours)
        return f"{_PIECE if 'piece' in words.lower() else ''}Grids are changed by this rule: {words}"

    def rule_table(self) -> str:
        """What becomes of cells or pieces, in a row for each sort of them."""
        rows = [[each.format(*self.colours) for each in row] for row in KINDS[self.row_kind].table]
        table = text_table(["in the given grid", "becomes"], rows)
        piece = _PIECE if "piece" in table else ""
        how = (
            f"{piece}The table says what becomes of cells{' and pieces' if piece else ''}. All others stay as they are."
        )
        return f"{how}\n\n{self.signs(table)}"

    @property
    def strong(self) -> str:
        """What the 18 kinds do."""
        return (
            "It does one thing: it moves, extends, mirrors, hollows, reverses, recolours, cleans or copies pieces, "
            "which are runs of neighbouring coloured cells, or it fills the gaps between coloured cells."
        )

    def checks(self, rng: Random) -> Sequence[Check]:
        """The shortest row of the kind."""
        x = argument([DRAWS[self.row_kind](rng, SHORTEST, self.colours)])
        return [self.checked("What does the grid {} become?", self.rule, x)]


@lru_cache(maxsize=256)
def _family(row_kind: str, colours: tuple[int, ...], width: int) -> tuple[Rule, ...]:
    rng, own = Random(f"grids/probes/{row_kind}"), row_rule(row_kind, colours)
    probes = [argument([DRAWS[row_kind](rng, number(rng, SHORTEST, width), colours)]) for _ in range(_PROBES)]
    known = {repr([own.apply(x) for x in probes])}
    found = []
    for rule in row_rules():
        outputs = repr([rule.apply(x) for x in probes])
        if rule.name == own.name or outputs not in known:
            known.add(outputs)
            found.append(rule)
    return tuple(found)


@dataclass(frozen=True, kw_only=True)
class PlaneGrid(MappedGrid):
    """A rule over grids of several rows: `steps` one after the other, by name: "rotate.border3"."""

    steps: str

    @cached_property
    def rule(self) -> Rule:
        """The steps."""
        return composed(steps_of(self.steps))

    def family(self) -> Sequence[Rule]:
        """The unchanged grid and all rules of one and two steps, the shortest first, and this rule."""
        return _plane_family(self.steps)

    def draw(self, rng: Random, split: Split) -> Input:
        """A random grid with a colour that the rule changes; one that it does not change where none is found soon."""
        most = self.query_width if split == "queries" and self.query_width else self.width
        least = most if split == "queries" and self.query_width else _SMALLEST
        for _ in range(_MOST_DRAWS):
            grid = random_grid(rng, least, most)
            if any(map(any, grid)) and self.rule.apply(argument(grid)) != grid:
                break
        return argument(grid)

    @property
    def words(self) -> str:
        """The steps in words."""
        return f"Grids are changed by this rule: {in_words(steps_of(self.steps))}"

    def rule_table(self) -> str:
        """A row a step."""
        rows = [[ORDINALS[number], step.words] for number, step in enumerate(steps_of(self.steps), 1)]
        how = "Each row is a step. Steps are taken one after the other, each with the grid that the one before left."
        return f"{how}\n\n{self.signs(text_table(['step', 'what is done'], rows))}"

    @property
    def strong(self) -> str:
        """What steps there are, and how many."""
        count = _COUNTS[len(steps_of(self.steps))]
        return (
            f"It takes {count}. A step turns or reverses the grid, pushes or moves its cells, crops, doubles or "
            "frames it, or changes, exchanges or erases colours."
        )

    def checks(self, rng: Random) -> Sequence[Check]:
        """What the first step makes of a small grid."""
        steps = steps_of(self.steps)
        after = " after the first step alone" if len(steps) > 1 else ""
        question = f"What does the grid {{}} become{after}?"
        return [self.checked(question, composed(steps[:1]), argument(random_grid(rng, _SMALLEST, _SMALLEST)))]


@lru_cache(maxsize=64)
def _plane_family(steps: str) -> tuple[Rule, ...]:
    return family_of(composed(steps_of(steps)))
