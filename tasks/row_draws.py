"""Inputs for each kind of rule over grids of one row: as 1D-ARC describes them, by generators of our own."""

from collections.abc import Callable, Mapping, Sequence
from random import Random

from solverlearner.task import pick, shuffled

from .row_rules import COLOURS

Row = list[int]
Draw = Callable[[Random, int, Sequence[int]], Row]
"""From a generator, the length of the row and the colours of the rule."""

SHORTEST = 10
"""Cells of the shortest row that each kind has room in."""


def number(rng: Random, least: int, most: int) -> int:
    """A whole number of this range, both ends included."""
    return least + int(rng.random() * (most - least + 1))


def other_colour(rng: Random, taken: Sequence[int]) -> int:
    """A colour that is none of these."""
    return pick(rng, [colour for colour in COLOURS if colour not in taken])


def spread(rng: Random, length: int, sizes: Sequence[int]) -> list[int]:
    """Where pieces of these sizes start in a row, in this order, with one empty cell or more between two of them."""
    gaps = [0] * (len(sizes) + 1)
    for _ in range(length - sum(sizes) - (len(sizes) - 1)):
        gaps[int(rng.random() * len(gaps))] += 1
    starts, place = [], 0
    for gap, size in zip(gaps, sizes, strict=False):
        starts.append(place + gap)
        place += gap + size + 1
    return starts


def _painted(length: int, pieces: Sequence[tuple[int, Sequence[int]]]) -> Row:
    row = [0] * length
    for start, cells in pieces:
        row[start : start + len(cells)] = cells
    return row


def _moving(steps: int) -> Draw:
    def draw(rng: Random, length: int, colours: Sequence[int]) -> Row:
        size = number(rng, 2, length - steps - 3)
        start = number(rng, 0, length - steps - size)
        return _painted(length, [(start, [pick(rng, COLOURS)] * size)])

    return draw


def _marked(least_gap: int, reflected: bool = False) -> Draw:
    """A piece and a marker, on either side, with so many empty cells between them or more."""

    def draw(rng: Random, length: int, colours: Sequence[int]) -> Row:
        size = number(rng, 2, max(2, length // 4))
        most = (length - 1 - 2 * size) // 2 if reflected else length - size - 1
        gap = number(rng, least_gap, max(least_gap, min(most, length // 3 + 1)))
        wide = 2 * (size + gap) + 1 if reflected else size + gap + 1
        start = number(rng, 0, length - wide)
        cells = [other_colour(rng, colours[:1])] * size
        row = _painted(length, [(start, cells), (start + size + gap, colours[:1])])
        return row if rng.random() < 0.5 else row[::-1]

    return draw


def _fill(rng: Random, length: int, colours: Sequence[int]) -> Row:
    colour, size = pick(rng, COLOURS), number(rng, 3, length - 2)
    start = number(rng, 0, length - size)
    return _painted(length, [(start, [colour]), (start + size - 1, [colour])])


def _padded_fill(rng: Random, length: int, colours: Sequence[int]) -> Row:
    count = number(rng, 2, 3) if length >= 14 else 2
    colour, most = pick(rng, COLOURS), (length - count + 1) // count
    sizes = [number(rng, 3, most) for _ in range(count)]
    starts = spread(rng, length, sizes)
    pairs = zip(starts, sizes, strict=True)
    return _painted(length, [(place, [colour]) for start, size in pairs for place in (start, start + size - 1)])


def _hollow(rng: Random, length: int, colours: Sequence[int]) -> Row:
    size = number(rng, 3, length - 2)
    return _painted(length, [(number(rng, 0, length - size), [pick(rng, COLOURS)] * size)])


def _flip(rng: Random, length: int, colours: Sequence[int]) -> Row:
    first, size = pick(rng, COLOURS), number(rng, 3, length // 2 + 1)
    cells = [first, *[other_colour(rng, [first])] * (size - 1)]
    return _painted(length, [(number(rng, 0, length - size), cells)])


def _denoising_1c(rng: Random, length: int, colours: Sequence[int]) -> Row:
    colour, size = pick(rng, COLOURS), number(rng, 3, length // 2)
    singles = number(rng, 1, min(3, (length - size) // 2))
    sizes = shuffled(rng, [size, *[1] * singles])
    return _same_colour(length, spread(rng, length, sizes), sizes, colour)


def _denoising_mc(rng: Random, length: int, colours: Sequence[int]) -> Row:
    colour, size = pick(rng, COLOURS), number(rng, 6, length - 2)
    cells = [colour] * size
    for _ in range(number(rng, 1, (size - 2) // 3)):
        cells[number(rng, 1, size - 2)] = other_colour(rng, [colour])
    return _painted(length, [(number(rng, 0, length - size), cells)])


def _pcopy(several: bool) -> Draw:
    def draw(rng: Random, length: int, colours: Sequence[int]) -> Row:
        size = number(rng, 1, 2 if length >= 12 else 1) * 2 + 1
        count = number(rng, 1, min(3, (length - size) // (size + 1)))
        starts = spread(rng, length, [size] * (count + 1))
        colour = pick(rng, COLOURS)
        row = _painted(length, [(starts[0], [colour] * size)])
        for start in starts[1:]:
            row[start + size // 2] = pick(rng, COLOURS) if several else colour
        return row

    return draw


def _recolour(most: int, least: int | None = None) -> Draw:
    """Two to five pieces of at most `most` cells, two of them not equally long.

    With `least` the longest that a row may have is drawn for each row, from `least` on.
    """

    def draw(rng: Random, length: int, colours: Sequence[int]) -> Row:
        longest = number(rng, least, most) if least else most
        sizes = [*shuffled(rng, range(1, longest + 1))[:2]]
        while rng.random() < 0.7 and sum(sizes) + len(sizes) + 1 < length:
            sizes.append(number(rng, 1, min(longest, length - sum(sizes) - len(sizes))))
        return _same_colour(length, spread(rng, length, sizes), sizes, other_colour(rng, colours))

    return draw


def _same_colour(length: int, starts: Sequence[int], sizes: Sequence[int], colour: int) -> Row:
    return _painted(length, [(start, [colour] * size) for start, size in zip(starts, sizes, strict=True)])


DRAWS: Mapping[str, Draw] = {
    "move_1p": _moving(1),
    "move_2p": _moving(2),
    "move_3p": _moving(3),
    "move_dp": _marked(1),
    "move_2p_dp": _marked(2),
    "fill": _fill,
    "padded_fill": _padded_fill,
    "hollow": _hollow,
    "flip": _flip,
    "mirror": _marked(0, reflected=True),
    "denoising_1c": _denoising_1c,
    "denoising_mc": _denoising_mc,
    "pcopy_1c": _pcopy(several=False),
    "pcopy_mc": _pcopy(several=True),
    "recolor_oe": _recolour(4),
    "recolor_cnt": _recolour(3),
    "recolor_cmp": _recolour(5, least=2),
    "scale_dp": _marked(1),
}
"""How the rows of each kind are drawn."""
