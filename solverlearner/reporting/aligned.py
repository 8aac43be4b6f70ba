"""Aligned text: tables and sentences that fit the terminal. In a file or a pipe nothing is broken into lines."""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

_GAP = 2
_WITHIN = re.compile(r"(?<=,) (?=[^\[\]]*\])")  # the space of "[0.1, 0.2]", which stays in one line
_KEPT = "\u00a0"


def room() -> int | None:
    """The columns of the terminal that standard output goes to; None where it goes to no terminal.

    COLUMNS alone does not count: the library readline sets it for every process that Python starts.
    """
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def columns(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows of cells as aligned lines, indented by two spaces.

    Where a terminal is narrower, the widest cells go on in further lines; words and numbers stay whole.
    """
    table = [list(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    if (within := room()) is not None and line_width(widths) > within:
        widths = _narrowed(table, widths, within)
    for row in table:
        cells = [_broken(cell, width) for cell, width in zip(row, widths, strict=True)]
        for parts in zip_longest(*cells, fillvalue=""):
            yield "  " + "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def line_width(widths: Sequence[int]) -> int:
    """The length of a line with columns of these widths."""
    return sum(widths) + _GAP * len(widths)


def _narrowed(table: Sequence[Sequence[str]], widths: Sequence[int], within: int) -> list[int]:
    """Widths that fit, taken from the widest columns first; no column gets narrower than its longest word."""
    found = [*widths]
    words = [[word for cell in column for word in _whole(cell).split(" ")] for column in zip(*table, strict=True)]
    least = [max(map(len, each)) for each in words]
    while line_width(found) > within:
        able = [place for place, width in enumerate(found) if width > least[place]]
        if not able:
            return found
        found[max(able, key=found.__getitem__)] -= 1
    return found


def _broken(cell: str, width: int) -> list[str]:
    if len(cell) <= width:
        return [cell]
    lines = textwrap.wrap(_whole(cell), width, break_long_words=False, break_on_hyphens=False)
    return [line.replace(_KEPT, " ") for line in lines]


def _whole(cell: str) -> str:
    return _WITHIN.sub(_KEPT, cell)


def sentences(lines: Iterable[str], most: int | None = None) -> list[str]:
    """Sentences, a line each; what is longer than the terminal, or than `most`, goes on in indented lines."""
    widths = [width for width in (room(), most) if width is not None]
    if not widths:
        return [*lines]
    width = max(40, min(widths) - 1)
    return [part for line in lines for part in textwrap.wrap(line, width, subsequent_indent="  ") or [""]]
