"""Collect: finds the candidates of a file by its syntax tree. It imports and runs nothing."""

import ast
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from solverlearner.case2code.normal import normal_hash, skeletons
from solverlearner.synth.functions.candidate import Candidate, Collected
from solverlearner.synth.functions.closure import Module, UnresolvedError, module_of, program_of
from solverlearner.synth.functions.filters import impure, reason_against
from solverlearner.synth.functions.sources import SourceFile
from solverlearner.synth.inputs.parameter import guessed

_CODE_LIMIT = 4_000
_DESCRIPTION_LIMIT = 400


def collect(files: Sequence[SourceFile]) -> Collected:
    """The candidates of some files. The counts hold every function definition, dropped ones under their reasons."""
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    found = [candidate for file in files for candidate in _of_file(file, counts)]
    return Collected(tuple(found), dict(sorted(counts.items())), {"collect": time.perf_counter() - started})


def _of_file(file: SourceFile, counts: Counter[str]) -> Iterator[Candidate]:
    tree = _parsed(Path(file.path).read_bytes())
    if tree is None:
        counts["file: no Python 3.11, or nested too deeply"] += 1
        return
    functions = dict(_functions(tree))
    seen = _definitions(tree)
    counts["function: seen"] += seen
    counts["function: in a class or a function, or async"] += seen - len(functions)
    reasons = {name: reason_against(function) for name, function in functions.items()}
    counts.update(f"function: {reason}" for reason in reasons.values() if reason)
    if None not in reasons.values():
        return
    module = module_of(tree)
    for name in [name for name, reason in reasons.items() if reason is None]:
        try:
            yield _candidate(file, functions[name], module, functions)
        except (UnresolvedError, RecursionError) as error:
            reason = str(error) if isinstance(error, UnresolvedError) else "too large"
            counts[f"function: {reason}"] += 1


def _parsed(text: bytes) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in strings
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _definitions(tree: ast.Module) -> int:
    """The number of functions at any depth. It visits statements only, which is much faster."""
    found, waiting = 0, [*tree.body]
    while waiting:
        node = waiting.pop()
        found += isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += getattr(node, field, ())
    return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and static methods at the top level, by qualified name. Of equal names the last one counts."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef) and [*map(ast.unparse, inner.decorator_list)] == ["staticmethod"]:
                    inner.decorator_list = []
                    yield f"{node.name}.{inner.name}", inner


def _candidate(
    file: SourceFile, function: ast.FunctionDef, module: Module, functions: dict[str, ast.FunctionDef]
) -> Candidate:
    program = program_of(function, module)
    if any(impure(node) for node in program.body if isinstance(node, ast.FunctionDef)):
        raise UnresolvedError("keeps or changes state, or asks the clock")
    code = ast.unparse(program) + "\n"
    if len(code) > _CODE_LIMIT:
        raise UnresolvedError("too large with what it needs")
    return Candidate(
        function.name, code, _description(function), file.package, _origin(file, function), file.owner.licence,
        normal_hash(program), skeletons(program, function.name), guessed(function, functions),
    )  # fmt: skip


def _description(function: ast.FunctionDef) -> str:
    """The docstring up to its first empty line or example."""
    text = (ast.get_docstring(function) or "").partition("\n\n")[0].partition(">>>")[0]
    return " ".join(text.split())[:_DESCRIPTION_LIMIT]


def _origin(file: SourceFile, function: ast.FunctionDef) -> str:
    owner = f"{file.owner.name} {file.owner.version}".strip()
    return f"{owner}, {file.place}, line {function.lineno}"
