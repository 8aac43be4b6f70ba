"""Typed values: what real functions take and return, Python's built-in values, as JSON, and when two are the same."""

import json
import math
from typing import Any, TypeAlias

from solverlearner.execution.sandbox import typed_values as typed
from solverlearner.execution.sandbox.plain_values import NotPlainError
from solverlearner.task import JSON

__all__ = ["NONE", "Value", "decode", "encode", "same"]

Value: TypeAlias = (
    "bool | int | float | str | bytes | list[Value] | tuple[Value, ...] | set[Any] | frozenset[Any] | dict[Any, Value]"
    " | None"
)
"""A value of built-in types only; elements of sets and keys of dicts are hashable ones."""

NONE: JSON = {"__none__": True}
"""None as an expected output or an answer, which has to differ from there being none; `decode` knows it."""

VALUE_LIMIT = 2**20
"""Characters of one value as JSON text."""

_RELATIVE, _ABSOLUTE = 1e-9, 1e-12


def encode(value: Value) -> JSON:
    """A value as typed JSON (see `execution/sandbox/typed_values.py`); `decode` gives it back, types and all.

    Of a subclass (namedtuple, Counter, IntEnum) the base type's value. Raises: ValueError for what has no such form:
    other types, lone surrogates, nesting deeper than 100, ints of more than about 4,200 digits, more than
    `VALUE_LIMIT`.
    """
    try:
        stored: JSON = json.loads(typed.render_typed(value, VALUE_LIMIT))
    except NotPlainError as error:
        raise ValueError(f"not a plain value: {error}") from None
    return stored


def decode(stored: JSON) -> Value:
    """The value that typed JSON stands for; plain JSON is read as it is. Raises: ValueError."""
    value: Value = typed.decoded(stored)
    return value


def same(left: Value, right: Value) -> bool:
    """Whether two values are the same, to the type: True is not 1, 1 is not 1.0, a tuple is no list.

    Dicts and sets in any order; nan is nan. Floats may differ by 1e-9 of the larger one, or by 1e-12, for a sum in
    another order is no other answer; not so as elements of sets or keys of dicts, which are compared exactly.
    Raises: ValueError for such elements and keys that `encode` refuses.
    """
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        both_nan = math.isnan(left) and math.isnan(right)
        return both_nan or math.isclose(left, right, rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        one, other = ({_text(key): item for key, item in each.items()} for each in (left, right))
        return one.keys() == other.keys() and all(same(item, other[key]) for key, item in one.items())
    if isinstance(left, set | frozenset):
        return _text(left) == _text(right)
    return left == right


def _text(value: Any) -> str:
    return json.dumps(encode(value))
