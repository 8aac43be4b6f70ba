r"""Boxed arguments: the input of a real function that a reply gives in `\boxed{…}`, as Python writes arguments."""

import ast
from collections.abc import Sequence

from solverlearner.case2code.literals import LITERAL_LIMIT, literal_of
from solverlearner.case2code.values import Value, encode
from solverlearner.task import Input

from .boxed_literal import boxed_source, literal_in

_LITERALS = ("set", "frozenset", "float")
"""Calls that write a value."""


def arguments_in(text: str, names: Sequence[str]) -> Input | None:
    r"""The arguments in the last box, as typed JSON, for the parameters `names`; None without them.

    They stand in order or by name, with a call around them or without. A single one may be a text without its quotes.

    >>> arguments_in(r"\boxed{'a b', limit=3}", ["text", "limit"]), arguments_in(r"\boxed{rule((1, 2))}", ["pair"])
    (('a b', 3), ({'__tuple__': [1, 2]},))
    """
    for source in boxed_source(text):
        try:
            return tuple(map(encode, _bound(source, names)))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            continue
    if len(names) == 1 and boxed_source(text):
        value = literal_in(text)
        return None if value is None else (value,)
    return None


def _bound(source: str, names: Sequence[str]) -> list[Value]:
    """The arguments in the order of their names. Raises: ValueError, TypeError, SyntaxError for any other text."""
    call = _call(source)
    given = [*map(literal_of, call.args)]
    named = {str(each.arg): literal_of(each.value) for each in call.keywords}
    if not named and len(names) == 1 < len(given):
        given = [tuple(given)]
    if not named and len(given) == 1 < len(names) and isinstance(given[0], list | tuple):
        given = [*given[0]]
    bound = dict(zip(names, given, strict=False)) | named
    if len(given) + len(named) != len(names) or {*bound} != {*names}:
        raise ValueError("other arguments than the function has")
    return [bound[name] for name in names]


def _call(source: str) -> ast.Call:
    if len(source) > LITERAL_LIMIT:
        raise ValueError("too long")
    for form in (source.strip(), f"_({source.strip()})"):
        try:
            node = ast.parse(form, mode="eval").body
        except SyntaxError:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in _LITERALS:
            return node
    raise ValueError("no arguments")
