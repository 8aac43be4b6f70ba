"""Class patterns: the attributes that positional sub-patterns of a program's own classes stand for.

`case P(0, y)` reads the attributes that `P.__match_args__` names at run time. The policy decides by the names in the
source. So it turns such a pattern into `case P(x=0, y=y)` if the source tells the names.
"""

import ast
from collections.abc import Iterator


def match_args(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """The `__match_args__` of the module's dataclasses, named tuples and classes that assign it, by class name."""
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            inherited = [name for base in node.bases for name in found.get(ast.unparse(base), ())]
            own = [name for name in _names(node.body) if name not in inherited]
            found[node.name] = (*inherited, *own)
    return found


def _names(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if "ClassVar" not in ast.unparse(kind):
                yield name
            case ast.Assign(targets=[ast.Name(id="__match_args__")], value=ast.Tuple(elts=elements)):
                constants = (element.value for element in elements if isinstance(element, ast.Constant))
                yield from (value for value in constants if isinstance(value, str))
