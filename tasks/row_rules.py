"""Rules over grids of one row: the 18 kinds of 1D-ARC (Xu et al. 2023, arXiv 2305.18354), written anew.

A piece is a run of neighbouring cells that are not 0. Colours of markers and of results belong to the rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from math import perm

from solverlearner.task import Rule

from .grid_rules import HEAD, UNCHANGED, grid_rule

COLOURS = range(1, 10)

_PIECES = """\
    row = grid[0]
    pieces = []
    for place, cell in enumerate(row):
        if cell and place and row[place - 1]:
            pieces[-1].append(place)
        elif cell:
            pieces.append([place])
    new = list(row)
"""
_MARKER = """\
    row = grid[0]
    if row.count({0}) != 1:
        return None
    marker = row.index({0})
    places = [place for place, cell in enumerate(row) if cell and place != marker]
    if not places:
        return None
    new = [0] * len(row)
    new[marker] = {0}
"""
_RETURN = "    return [new]\n"
_EACH = "    for piece in pieces:\n        for place in piece:\n"
_MOVED = """\
    for place in places:
        if 0 <= place + by < len(row) and place + by != marker:
            new[place + by] = row[place]
"""
_COPIED = """\
    for piece in pieces[1:]:
        if len(piece) == 1:
            half = len(pieces[0]) // 2
            for place in range(max(0, piece[0] - half), min(len(row), piece[0] + half + 1)):
                new[place] = row[piece[0]]
"""
_LENGTHS = ("one cell", "two cells", "three cells")

Table = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Kind:
    """A kind of rule: what it says in words, as a table, and as the lines of a program.

    Each has {0}, {1}, … for the rule's colours. A row of the table says what something in the grid becomes. `colours`
    is how many there are, no two of them equal. `marked`: the first is that of a marker.
    """

    words: str
    table: Table
    body: str
    colours: int = 0
    marked: bool = False

    def program(self, colours: Sequence[int]) -> str:
        """The program with these colours."""
        return HEAD + self.body.format(*colours)


def _moves(steps: int) -> Kind:
    body = f"    row = grid[0]\n    return [[0] * {steps} + row[:-{steps}]]\n"
    length = _LENGTHS[steps - 1]
    table = (f"the first {length}", "empty"), ("every other cell", f"what stood {length} to the left of it")
    return Kind(f"All coloured cells move {length} to the right.", table, body)


def _fills(words: str, where: str, pairs: str) -> Kind:
    body = (
        "    row = grid[0]\n    places = [place for place, cell in enumerate(row) if cell]\n    new = list(row)\n"
        f"    for start, end in {pairs}:\n        for place in range(start, end):\n"
        "            new[place] = row[start]\n"
    )
    return Kind(words, ((f"every cell between {where}", "the colour of these two"),), body + _RETURN)


def _marked(words: str, table: Table, body: str) -> Kind:
    stays = "The cell of colour {0} is a marker and stays where it is. The piece of another colour "
    marker = "the cell of colour {0}, a marker, which is no part of the piece", "itself"
    return Kind(stays + words, (marker, *table), _MARKER + body + _RETURN, 1, marked=True)


def _pieces(words: str, table: Table, body: str, colours: int = 0) -> Kind:
    return Kind(words, table, _PIECES + body + _RETURN, colours)


_PATTERN = (
    "The first piece is a pattern. Each of the other pieces is a single cell. It becomes a piece as long as the "
    "pattern, in its own colour, with the cell in its middle."
)
_COPY = (
    (
        "a piece of a single cell that is not the first piece",
        "a piece of its own colour, as long as the first piece, with this cell in its middle",
    ),
)

KINDS: Mapping[str, Kind] = {
    "move_1p": _moves(1),
    "move_2p": _moves(2),
    "move_3p": _moves(3),
    "move_dp": _marked(
        "moves towards the marker until it stands next to it.",
        (
            ("the cells next to the marker on the side of the piece, as many as the piece has", "the piece's colour"),
            ("every other cell", "empty"),
        ),
        "    by = marker - 1 - places[-1] if places[-1] < marker else marker + 1 - places[0]\n" + _MOVED,
    ),
    "move_2p_dp": _marked(
        "moves two cells towards the marker.",
        (("every other cell on the side of the piece",
          "what stood two cells farther from the marker, or empty at the edge"),),
        "    by = 2 if places[-1] < marker else -2\n" + _MOVED,
    ),
    "fill": _fills(
        "All cells between the first and the last coloured cell take the colour of the first.",
        "the first and the last coloured cell",
        "[(places[0], places[-1])] if places else []",
    ),
    "padded_fill": _fills(
        "The coloured cells form pairs: the first with the second, the third with the fourth, and so on. The cells "
        "between the two of a pair take their colour.",
        "the first and the second coloured cell, the third and the fourth, and so on",
        "zip(places[::2], places[1::2])",
    ),
    "hollow": _pieces(
        "Of each piece only the first and the last cell keep their colour; the cells between them become empty.",
        (("every cell of a piece but its first and its last", "empty"),),
        "    for piece in pieces:\n        for place in piece[1:-1]:\n            new[place] = 0\n",
    ),
    "flip": _pieces(
        "Each piece is reversed in its place.",
        (("the first cell of a piece, the second, and so on",
          "what its last cell was, its last but one, and so on"),),
        "    for piece in pieces:\n        for place, other in zip(piece, reversed(piece)):\n"
        "            new[place] = row[other]\n",
    ),
    "mirror": _marked(
        "is reflected by the marker: it moves to the other side, and stands there as far away as before.",
        (
            ("every cell on the other side of the marker, as far from it as a cell of the piece", "the piece's colour"),
            ("every other cell", "empty"),
        ),
        "    for place in places:\n        if 0 <= 2 * marker - place < len(row):\n"
        "            new[2 * marker - place] = row[place]\n",
    ),
    "denoising_1c": _pieces(
        "Pieces of a single cell become empty; longer ones stay.",
        (("a piece of a single cell", "empty"),),
        "    for piece in pieces:\n        if len(piece) == 1:\n            new[piece[0]] = 0\n",
    ),
    "denoising_mc": _pieces(
        "All cells of a piece take the colour that most of its cells have.",
        (("every cell of a piece", "the colour that most cells of this piece have"),),
        "    for piece in pieces:\n        cells = [row[place] for place in piece]\n"
        "        for place in piece:\n            new[place] = max(cells, key=cells.count)\n",
    ),
    "pcopy_1c": _pieces(_PATTERN, _COPY, _COPIED),
    "pcopy_mc": _pieces(_PATTERN, _COPY, _COPIED),
    "recolor_oe": _pieces(
        "Pieces with an odd number of cells take the colour {0}, and those with an even number the colour {1}.",
        (("a piece with an odd number of cells", "colour {0}"), ("a piece with an even number of cells", "colour {1}")),
        _EACH + "            new[place] = {0} if len(piece) % 2 else {1}\n",
        2,
    ),
    "recolor_cnt": _pieces(
        "Pieces of one cell take the colour {0}, pieces of two cells the colour {1}, and longer ones the colour {2}.",
        (("a piece of one cell", "colour {0}"), ("a piece of two cells", "colour {1}"),
         ("a piece of three cells or more", "colour {2}")),
        _EACH + "            new[place] = {0} if len(piece) == 1 else {1} if len(piece) == 2 else {2}\n",
        3,
    ),
    "recolor_cmp": _pieces(
        "The longest piece takes the colour {0}, and so does each other piece that is as long. The others stay.",
        (("the longest piece, and each other piece that is as long", "colour {0}"),),
        "    longest = max([len(piece) for piece in pieces], default=0)\n" + _EACH
        + "            new[place] = {0} if len(piece) == longest else row[place]\n",
        1,
    ),
    "scale_dp": _marked(
        "grows towards the marker until it touches it.",
        (("every cell between the piece and the marker", "the piece's colour"),),
        "    start, end = (places[0], marker) if places[-1] < marker else (marker + 1, places[-1] + 1)\n"
        "    for place in range(start, end):\n        new[place] = row[places[0]]\n",
    ),
}  # fmt: skip
"""The kinds by their names in 1D-ARC. Ours move towards markers on both sides, and copy patterns of several lengths."""


def row_rule(kind: str, colours: Sequence[int]) -> Rule:
    """The rule of a kind with these colours. All kinds are equally plausible, and so are all colours of a kind."""
    name = "-".join([kind, *map(str, colours)])
    every = perm(len(COLOURS), KINDS[kind].colours)
    return grid_rule(name, KINDS[kind].program(colours), one_row=True, weight=1 / every)


@cache
def row_rules() -> tuple[Rule, ...]:
    """The unchanged row and the rules of all kinds with all colours, those with the fewest colours first."""
    kinds = sorted(KINDS, key=lambda kind: KINDS[kind].colours)
    return (
        UNCHANGED,
        *(row_rule(kind, each) for kind in kinds for each in permutations(COLOURS, KINDS[kind].colours)),
    )
