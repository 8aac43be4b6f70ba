"""Normal forms: what is left of a program when names, words and, for near-duplicates, constants do not count."""

import ast
import copy
import hashlib
from collections.abc import Iterator

_SMALL = 25
"""Nodes below which a helper says nothing about where a program came from."""


def normal_hash(program: ast.Module) -> str:
    """Equal for programs that differ in the names that they bind themselves, and in nothing else."""
    return _hashed(_dump(program, constants=True))


def skeletons(program: ast.Module, name: str) -> tuple[str, ...]:
    """A hash of each function of the program, the one of that name first; constants count by their type only.

    Two programs that share one are near-duplicates. Small helpers do not count.
    """
    functions = [node for node in program.body if isinstance(node, ast.FunctionDef)]
    own = [node for node in functions if node.name == name]
    helpers = [node for node in functions if node.name != name and size(node) >= _SMALL]
    return tuple(dict.fromkeys(_hashed(_dump(node, constants=False)) for node in own + helpers))


def size(node: ast.AST) -> int:
    """Nodes of a tree, without the contexts and operators that every tree is full of."""
    return sum(not isinstance(each, ast.expr_context | ast.operator | ast.cmpop) for each in ast.walk(node))


def _dump(tree: ast.AST, constants: bool) -> str:
    tree = copy.deepcopy(tree)
    names: dict[str, str] = {}
    for name in _bound(tree):
        names.setdefault(name, f"v{len(names)}")
    for node in ast.walk(tree):
        for field in ("id", "arg", "name"):
            value = getattr(node, field, None)
            if isinstance(value, str) and value in names:
                setattr(node, field, names[value])
        if isinstance(node, ast.Constant) and not constants:
            node.value = type(node.value).__name__
    return ast.dump(tree)


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
