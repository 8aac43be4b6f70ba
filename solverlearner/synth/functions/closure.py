"""Closure: makes a complete program of a function and the helpers, constants and imports that it needs."""

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from solverlearner.case2code.stripped import stripped
from solverlearner.execution.sandbox.facades import MODULES

_RANDOM = frozenset({"random", "time", "contextlib", "abc"})
IMPORTABLE = frozenset({*MODULES, "sys"}) - _RANDOM
"""Modules that the executor lets a program import, without modules whose results differ between runs."""

_NEVER = frozenset(
    "breakpoint compile copyright credits delattr dir eval exec exit globals hash help id input license locals "
    "memoryview object open print quit setattr vars __import__ __build_class__ __loader__ __spec__".split()
)
BUILTINS = frozenset(dir(builtins)) - _NEVER


_LINES = 150
"""Most lines of one statement that a program may need; most longer ones are tables."""


class UnresolvedError(Exception):
    """The function needs something that its program cannot contain. The text is the reason, for the counts."""


@dataclass(frozen=True)
class Needed:
    """A statement without annotations and docstrings, and the names of its module that it uses."""

    statement: ast.stmt
    names: tuple[str, ...]


class Module:
    """The statements at the top level of a file that a program may contain, by the name that each binds."""

    def __init__(self, statements: dict[str, ast.stmt]) -> None:
        self._statements = statements
        self._needed: dict[int, Needed] = {}

    def get(self, name: str) -> Needed | None:
        """The statement that binds a name, or None. It is made at the first call, since most are never needed."""
        statement = self._statements.get(name)
        return self.needed(statement) if statement else None

    def needed(self, statement: ast.stmt) -> Needed:
        """A statement of the file, in the form for a program. Raises: UnresolvedError."""
        found = self._needed.get(id(statement))
        if found is None:
            if (statement.end_lineno or 0) - statement.lineno > _LINES:
                raise UnresolvedError("too large with what it needs")
            plain = stripped(statement)
            _check_imports(plain)
            found = self._needed[id(statement)] = Needed(plain, tuple(free_names(plain)))
        return found


def module_of(tree: ast.Module) -> Module:
    """The names of a file that a program may contain: functions, classes, constants and imports.

    Names that are bound twice, or within `if` and `try`, are left out: their values are known only at run time.
    """
    bound = Counter(_bound(tree))
    single = ((name, statement) for node in tree.body for name, statement in _single(node))
    return Module({name: statement for name, statement in single if bound[name] == 1})


def program_of(function: ast.FunctionDef, module: Module) -> ast.Module:
    """The smallest program that defines the function, in the order of the file and without annotations.

    Raises: UnresolvedError if it needs something that a program cannot contain.
    """
    first = module.needed(function)
    taken, waiting = {function.name: first}, [first]
    while waiting:
        for name in waiting.pop().names:
            if name in taken or name in BUILTINS:
                continue
            needed = module.get(name)
            if needed is None:
                raise UnresolvedError(_why(name))
            taken[name] = needed
            waiting.append(needed)
    statements = {id(needed.statement): needed.statement for needed in taken.values()}.values()
    return ast.Module(sorted(statements, key=lambda statement: statement.lineno), [])


def free_names(statement: ast.stmt) -> list[str]:
    """The names of its module or of the built-ins that a statement uses, sorted."""
    table = symtable.symtable(ast.unparse(statement), "<statement>", "exec")
    own = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    return sorted((used | set(_globals(table))) - own)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        yield from (symbol.get_name() for symbol in child.get_symbols() if symbol.is_global())
        yield from _globals(child)


def _bound(tree: ast.Module) -> Iterator[str]:
    """The name of every binding at the top level, in any block, and of every change to a bound object there."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
                yield name
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name)))):
                yield name  # TABLE.update(…)
            case ast.alias():
                yield (node.asname or node.name).partition(".")[0]
        waiting.extend(ast.iter_child_nodes(node))


def _single(node: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    match node:
        case ast.FunctionDef() | ast.ClassDef():
            yield node.name, node
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            yield name, node
        case ast.Import():
            for alias in node.names:
                alone = ast.copy_location(ast.Import([alias]), node)
                yield (alias.asname or alias.name).partition(".")[0], alone
        case ast.ImportFrom(module=str(module), level=0):
            for alias in node.names:
                yield alias.asname or alias.name, ast.copy_location(ast.ImportFrom(module, [alias], 0), node)


def _check_imports(statement: ast.stmt) -> None:
    for node in ast.walk(statement):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = ["." if node.level else str(node.module)]
        if any(name not in IMPORTABLE for name in names):
            raise UnresolvedError("imports what a program may not")


def _why(name: str) -> str:
    return "calls what does I/O, or depends on the run" if name in _NEVER else "not self-contained"
