"""Overlap: whether a program is one that the harness tests on, but for its names, its constants or its comments."""

import ast
import warnings
from collections.abc import Iterator

from solverlearner.case2code.normal import normal_hash, skeletons
from solverlearner.case2code.stripped import stripped

Mark = tuple[str, str]
"""A property that two programs may share: the words for it, and its value."""


def marks(code: str, name: str = "", package: str = "") -> Iterator[Mark]:
    """The marks by which an overlap with another program is found.

    These are its text, its syntax tree except for names, each of its functions except for names and constants, and the
    package that it is from. Of functions beside the one called `name`, small ones have no mark: they occur in many
    unrelated programs. A text that is no Python has the first mark alone.

    >>> first, second = (dict(marks(f"def {name}(x):\\n    return x + 1", name)) for name in "fg")
    >>> first["the same syntax tree"] == second["the same syntax tree"]
    True
    """
    yield "the same text", one_line(code)
    program = _parsed(code)
    if program:
        yield "the same syntax tree", normal_hash(program)
        yield from (("a function in common", each) for each in skeletons(program, name))
    if package:
        yield "a package in common", package


def one_line(text: str) -> str:
    """A text with one blank for all white space, so that its layout does not count."""
    return " ".join(text.split())


def _parsed(code: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an old escape in somebody's string is not ours to tell of
            return ast.Module([*map(stripped, ast.parse(code).body)], [])
    except (SyntaxError, ValueError, RecursionError):
        return None
