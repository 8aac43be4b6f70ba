"""Values: the built-in values that real functions take and return, as typed JSON, and their comparison."""

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
"""A value of built-in types only. Elements of sets and keys of dicts are hashable."""

NONE: JSON = {"__none__": True}
"""None as an expected output or an answer, which has to differ from a missing answer. `decode` reads it as None."""

VALUE_LIMIT = 2**20
"""Most characters of one value as JSON text."""

_RELATIVE, _ABSOLUTE = 1e-9, 1e-12


def encode(value: Value) -> JSON:
    """A value as typed JSON (see `execution/sandbox/typed_values.py`); `decode` reads it, with all types.

    A value of a subclass (namedtuple, Counter, IntEnum) becomes a value of the base type.
    Raises: ValueError for other types, lone surrogates, nesting deeper than 100, ints of more than about 4,200 digits,
    and values longer than `VALUE_LIMIT`.

    >>> encode({"a": (1, 2)})
    {'a': {'__tuple__': [1, 2]}}
    """
    try:
        stored: JSON = json.loads(typed.render_typed(value, VALUE_LIMIT))
    except NotPlainError as error:
        raise ValueError(f"not a plain value: {error}") from None
    return stored


def decode(stored: JSON) -> Value:
    """The value that typed JSON stands for. Plain JSON stands for itself. Raises: ValueError for a damaged form."""
    value: Value = typed.decoded(stored)
    return value


def same(left: Value, right: Value) -> bool:
    """Whether two values are equal, including types: True is not 1, 1 is not 1.0, a tuple is not a list.

    The order of dicts and sets does not count, and NaN equals NaN. Floats may differ by 1e-9 of the larger one or by
    1e-12, because a sum in another order gives the same answer. Elements of sets and keys of dicts are compared
    exactly. Raises: ValueError if `encode` refuses such an element or key.
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
