"""Plainer: a program without what tells about it in words: docstrings, annotations, comments."""

import ast
from typing import Any


class _Plainer(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        return self._body(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        return self._body(node)

    def _body(self, node: Any) -> Any:
        self.generic_visit(node)
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)


def plainer(statement: ast.stmt) -> ast.stmt:
    """The statement, changed in place. A class's annotated fields without a value are gone: no dataclasses."""
    changed = _Plainer().visit(statement)
    assert isinstance(changed, ast.stmt)
    for node in ast.walk(changed):
        if hasattr(node, "body") and isinstance(node.body, list) and not node.body:
            node.body = [ast.Pass()]
    return ast.fix_missing_locations(changed)
