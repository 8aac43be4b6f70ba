"""Shot table: whether a program stores its shots, or pieces of them, instead of computing outputs."""

import ast
from collections.abc import Iterator, Sequence

from solverlearner.task import Item

_FEWEST_PAIRS = 3
_MOST_OF_PAIRS = 0.8


def code_of(program: str) -> ast.Module | None:
    """The syntax tree of a program without its examples of use, asserts and docstrings; None where it has an error."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    tree.body = [node for node in tree.body if not _is_example(node)]
    for node in [*ast.walk(tree)]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return tree


def _is_example(node: ast.stmt) -> bool:
    if isinstance(node, ast.Expr | ast.Assert):
        return True
    test = node.test if isinstance(node, ast.If) else None
    return isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id == "__name__"


def node_count(program: str) -> int | None:
    """The size of a program in nodes of its syntax tree, of what `code_of` keeps; None where it has an error.

    >>> node_count("def solver(x):\\n    return x + 1\\n\\nprint(solver(1))")
    11
    """
    tree = code_of(program)
    return None if tree is None else sum(1 for _ in ast.walk(tree))


def stores_shots(program: str, shots: Sequence[Item]) -> bool:
    """Whether a program has at least half of its shots, and two of them, whole as constants: arguments and output."""
    tree = code_of(program)
    if tree is None or not shots:
        return False
    literals = {*_literals(tree)}
    whole = sum(literals.issuperset([_text(shot.expected), *map(_text, shot.input)]) for shot in shots)
    return whole >= 2 and 2 * whole >= len(shots)


def stores_pieces(program: str, shots: Sequence[Item]) -> bool:
    """Whether a program looks texts up that are pieces of its shots, such as single letters.

    The lookup is a dict or a chain of comparisons. It has at least three pairs of texts, and of 80 % of them the first
    is part of a shot's input and the second part of a shot's output.
    """
    tree = code_of(program)
    pairs = {pair for pair in _pairs(tree) if all(pair)} if tree else set()
    if len(pairs) < _FEWEST_PAIRS:
        return False
    inputs = "\n".join(x for shot in shots for x in shot.input if isinstance(x, str))
    outputs = "\n".join(shot.expected for shot in shots if isinstance(shot.expected, str))
    return sum(key in inputs and value in outputs for key, value in pairs) >= _MOST_OF_PAIRS * len(pairs)


def _text(value: object) -> str:
    """A value as text, the same for a list and a tuple; empty for a number that is too long to be written."""
    try:
        return repr(_as_lists(value))
    except ValueError:
        return ""


def _as_lists(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_as_lists(each) for each in value]
    if isinstance(value, dict):
        return {key: _as_lists(each) for key, each in value.items()}
    return value


def _literals(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield _text(node.value)
        elif isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.UnaryOp):
            try:
                yield _text(ast.literal_eval(node))
            except (ValueError, TypeError, RecursionError, MemoryError):
                continue


def _pairs(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The pairs of texts of dicts, of `if x == "a": return "b"`, and of `table["a"] = "b"`."""
    for node in ast.walk(tree):
        found: list[tuple[ast.expr | None, ast.expr | None]] = []
        if isinstance(node, ast.Dict):
            found = [*zip(node.keys, node.values, strict=True)]
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Compare) and isinstance(node.test.ops[0], ast.Eq):
            found = [(node.test.comparators[0], getattr(node.body[0], "value", None))]
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            found = [(node.targets[0].slice, node.value)]
        for key, value in found:
            texts = [
                each.value for each in (key, value) if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            if len(texts) == 2:
                yield texts[0], texts[1]
