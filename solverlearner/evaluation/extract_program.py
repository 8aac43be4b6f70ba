"""Program: cut the code out of a reply. A missing program is an outcome, never an exception."""

import ast
import builtins
import re
from collections.abc import Iterator, Sequence
from textwrap import dedent

from solverlearner.task.code_blocks import code_blocks

_NAME = "solver"
_DEFINES = re.compile(rf"^[ \t]*(?:def[ \t]+{_NAME}\b|{_NAME}[ \t]*(?::[^\n=]*)?=)", re.MULTILINE)
_PYTHON = {"", "python", "py", "python3", "py3", "ipython", "pycon", "python-repl"}
# A fence, or a line with nothing but a tag or two backticks, between which programs stand too.
_FENCE = re.compile(
    r"`{3,}|~{3,}|^[ \t]{0,20}(?:``|(?:</?\w[^<>\n]{0,40}>|\[/?[A-Z]{1,20}\]){1,4})(?=[ \t]{0,20}$)", re.MULTILINE
)
_TILDES = re.compile(r"^[ \t]*~{3,}", re.MULTILINE)  # Python would take them for operators
_COPIED = re.compile(r"\A\s{0,9}(?:python3?|py)[ \t]*\n(?:Copy code[ \t]*\n)?", re.IGNORECASE)
_PROMPT = re.compile(r"^(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
_MOST_BLOCKS = 64


def cut_program(text: str) -> str | None:
    """The program of a reply: its last block of code that defines `solver`, with what it needs of other blocks.

    Blocks are read by CommonMark; the reply itself is a block too. If none of them is Python that defines `solver`, the
    pieces between the fences are, wherever these stand: one may be indented or share its line with code or with words.
    The method `solver` of a class is made a function. Where only code with an error of syntax defines `solver`, that
    is the program. None where nothing defines it.
    """
    text = text.replace("\ufeff", "").replace("\r\n", "\n")
    blocks = [(block.language in _PYTHON, block.content) for block in code_blocks(text)][-_MOST_BLOCKS:]
    fenced = [content for python, content in blocks if python]
    for candidates in (fenced, [content for python, content in blocks if not python], [text], _pieces(text)):
        if program := _last_program(candidates, [*fenced, *candidates]):
            return program
    return next((block for block in reversed(fenced) if _DEFINES.search(block)), None)


def _pieces(text: str) -> list[str]:
    """The text between fences, without the words behind them; the last pieces of a long reply."""
    first, *others = _FENCE.split(text)
    pieces = [first]
    for piece in others[-_MOST_BLOCKS:]:
        words, _, code = piece.partition("\n")
        pieces += [words.partition(" ")[2], dedent(code)]
    return pieces


def _last_program(candidates: Sequence[str], others: Sequence[str]) -> str | None:
    for code in reversed(candidates):
        for source in _sources(code):
            if (tree := _parsed(source)) and (end := _binding(tree)) is not None:
                return _with_helpers(source, tree, [other for other in others if other != code]) + end
    return None


def _sources(code: str) -> Iterator[str]:
    """The code as it is, and without the prompts and the output of an interactive session where it is one."""
    if _NAME in code and not _TILDES.search(code):
        yield _COPIED.sub("", code)
        if _PROMPT.match(code.lstrip()):
            lines = dedent(code).split("\n")
            yield "\n".join(line[4:] for line in lines if _PROMPT.match(line)) + "\n"


def _binding(tree: ast.Module) -> str | None:
    """Code to append so that a program defines `solver`: usually nothing; None if it cannot define it."""
    if _NAME in _bound(tree):
        return ""
    for node in reversed(tree.body):
        if isinstance(node, ast.ClassDef) and any(
            isinstance(each, ast.FunctionDef) and each.name == _NAME for each in node.body
        ):
            return f"\n\n{_NAME} = {node.name}().{_NAME}\n"
    return None


def _with_helpers(source: str, tree: ast.Module, others: Sequence[str]) -> str:
    """The program behind the blocks that define what it uses and does not define, the nearest ones."""
    missing = _missing(tree)
    parts = [source]
    for other in reversed(others):
        if missing and (helper := _parsed(other)) and missing & _bound(helper):
            parts.insert(0, other.rstrip() + "\n\n\n")
            missing = (missing - _bound(helper)) | _missing(helper)
    return "".join(parts)


def _bound(tree: ast.Module) -> set[str]:
    """The names that a module binds at its top level, also within `if`, `try`, `for` and `with`."""
    bound: set[str] = set()
    waiting: list[ast.AST] = [*tree.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Store):
                bound.add(node.id)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif not isinstance(node, ast.AsyncFunctionDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return bound


def _missing(tree: ast.Module) -> set[str]:
    """The names that a module uses and that neither it nor Python binds."""
    used: set[str] = set()
    bound = _bound(tree) | {*dir(builtins)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return used - bound


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
