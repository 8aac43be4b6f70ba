"""Filters: rules that drop a function before it is run; each has a name for the counts."""

import ast
from collections.abc import Callable, Iterator

from solverlearner.case2code.normal import size
from solverlearner.synth.inputs.parameter import parameters

_METHODS = frozenset(name for kind in (str, list, dict, int, float) for name in dir(kind) if not name.startswith("__"))
"""Methods and attributes of the values of JSON's types."""

_CHANGES = frozenset("append add update setdefault pop clear extend remove insert popitem discard sort reverse".split())
_CLOCKS = frozenset("now today utcnow fromtimestamp localtime urandom".split())
_DECORATORS = frozenset({"lru_cache", "functools.lru_cache", "cache", "functools.cache", "staticmethod"})
_PARAMETERS, _NODES, _LINES = 5, (12, 600), 80


def reason_against(function: ast.FunctionDef) -> str | None:
    """The name of the first rule that drops a function, or None if none does."""
    return next((name for name, rule in RULES.items() if rule(function)), None)


def impure(function: ast.FunctionDef) -> bool:
    """Whether a function, or a helper, changes or reads state that lasts beyond a call."""
    own = {each.arg for each in parameters(function)} | {
        node.id for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for node in ast.walk(function):
        match node:
            case ast.Global() | ast.Await():
                return True
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name not in own:
                if attr in _CHANGES:
                    return True
            case ast.Attribute(value=target, ctx=ast.Store() | ast.Del()):
                if _root(target) not in own:
                    return True
            case ast.Subscript(value=target, ctx=ast.Store() | ast.Del()):
                if _root(target) not in own:
                    return True
            case ast.Attribute(attr=attr) if attr in _CLOCKS:
                return True
    return False


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    """Its statements without the docstring."""
    return function.body[ast.get_docstring(function, clean=False) is not None :]


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of its body, without the nodes of inner functions."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))


def _decorated(function: ast.FunctionDef) -> bool:
    plain = [node.func if isinstance(node, ast.Call) else node for node in function.decorator_list]
    return any(ast.unparse(node) not in _DECORATORS for node in plain)


def _signature(function: ast.FunctionDef) -> bool:
    found, args = parameters(function), function.args
    needed = any(default is None for default in args.kw_defaults)
    return bool(not found or len(found) > _PARAMETERS or args.vararg or args.kwarg or needed)


def _method(function: ast.FunctionDef) -> bool:
    return any(each.arg in ("self", "cls", "mcs", "klass") for each in parameters(function)[:1])


def _generator(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in _own_nodes(function))


def _no_value(function: ast.FunctionDef) -> bool:
    returned = [node.value for node in _own_nodes(function) if isinstance(node, ast.Return) and node.value]
    return all(isinstance(value, ast.Constant) and value.value is None for value in returned)


def _small(function: ast.FunctionDef) -> bool:
    return sum(map(size, body(function))) < _NODES[0]


def _large(function: ast.FunctionDef) -> bool:
    lines = (function.end_lineno or 0) - body(function)[0].lineno if body(function) else 0
    return lines > _LINES or sum(map(size, body(function))) > _NODES[1]


def _trivial(function: ast.FunctionDef) -> bool:
    """Whether it is one `return` of a constant, a parameter, a part of one, or a call that passes the parameters on."""
    statements = body(function)
    if len(statements) != 1 or not isinstance(statements[0], ast.Return):
        return False
    value = statements[0].value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return all(isinstance(each, ast.Name | ast.Constant) for each in value.args) and not any(
            not isinstance(each.value, ast.Name | ast.Constant) for each in value.keywords
        )
    while isinstance(value, ast.Attribute | ast.Subscript):
        value = value.value
    return isinstance(value, ast.Name | ast.Constant)


def _not_json(function: ast.FunctionDef) -> bool:
    """Whether a parameter is called or used in `with`, or an attribute of it is read that no JSON type has."""
    own = {each.arg for each in parameters(function)}
    bound = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    own -= bound
    for node in ast.walk(function):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in own:
                return True
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in own and attr not in _METHODS:
                return True
            case ast.withitem(context_expr=ast.Name(id=name)) if name in own:
                return True
    return False


_PLAIN = frozenset(
    "int float str bool list dict tuple None Any Optional Union Sequence Iterable Collection List Dict Tuple Mapping "
    "MutableMapping MutableSequence Literal Text AnyStr SupportsInt SupportsFloat SupportsIndex object "
    "number Number Real Hashable Container Sized typing t collections abc".split()
)


def _foreign(function: ast.FunctionDef) -> bool:
    """Whether an annotated parameter takes no JSON type. A type variable (one capital letter) takes any type."""
    return any(each.annotation and not _takes_json(each.annotation) for each in parameters(function))


def _takes_json(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _takes_json(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return False
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _takes_json(left) or _takes_json(right)
        case ast.Subscript(value=outer, slice=inner) if ast.unparse(outer).rpartition(".")[2] in ("Union", "Optional"):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return any(map(_takes_json, parts))
        case ast.Subscript(value=outer, slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            literal = ast.unparse(outer).endswith("Literal")
            return _takes_json(outer) and (literal or all(map(_takes_json, parts)))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in _PLAIN or (len(name) == 1 and name.isupper())
    return isinstance(node, ast.Constant) and node.value in (None, ...)


RULES: dict[str, Callable[[ast.FunctionDef], bool]] = {
    "decorated": _decorated,
    "a method": _method,
    "parameters: none, too many, or any number": _signature,
    "a generator": _generator,
    "returns no value": _no_value,
    "too small": _small,
    "too large": _large,
    "trivial: a getter or a wrapper": _trivial,
    "types: an annotation that is none of JSON's": _foreign,
    "types: a parameter that is none of JSON's": _not_json,
    "keeps or changes state, or asks the clock": impure,
}
"""The rules, in the order in which they are applied."""
