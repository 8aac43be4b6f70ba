"""Policy: RestrictedPython's transformer, extended so that ordinary code runs unchanged.

RestrictedPython rewrites every attribute, item and loop into a guard call, which doubles the time of a call. This
policy guards no items and loops, because a child has no data to protect. It decides attributes when the program is
compiled, since their names stand in the source. Only a few attributes become run-time calls (`names.is_guarded`).
Guards have names that no source can spell, so that no program can rebind them.
"""

import ast
from types import CodeType
from typing import Any

from RestrictedPython.compile import compile_restricted_exec

from . import match_patterns as patterns
from . import names
from .transformer import Transformer

ATTRIBUTE = "<attribute>"
OWN = "<own>"
EXCEPTION = "<exception>"
SLOTS = "__slots__"

_SELF_MATCHING = frozenset("bool bytearray bytes dict float frozenset int list set str tuple".split())
_ABSTRACT = ("ABCMeta", "abc.ABCMeta")
_TOO_DEEP = "nested too deeply, or too long, to be compiled"


class RejectedError(Exception):
    """The program breaks a rule of the policy; `line` is None if it is not known."""

    def __init__(self, rule: str, line: int | None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.line = line


class Policy(Transformer):
    """Refuses names that lead out of the program; rewrites bare `except`, guarded attributes and class patterns.

    The base class refuses kinds of nodes that it does not know, such as those of a later Python.
    """

    def __init__(self, *collected: Any) -> None:
        super().__init__(*collected)
        self._own: set[str] = set()
        self._match_args: dict[str, tuple[str, ...]] = {}
        self._private: list[ast.Attribute] = []
        self._slots: ast.Name | None = None

    def error(self, node: ast.AST, info: str) -> None:
        """Stop at the first refusal."""
        raise RejectedError(info, getattr(node, "lineno", None))

    def _rule(self, node: ast.AST, rule: str | None) -> None:
        if rule:
            self.error(node, rule)

    def check_name(self, node: Any, name: str | None, allow_magic_methods: bool = False) -> None:
        """Allow any name other than a dunder that is not listed."""
        if name is not None:
            self._rule(node, names.name_rule(name, names.STORABLE))

    # Nodes that the base class guards at run time and that this policy leaves unchanged.

    def _plain(self, node: Any) -> Any:
        return self.node_contents_visit(node)

    def visit_Module(self, node: ast.Module) -> Any:
        """Decide private attributes last, when all names that the program itself defines are known."""
        self._match_args = patterns.match_args(node)
        node = self.node_contents_visit(node)
        names.private = self._own
        for attribute in self._private:
            self._rule(attribute, names.attribute_rule(attribute.attr))
        return node

    def _defines(self, name: str) -> None:
        if name.startswith("_") and not name.endswith("_"):
            self._own.add(name)

    visit_Subscript = visit_AugAssign = visit_Call = visit_With = _plain
    visit_TypeAlias = visit_Match = visit_match_case = visit_MatchSequence = visit_MatchOr = _plain
    visit_MatchValue = visit_MatchSingleton = guard_iter = _plain

    def _assigns(self, node: Any) -> Any:
        for target in getattr(node, "targets", None) or [node.target]:
            if isinstance(target, ast.Name) and target.id == SLOTS:
                self._check_slots(node.value)
                self._slots = target
        return self.node_contents_visit(node)

    visit_Assign = visit_AnnAssign = _assigns

    def _check_slots(self, value: ast.expr | None) -> None:
        """Each slot is an attribute of the class, so its name stands in the source and follows the same rules."""
        parts = getattr(value, "elts", None) or getattr(value, "keys", None) or [value]
        for part in [] if isinstance(value, ast.Tuple | ast.List | ast.Dict) and parts == [value] else parts:
            if not (isinstance(part, ast.Constant) and type(part.value) is str):
                self.error(value or part, "__slots__ has to list its names as texts")
            if part.value not in ("__dict__", "__weakref__"):
                self._rule(part, names.store_rule(part.value))

    def visit_Name(self, node: ast.Name) -> Any:
        """Check names that are bound and names that are read."""
        name = node.id
        if name.startswith("_") and node is not self._slots:
            if not isinstance(node.ctx, ast.Load):
                self.check_name(node, name)
                self._defines(name)
            elif name != "__name__":
                self.check_name(node, name)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        """Check the names of a function and of its parameters."""
        self.check_name(node, node.name)
        self._defines(node.name)
        self.check_function_argument_names(node)
        return self.node_contents_visit(node)

    def _binds(self, node: Any) -> Any:
        for name in getattr(node, "names", None) or [getattr(node, "name", None) or getattr(node, "rest", None)]:
            self.check_name(node, name)
        return self.node_contents_visit(node)

    visit_Global = visit_Nonlocal = visit_MatchStar = visit_MatchAs = visit_MatchMapping = _binds
    visit_TypeVar = visit_ParamSpec = visit_TypeVarTuple = _binds

    def check_import_names(self, node: Any) -> Any:
        """Allow any import statement. Its module is checked at run time, so that `try` can catch a refusal."""
        if getattr(node, "is_lazy", 0):  # lazy imports of Python 3.15 bypass the guarded `__import__`
            self.error(node, "a lazy import is not allowed")
        for alias in node.names:
            self.check_name(node, alias.asname or alias.name.partition(".")[0])
        return node

    # Attributes

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        """Decide by the name, and for guarded names by the object at run time."""
        node = self.node_contents_visit(node)
        if not isinstance(node.ctx, ast.Load):
            self._defines(node.attr)
            self._rule(node, names.store_rule(node.attr))
            if node.attr in names.library:
                node.value = self._call(OWN, node)
            return node
        if node.attr.startswith("_") and not names.is_dunder(node.attr):
            self._private.append(node)
        else:
            self._rule(node, names.attribute_rule(node.attr))
        return self._call(ATTRIBUTE, node) if names.is_guarded(node.attr) else node

    def _call(self, guard: str, node: ast.Attribute) -> ast.expr:
        """A call of a run-time guard with the object and the name of an attribute."""
        call = ast.Call(ast.Name(guard, ast.Load()), [node.value, ast.Constant(node.attr)], [])
        return ast.fix_missing_locations(ast.copy_location(call, node))

    def visit_MatchClass(self, node: ast.MatchClass) -> Any:
        """Check the names of keyword sub-patterns, which read attributes.

        Positional sub-patterns would read the attributes that `__match_args__` names at run time, so they become
        keyword sub-patterns. `int(x)` and similar patterns become `int() as x`.
        """
        if node.patterns:
            node = self._with_keywords(node)
            if isinstance(node, ast.MatchAs):
                return node
        for name in node.kwd_attrs:
            self._rule(node, names.attribute_rule(name, names.METHODS))
            if names.is_guarded(name):
                self.error(node, f"attribute {name!r} can't be read by a pattern")
        return self.node_contents_visit(node)

    def _with_keywords(self, node: ast.MatchClass) -> Any:
        name = node.cls.id if isinstance(node.cls, ast.Name) else ""
        inner, fields = node.patterns[0], self._match_args.get(name, ())
        if name in _SELF_MATCHING and isinstance(inner, ast.MatchAs) and not inner.pattern and len(node.patterns) == 1:
            self.check_name(node, inner.name)
            whole = ast.copy_location(ast.MatchClass(node.cls, [], node.kwd_attrs, node.kwd_patterns), node)
            return self.visit(ast.copy_location(ast.MatchAs(whole, inner.name), node) if inner.name else whole)
        if len(node.patterns) > len(fields):
            self.error(node, "a class pattern may have keyword sub-patterns only, such as P(x=0)")
        keywords = [*fields[: len(node.patterns)], *node.kwd_attrs]
        return ast.copy_location(ast.MatchClass(node.cls, [], keywords, [*node.patterns, *node.kwd_patterns]), node)

    # Exceptions and classes

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> Any:
        """Turn a bare `except` into `except Exception`, so that it does not catch the time limit's exception."""
        self.check_name(node, node.name)
        node = self.node_contents_visit(node)
        if node.type is None:
            node.type = ast.copy_location(ast.Name(EXCEPTION, ast.Load()), node)
            node.type.end_lineno, node.type.end_col_offset = node.lineno, node.col_offset
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> Any:
        """Refuse metaclasses other than ABCMeta: they could decide the result of `isinstance`."""
        self.check_name(node, node.name)
        for keyword in node.keywords:
            if keyword.arg is None or (keyword.arg == "metaclass" and ast.unparse(keyword.value) not in _ABSTRACT):
                self.error(node, "a metaclass is not allowed")
        return self.node_contents_visit(node)


def parse(source: str) -> ast.Module:
    """The program's syntax tree.

    Raises: RejectedError if it is too long or too deep; SyntaxError or ValueError if it is not Python.
    """
    try:
        return ast.parse(source, names.FILENAME)
    except (MemoryError, RecursionError):
        raise RejectedError(_TOO_DEEP, None) from None


def compile_tree(tree: ast.Module) -> CodeType:
    """The program's code under the policy. It changes the tree.

    Raises: RejectedError if it breaks a rule; SyntaxError or ValueError if it is not Python.
    """
    try:
        code = compile_restricted_exec(tree, names.FILENAME, policy=Policy).code
    except (MemoryError, RecursionError):
        raise RejectedError(_TOO_DEEP, None) from None
    assert code
    return code
