"""Released: reads the files of Shao et al. (github.com/choosewhatulike/case2code, `dataset/test.jsonl`).

An input is a JSON text that holds the `repr` of a dict of arguments, itself quoted as JSON. An output is an object
whose "return" holds such a text, or whose "error" names an exception. `example_inputs` is the first of several blocks
of examples. `example_str` is the source of all blocks, and `example_outputs` has the outputs of all blocks.
"""

import ast
import json
from collections.abc import Sequence
from typing import Any

from solverlearner.case2code.literals import literal_of, read_literal
from solverlearner.case2code.values import Value, encode

ReleasedCase = tuple[dict[str, Value], Value]


def released_cases(inputs: Sequence[Any], outputs: Sequence[Any], source: Any) -> list[ReleasedCase | None]:
    """The cases of a line: an input by parameter names, and its output.

    A case is None if its output is an exception or a value is not plain (a function, a `datetime`).
    Raises: ValueError if there are more inputs than outputs.
    """
    found = [*map(_arguments, inputs)]
    if len(found) < len(outputs) and isinstance(source, str):
        further = _examples(source)
        found += further[len(found) :] if len(further) == len(outputs) else []
    if len(found) > len(outputs):
        raise ValueError(f"has {len(found)} example_inputs and only {len(outputs)} example_outputs")
    return [None if x is None else _case(x, y) for x, y in zip(found, outputs, strict=False)]


def _arguments(text: Any) -> dict[str, Value] | None:
    try:
        value = read_literal(_unquoted(text))
    except ValueError:
        return None
    return value if isinstance(value, dict) and all(isinstance(name, str) for name in value) else None


def _case(x: dict[str, Value], y: Any) -> ReleasedCase | None:
    text = y.get("return") if isinstance(y, dict) else y
    try:
        return x, read_literal(_unquoted(text))
    except ValueError:
        return None


def _unquoted(text: Any) -> str:
    """A text, without the JSON quotes that may surround it. Raises: ValueError if it is not a text."""
    if not isinstance(text, str):
        raise ValueError("no text")
    if text.startswith('"'):
        inside = json.loads(text)
        return inside if isinstance(inside, str) else text
    return text


def _examples(source: str) -> list[dict[str, Value] | None]:
    """The elements of `examples = […]` and of every `examples += […]`; empty for any other source."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    lists = [node.value for node in tree.body if isinstance(node, ast.Assign | ast.AugAssign)]
    return [_example(item) for each in lists if isinstance(each, ast.List) for item in each.elts]


def _example(node: ast.expr) -> dict[str, Value] | None:
    try:
        if isinstance(node, ast.Call) and not node.args:
            found = {keyword.arg: literal_of(keyword.value) for keyword in node.keywords if keyword.arg}
        else:
            literal = literal_of(node)
            found = literal if isinstance(literal, dict) else {}
        encode(found)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if found and all(isinstance(name, str) for name in found) else None
