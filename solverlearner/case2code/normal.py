"""Normal forms: hashes of programs that ignore names and, for near-duplicates, constants."""

import ast
import hashlib
from collections.abc import Iterator

_SMALL = 25
"""Fewest nodes of a helper that counts: smaller helpers occur in many unrelated programs."""

_NAMES = frozenset({"id", "arg", "name"})


def normal_hash(program: ast.Module) -> str:
    """A hash that is equal for programs that differ only in the names that they bind."""
    return _hashed(_dump(program, constants=True))


def skeletons(program: ast.Module, name: str) -> tuple[str, ...]:
    """A hash of each function of the program, with the function `name` first. Of constants only the type counts.

    Two programs with a common hash are near-duplicates. Small helpers have no hash.
    """
    functions = [node for node in program.body if isinstance(node, ast.FunctionDef)]
    own = [node for node in functions if node.name == name]
    helpers = [node for node in functions if node.name != name and size(node) >= _SMALL]
    return tuple(dict.fromkeys(_hashed(_dump(node, constants=False)) for node in own + helpers))


def size(node: ast.AST) -> int:
    """The number of nodes of a tree, without contexts and operators."""
    return sum(not isinstance(each, ast.expr_context | ast.operator | ast.cmpop) for each in ast.walk(node))


def _dump(tree: ast.AST, constants: bool) -> str:
    names: dict[str, str] = {}
    for name in _bound(tree):
        names.setdefault(name, f"v{len(names)}")
    parts: list[str] = []
    _write(tree, names, constants, parts)
    return " ".join(parts)


def _write(node: object, names: dict[str, str], constants: bool, parts: list[str]) -> None:
    """Like `ast.dump` with replaced names, but without a copy of the tree."""
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
