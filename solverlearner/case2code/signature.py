"""Signature: the parameters of a program's function, and a check that the arguments of a case fit them."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from solverlearner.case2code.literals import literal_of
from solverlearner.case2code.values import Value


@dataclass(frozen=True)
class Function:
    """The parameters of a function.

    `names` are in order. `needed` have no default; `by_place` are positional-only and `by_name` keyword-only.
    `defaults` holds the defaults that are literals. `open` is true if the function takes any argument by name (`**`).
    A case never gives arguments for `*`.
    """

    names: tuple[str, ...]
    needed: frozenset[str]
    by_place: frozenset[str]
    by_name: frozenset[str]
    defaults: Mapping[str, Value]
    open: bool

    def named(self, arguments: Any) -> dict[str, Value]:
        """The arguments of a case by name. A list holds them in the order of the parameters; an object is returned.

        Raises: ValueError for anything else, or for too many arguments.
        """
        if isinstance(arguments, dict) and all(isinstance(name, str) for name in arguments):
            return arguments
        if not isinstance(arguments, list | tuple):
            raise ValueError("each of example_inputs must be an object of arguments by name, or a list of them")
        if len(arguments) > len(self.names) - len(self.by_name):
            raise ValueError(f"a case has {len(arguments)} arguments; the function takes ({', '.join(self.names)})")
        return dict(zip(self.names, arguments, strict=False))

    def check(self, arguments: Mapping[str, Value]) -> None:
        """Check that the function can be called with these arguments. Raises: ValueError if not."""
        for name in arguments:
            if name not in self.names and not self.open:
                raise ValueError(f'a case has an argument "{name}"; the function takes ({", ".join(self.names)})')
        for name in self.names:
            if name in self.needed and name not in arguments:
                raise ValueError(f'a case has no argument "{name}"')


def function_of(code: str, name: str) -> Function:
    """The signature of the last function of that name at a program's top level. Raises: ValueError if it is missing."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(f'"code" is not Python: {error}') from None
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == name]
    if not found:
        raise ValueError(f'"code" defines no function "{name}" at its top level')
    arguments = found[-1].args
    placed = [*arguments.posonlyargs, *arguments.args]
    given = dict(zip([each.arg for each in placed[::-1]], arguments.defaults[::-1], strict=False))
    given |= {each.arg: node for each, node in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if node}
    names = tuple(each.arg for each in [*placed, *arguments.kwonlyargs])
    return Function(
        names,
        frozenset(names) - given.keys(),
        frozenset(each.arg for each in arguments.posonlyargs),
        frozenset(each.arg for each in arguments.kwonlyargs),
        {each: value for each, node in given.items() if (value := _literal(node)) is not _NOT_LITERAL},
        arguments.kwarg is not None,
    )


_NOT_LITERAL: Any = object()


def _literal(node: ast.expr) -> Value:
    try:
        return literal_of(node)
    except (ValueError, TypeError, RecursionError):
        value: Value = _NOT_LITERAL
        return value
