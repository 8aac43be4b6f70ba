"""Stripped: removes docstrings, annotations and comments from a program."""

import ast
from typing import Any


def stripped(statement: ast.stmt) -> ast.stmt:
    """A plain copy of the statement. Annotated fields without a value are removed, so a dataclass loses its fields."""
    copied = _plain(statement)
    assert isinstance(copied, ast.stmt)
    return copied


def _plain(node: Any) -> Any:
    """A copy of a node or a list of nodes. `copy.deepcopy` takes five times as long."""
    if isinstance(node, list):
        return [_plain(each) for each in node if not (isinstance(each, ast.AnnAssign) and each.value is None)]
    if not isinstance(node, ast.AST):
        return node
    if isinstance(node, ast.AnnAssign):
        return ast.Assign([_plain(node.target)], _plain(node.value), lineno=node.lineno)
    fields = {name: _plain(value) for name, value in ast.iter_fields(node)}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        fields["returns"] = None
    elif isinstance(node, ast.arg):
        fields["annotation"] = None
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        fields["body"] = fields["body"][ast.get_docstring(node, clean=False) is not None :]
    if fields.get("body") == []:
        fields["body"] = [ast.Pass()]
    if isinstance(node, ast.stmt):
        fields["lineno"] = node.lineno  # `ast.unparse` needs it for type comments
    return type(node)(**fields)
