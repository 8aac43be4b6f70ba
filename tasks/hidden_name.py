"""Hidden name: a program's source and description under another name, since a function's own name tells the rule."""

import ast
import re


def renamed_source(code: str, name: str, to: str) -> str:
    """The program, written anew from its syntax tree: without comments, and with the function called `to`.

    Where the name stands for something local (a parameter of the same name) or an attribute, it stays; in docstrings it
    goes too, in other texts it stays, for they may be results.
    """
    return ast.unparse(ast.fix_missing_locations(_Renamer(name, to).visit(ast.parse(code))))


def renamed_text(text: str, name: str, to: str) -> str:
    """A description with the name replaced where it is one: a word of prose ("merge", "count") is so only in a call."""
    word = rf"(?<!\w){re.escape(name)}(?!\w)"
    if name.isalpha() and name.islower():
        word = rf"(?<=`){word}(?=`)|{word}(?=\()"
    return re.sub(word, to, text)


class _Renamer(ast.NodeTransformer):
    """Renames the function at the top level and what refers to it."""

    def __init__(self, name: str, to: str) -> None:
        self._name, self._to = name, to
        self._depth = 0

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._to, node.ctx) if node.id == self._name else node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            self._redocument(node)
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            return super().generic_visit(node)
        if node.name == self._name and not self._depth:
            node.name = self._to
        if isinstance(node, ast.FunctionDef) and self._name in _bound_in(node):
            return node
        self._depth += 1
        found = super().generic_visit(node)
        self._depth -= 1
        return found

    def _redocument(self, node: ast.Module | ast.ClassDef | ast.FunctionDef) -> None:
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str() as text)), *_]:
                node.body[0] = ast.Expr(ast.Constant(renamed_text(text, self._name, self._to)))


def _bound_in(function: ast.FunctionDef) -> set[str]:
    """Names that a function makes its own: its parameters, and what anything in it assigns."""
    inside = [node for child in (function.args, *function.body) for node in ast.walk(child)]
    stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return stored | {node.arg for node in inside if isinstance(node, ast.arg)}
