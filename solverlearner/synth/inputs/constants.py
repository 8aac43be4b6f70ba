"""Constants: the constants of a program. Inputs made from them reach more of its branches."""

import ast
import re
from dataclasses import dataclass

_SHORT, _MANY = 24, 40
_RE = frozenset("compile match search sub subn findall finditer split fullmatch".split())


@dataclass(frozen=True)
class Constants:
    """Numbers, short texts and regular expressions of a program, and the punctuation in its texts."""

    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    patterns: tuple[str, ...]
    signs: str


def pool_of(code: str) -> Constants:
    """The distinct constants of a program, in its order."""
    tree = _Unraised().visit(ast.parse(code))
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    numbers = [
        value for value in [*constants, *map(_power, ast.walk(tree))] if type(value) is int and abs(value) < 2**40
    ]
    patterns = [*dict.fromkeys(_patterns(tree))]
    texts = [value for value in constants if isinstance(value, str) and 0 < len(value) <= _SHORT and _clean(value)]
    texts = [text for text in dict.fromkeys(texts) if text not in patterns and "%" not in text and "{}" not in text]
    signs = "".join(dict.fromkeys(char for text in texts if len(text) <= 3 for char in text if not char.isalnum()))
    return Constants(
        tuple(dict.fromkeys(numbers))[:_MANY], tuple(texts)[:_MANY], tuple(patterns)[:_MANY], signs[:_SHORT]
    )


class _Unraised(ast.NodeTransformer):
    """Removes `raise` statements: the texts of messages are not useful as inputs."""

    def visit_Raise(self, node: ast.Raise) -> ast.Pass:
        return ast.Pass()


def _power(node: ast.AST) -> int | None:
    """The value of a power such as `1 << 16` or `2 ** 31`, or None."""
    match node:
        case ast.BinOp(ast.Constant(value=int(base)), ast.LShift(), ast.Constant(value=int(exponent))) if exponent < 64:
            return base << exponent
        case ast.BinOp(ast.Constant(value=int(base)), ast.Pow(), ast.Constant(value=int(exponent))) if exponent < 64:
            return int(base**exponent) if 0 < base < 100 and exponent >= 0 else None
    return None


def _clean(text: str) -> bool:
    return text.isascii() and (text.isprintable() or text in "\n\t")


def _patterns(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attr), args=[first, *_]) if attr in _RE:
                found += [each.value for each in ast.walk(first) if isinstance(each, ast.Constant)]
    return [text for text in found if isinstance(text, str) and _is_pattern(text)]


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError):
        return False
    return bool(text)
