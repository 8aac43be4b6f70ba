"""Literals: values as Python source, as in prompts and completions."""

import ast
import math
from typing import Any

from solverlearner.case2code.values import Value, encode

LITERAL_LIMIT = 2**16
"""Most characters of a literal that is read."""

_CONSTANTS = (type(None), bool, int, float, str, bytes)


def write_literal(value: Value) -> str:
    """The value as a Python expression. Equal values have equal texts, because elements of sets are sorted."""
    if isinstance(value, list):
        return f"[{', '.join(map(write_literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(write_literal, value))}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{write_literal(key)}: {write_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, set | frozenset):
        inside = "{" + ", ".join(map(write_literal, _in_order(value))) + "}" if value else ""
        if isinstance(value, frozenset):
            return f"frozenset({inside})"
        return inside or "set()"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float('{value}')"
    return repr(value)


def _in_order(value: set[Any] | frozenset[Any]) -> list[Any]:
    """Sort numbers by size and texts by alphabet. Other elements, such as sets, are sorted by their JSON and type."""
    kinds = {*map(type, value)}
    if kinds == {str} or (kinds <= {bool, int, float} and all(item == item for item in value)):
        return sorted(value)
    return sorted(value, key=lambda item: (str(encode(item)), type(item).__name__))


def read_literal(text: str) -> Value:
    """The value of a Python expression of constants, displays, `set()`, `frozenset(…)` and `float("nan")`.

    It evaluates nothing. Raises: ValueError for any other text, and for one longer than `LITERAL_LIMIT`.
    """
    if len(text) > LITERAL_LIMIT:
        raise ValueError(f"longer than {LITERAL_LIMIT} characters")
    try:
        value = literal_of(ast.parse(text.strip(), mode="eval").body)
        encode(value)  # refuses values that are too deep or too large
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(f"not a Python literal: {error}") from None
    return value


def literal_of(node: ast.expr) -> Value:
    """The value of a literal's syntax tree. Raises: ValueError; TypeError if an element or key is not hashable."""
    match node:
        case ast.Constant(value=value) if isinstance(value, _CONSTANTS):
            return value
        case ast.List(elts=items):
            return [*map(literal_of, items)]
        case ast.Tuple(elts=items):
            return (*map(literal_of, items),)
        case ast.Set(elts=items):
            return {*map(literal_of, items)}
        case ast.Dict(keys=keys, values=items) if all(keys):
            return {literal_of(key): literal_of(item) for key, item in zip(keys, items, strict=True) if key}
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant() | ast.Name() as operand):
            number = literal_of(operand)
            if type(number) in (int, float):
                return -number  # type: ignore[operator]
        case ast.Name(id="nan" | "inf" as name):
            return float(name)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            return _called(name, [*map(literal_of, arguments)])
    raise ValueError(f"not a Python literal: {ast.unparse(node)[:40]}")


def _called(name: str, arguments: list[Value]) -> Value:
    match name, arguments:
        case "set" | "frozenset", []:
            return set() if name == "set" else frozenset()
        case "set" | "frozenset", [list() | tuple() | set() as items]:
            return set(items) if name == "set" else frozenset(items)
        case "float", ["nan" | "inf" | "-inf" as special]:
            return float(special)
    raise ValueError(f"not a Python literal: {name}(…)")
