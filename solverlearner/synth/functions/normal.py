"""Normal forms: what is left of a program when names, words and, for near-duplicates, constants do not count."""

import ast
import hashlib
from collections.abc import Iterator

_SMALL = 25
"""Nodes below which a helper says nothing about where a program came from."""

_NAMES = frozenset({"id", "arg", "name"})


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
    names: dict[str, str] = {}
    for name in _bound(tree):
        names.setdefault(name, f"v{len(names)}")
    parts: list[str] = []
    _write(tree, names, constants, parts)
    return " ".join(parts)


def _write(node: object, names: dict[str, str], constants: bool, parts: list[str]) -> None:
    """Like `ast.dump`, with the names replaced; no copy of the tree has to be made for that."""
    if isinstance(node, ast.Constant):
        parts.append(repr(node.value) if constants else type(node.value).__name__)
    elif isinstance(node, ast.AST):
        parts.append(f"{type(node).__name__}(")
        for field, value in ast.iter_fields(node):
            if field in _NAMES and isinstance(value, str):
                parts.append(names.get(value, value))
            elif not isinstance(value, ast.expr_context):
                _write(value, names, constants, parts)
        parts.append(")")
    elif isinstance(node, list):
        parts.append("[")
        for each in node:
            _write(each, names, constants, parts)
        parts.append("]")
    else:
        parts.append(repr(node))


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name


def _hashed(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
