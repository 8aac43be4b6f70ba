"""Render: tables as CSV, Markdown, LaTeX (booktabs) and HTML. The same tables give the same bytes."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from solverlearner.analysis.tables.table import Group, Table, TableRow

TEXT_FORMATS = {"csv": "csv", "md": "md", "latex": "tex", "html": "html"}
"""The formats of tables with the endings of their files."""

_LINES_A_PAGE = 46  # of a LaTeX table; a float does not go on over pages by itself

_COLUMNS_A_PAGE = 10

_SHARES = ("accuracy", "effect", "recited", "selected")  # columns of shares; the first of them names the unit

_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|":
        r"\textbar{}", "−": "$-$", "×": r"$\times$", "≤": r"$\leq$", "†": r"\textdagger{}", "‡": r"\textdaggerdbl{}",
        "–": "--", "[": "{[}", "↑": r"$\uparrow$",
    }
)  # fmt: skip
_MARKDOWN = str.maketrans({"|": r"\|", "*": r"\*", "_": r"\_", "<": "&lt;", "`": r"\`", "[": r"\[", "\n": " "})


def latex(text: str) -> str:
    """Text for LaTeX; letters that pdflatex's fonts do not have lose their accents, or become "?"."""
    plain = (c if ord(c) < 0x180 or c in "−×≤†‡–—↑" else unicodedata.normalize("NFKD", c) for c in text)
    return "".join(c if ord(c) < 0x180 or c in "−×≤†‡–—↑" else "?" for c in "".join(plain)).translate(_LATEX)


def markdown(text: str) -> str:
    """Text for a cell or a paragraph of Markdown."""
    return text.translate(_MARKDOWN)


@cache
def _templates(ending: str) -> Environment:
    loader = PackageLoader("solverlearner.reporting")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=ending == "html"
    )
    environment.filters["cell"] = {"tex": latex, "md": markdown}.get(ending, str)
    return environment


def render_table(table: Table, ending: str) -> str:
    """One table as the text of a file with this ending: "csv", "md", "tex" or "html"."""
    if ending == "csv":
        return _with_unit(table).to_csv(index=False, lineterminator="\n")
    whole = [(table.header, table.groups)]
    parts = [(panel.header, page) for panel in _panels(table) for page in _pages(panel)] if ending == "tex" else whole
    return _templates(ending).get_template(f"table.{ending}.jinja").render(table=table, parts=parts)


def _with_unit(table: Table) -> pd.DataFrame:
    """The numbers of a table, with a column that names the unit of its shares: "accuracy_unit" holds "share of 1"."""
    named = next((name for name in _SHARES if name in table.data.columns), None)
    return table.data if named is None else table.data.assign(**{f"{named}_unit": "share of 1"})


def render_all(tables: Sequence[Table], figures: Mapping[str, str], ending: str, picture: str) -> str:
    """One document of all tables and figures: "md", "html", or "tex", which takes in the tables' own files.

    `figures` are titles by file name without ending; `picture` is the ending of theirs that the document shows.
    """
    texts = [render_table(table, ending) for table in tables] if ending != "tex" else []
    names = [table.name for table in tables]
    template = _templates(ending).get_template(f"all.{ending}.jinja")
    return template.render(tables=texts, names=names, figures=figures, picture=picture)


def _panels(table: Table) -> Iterator[Table]:
    """The table whole, or, where it has more columns than a page is wide, some columns at a time."""
    first, most = table.texts, _COLUMNS_A_PAGE
    if len(table.header) <= first + most:
        yield table
        return
    for start in range(first, len(table.header), most):
        kept = [*range(first), *range(start, min(start + most, len(table.header)))]
        groups = [(title, tuple(tuple(row[i] for i in kept) for row in rows)) for title, rows in table.groups]
        yield replace(table, header=tuple(table.header[i] for i in kept), groups=tuple(groups))


def _pages(table: Table) -> Iterator[list[Group]]:
    """The groups in portions that fit a page; one that is cut goes on under its title."""
    page: list[Group] = []
    room = _LINES_A_PAGE
    for title, rows in table.groups:
        lines = [1 + max(len(entry.details) for entry in row) for row in rows]
        if room < min(sum(lines), _LINES_A_PAGE // 2):  # no title with a few rows at the foot of a page
            yield page
            page, room = [], _LINES_A_PAGE
        room -= 2  # for the title and its rule
        portion: list[TableRow] = []
        for row, needed in zip(rows, lines, strict=True):
            if room < needed:
                yield [*page, (title, tuple(portion))]
                page, portion, room = [], [], _LINES_A_PAGE
            portion.append(row)
            room -= needed
        page.append((title, tuple(portion)))
    yield page
