"""Evidence: weighted evidence for the shape of a value, and the evidence from constants used with a name."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from solverlearner.synth.inputs.shape import DIGITS, INT, NUMBERS, TEXT, WORD, Shape, Word, dict_of, of_value, union

_OF_TEXT, _OF_LIST, _OF_DICT = (frozenset(dir(kind)) for kind in (str, list, dict))


@dataclass(frozen=True)
class Evidence:
    """A shape and the weight of the evidence for it."""

    shape: Shape
    weight: float


def best_evidence(evidence: list[Evidence]) -> list[tuple[Shape, float]]:
    """The shapes with their summed weights, the heaviest first. Ties keep the order of their first mention.

    Shapes that differ only in their constants are merged.
    """
    total: dict[tuple[str, tuple[Shape, ...]], float] = {}
    words: dict[tuple[str, tuple[Shape, ...]], dict[Word, None]] = {}
    for each in evidence:
        key = (each.shape.kind, each.shape.parts)
        total[key] = total.get(key, 0) + each.weight
        words.setdefault(key, {}).update(dict.fromkeys(each.shape.words))
    shapes = [(Shape(kind, parts, tuple(words[kind, parts])), weight) for (kind, parts), weight in total.items()]
    return sorted(((shape, weight) for shape, weight in shapes if weight > 0), key=lambda item: -item[1])


def constants(tree: ast.AST, name: str) -> Iterator[Evidence]:
    """Evidence from the methods, keys and compared constants of a name together."""
    methods, keys, words = set(), [], []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=attr), args=args) if owner == name:
                methods.add(attr)
                if attr in ("get", "pop", "setdefault") and args and isinstance(args[0], ast.Constant):
                    keys.append(args[0].value)
            case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str(key))) if owner == name:
                keys.append(key)
            case ast.Compare():
                words += [value for value in compared(node, name) if isinstance(value, str | int | float)]
    yield from _asked(methods)
    if keys:
        yield Evidence(dict_of(union(INT, WORD) or INT, tuple(dict.fromkeys(map(str, keys)))), 3.0)
    for value in dict.fromkeys(words):
        if shape := of_value(value):
            yield Evidence(Shape(shape.kind, (), tuple(dict.fromkeys(w for w in words if type(w) is type(value)))), 1.0)


def compared(node: ast.Compare, name: str) -> Iterator[object]:
    """The constants that a name is compared with, by an operator or by `in`."""
    sides = [node.left, *node.comparators]
    for place, op in enumerate(node.ops):
        for one, other in ((sides[place], sides[place + 1]), (sides[place + 1], sides[place])):
            if not (isinstance(one, ast.Name) and one.id == name):
                continue
            if isinstance(other, ast.Constant) and not isinstance(op, ast.In | ast.NotIn):
                yield other.value
            elif isinstance(other, ast.Tuple | ast.List | ast.Set) and isinstance(op, ast.In | ast.NotIn):
                yield from (each.value for each in other.elts if isinstance(each, ast.Constant))


def _asked(methods: set[str]) -> Iterator[Evidence]:
    if not methods:
        return
    if methods <= _OF_TEXT:
        weight = 4.0 if methods - _OF_LIST - _OF_DICT else 0.5
        yield Evidence(DIGITS if methods <= {"isdigit"} else TEXT, weight)
    if methods <= _OF_LIST:
        yield Evidence(NUMBERS, 3.0 if methods - _OF_TEXT - _OF_DICT else 0.5)
    if methods <= _OF_DICT:
        yield Evidence(dict_of(INT), 3.0 if methods - _OF_TEXT - _OF_LIST else 0.5)
