r"""Grid text: the grid that a reply gives in `\boxed{…}`, or, for want of that, as its last code."""

import re
from collections.abc import Callable, Iterator

from solverlearner.task import JSON, bare, code_blocks, read_boxed

_LIMIT = 40_000
_MOST_CODES = 16

_LATEX = re.compile(
    r"\\(?:text|texttt|textbf|mathtt|mathrm|verb|left|right|"
    r"hline|quad|displaystyle|,|;|!| |\{|\})|[${}]"
)
_MATRIX = re.compile(r"\\begin\{\w+\*?\}(?:\{[clr|@{} ]{0,80}\})?((?:[^\\]|\\(?!end\b|begin\b))*)\\end\b")
_OUTER = re.compile(r"\[\s*(?:\[[^\[\]]*\][\s,;]*)+\]")
_ROW = re.compile(r"\[([^\[\]]*)\]")
_ROWS = re.compile(r"(?:\[[^\[\]]*\][\s,;]*)+")
_LABEL = re.compile(r"[:=→⇒]|->|=>|\\(?:to|rightarrow|Rightarrow)\b")
_CELLS = re.compile(r"[\s,;&|'\"\d]*")
_BRACKETS = str.maketrans("()", "[]")
_INLINE = re.compile(r"`([^`\n]+)`")


def grid_in(text: str, back: Callable[[str], str]) -> JSON:
    r"""The grid in the last `\boxed{…}` of a reply; in the last code block or `code` where nothing is boxed.

    `back` turns signs into usual symbols. A box that holds no grid gives its text, and a reply without one None. Lists,
    LaTeX matrices, and lines of digits are read; a single list is a grid of one row.
    """
    boxed = read_boxed(text[-_LIMIT:], lambda plain: None, lambda inside: inside)
    if boxed is not None:
        found = as_grid(back(boxed))
        return found if found is not None else bare(boxed) or None
    return next((grid for code in _codes(text[-_LIMIT:]) if (grid := as_grid(back(code)))), None)


def as_grid(source: str) -> JSON:
    r"""The grid that a text is, behind a label if there is one; None where it is none.

    >>> as_grid("[[0, 1], [2, 0]]"), as_grid(r"\begin{bmatrix}0 & 1\\2 & 0\end{bmatrix}"), as_grid("Output: 0 1 1")
    ([[0, 1], [2, 0]], [[0, 1], [2, 0]], [[0, 1, 1]])
    """
    matrices = _MATRIX.findall(source)
    text = _LATEX.sub(" ", (matrices[-1] if matrices else source).replace("\\\\", "\n")).translate(_BRACKETS)
    grids = _OUTER.findall(text) or _ROWS.findall(text)
    rows = _ROW.findall(grids[-1]) if grids else _LABEL.split(text)[-1].splitlines()
    cells = [_cells(row) for row in rows if row.strip()]
    return [row for row in cells if row] if cells and all(cells) else None


def _cells(row: str) -> list[JSON]:
    """The digits of a row, with signs between them or without; an empty list for any other text."""
    if not _CELLS.fullmatch(row):
        return []
    tokens = re.findall(r"\d+", row)
    if len(tokens) == 1:
        tokens = [*tokens[0]]
    return [int(token) for token in tokens] if all(len(token) == 1 for token in tokens) else []


def _codes(text: str) -> Iterator[str]:
    yield from [block.content for block in code_blocks(text)][::-1][:_MOST_CODES]
    yield from _INLINE.findall(text)[::-1][:_MOST_CODES]
