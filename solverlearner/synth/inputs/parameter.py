"""Parameters: guesses the likely shapes of each parameter of a function."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from solverlearner.synth.inputs.call_sites import used
from solverlearner.synth.inputs.evidence import Evidence, best_evidence
from solverlearner.synth.inputs.shape import INT, NONE, NUMBERS, TEXT, Shape, annotated, named, of_value, union
from solverlearner.task import JSON

_ALTERNATIVES = 4
_PROFILES = 10


@dataclass(frozen=True)
class Parameter:
    """A parameter: its name, its default, and its likely shapes with weights, the likeliest first.

    `default` is empty, or holds one value, because None is a possible default.
    """

    name: str
    default: tuple[Any, ...]
    shapes: tuple[Shape, ...]
    weights: tuple[float, ...]


def guessed(function: ast.FunctionDef, helpers: Mapping[str, ast.FunctionDef]) -> tuple[Parameter, ...]:
    """The parameters of a function, from its annotations and uses. `helpers` are the functions of its module."""
    found = parameters(function)
    given = function.args.defaults
    defaults = [*[None] * (len(found) - len(given)), *given]
    return tuple(_parameter(each, default, function, helpers) for each, default in zip(found, defaults, strict=True))


def profiles(found: tuple[Parameter, ...]) -> list[tuple[Shape, ...]]:
    """Profiles: combinations of a shape for each parameter, the likeliest first."""
    ranked = [[*zip(each.shapes, each.weights, strict=True)] for each in found]
    combined = sorted(product(*ranked), key=lambda combination: -sum(weight for _, weight in combination))
    return [tuple(shape for shape, _ in combination) for combination in combined[:_PROFILES]]


def _parameter(
    parameter: ast.arg, node: ast.expr | None, function: ast.FunctionDef, helpers: Mapping[str, ast.FunctionDef]
) -> Parameter:
    default = _default(node)
    evidence = [Evidence(shape, 1.0 / (place + 1)) for place, shape in enumerate(named(parameter.arg))]
    evidence += used(function, parameter.arg, helpers)
    if default and (shape := of_value(default[0])):
        evidence.append(Evidence(shape, 3.0))
    if stated := annotated(parameter.annotation):
        evidence = [each for each in evidence if each.shape.kind == stated.kind] + [Evidence(stated, 5.0)]
    evidence += [Evidence(TEXT, 0.1), Evidence(INT, 0.1), Evidence(NUMBERS, 0.05)] if not stated else []
    ranked = best_evidence(evidence)[:_ALTERNATIVES]
    shapes = [union(shape, NONE) or shape if default == (None,) else shape for shape, _ in ranked]
    return Parameter(parameter.arg, default, tuple(shapes), tuple(weight for _, weight in ranked))


def _default(node: ast.expr | None) -> tuple[JSON, ...]:
    if node is None:
        return ()
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ()
    return (value,) if isinstance(value, bool | int | float | str | list | dict | None) else ()


def parameters(function: ast.FunctionDef) -> list[ast.arg]:
    """The parameters that a call can give by position."""
    return [*function.args.posonlyargs, *function.args.args]
