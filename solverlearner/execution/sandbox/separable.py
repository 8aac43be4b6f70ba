"""Separable programs: a static check finds programs that cannot affect another program in the same process.

It decides by allow-list from the syntax tree, for programs that the policy allows. A separable program defines no
class, sets or deletes no attribute, looks up none by a computed name, and imports only functions that keep no state.
So it can write to its own objects only. It cannot reach the modules' variables, the library's classes, `random`, the
recursion limit or decimal's context. It can fill the caches of `re` and `typing`, which are emptied after each program
(`shared_state.py`). `copy` is not allowed: its memo is a table of objects by address that a program can fill itself.
"""

import ast
from collections.abc import Sequence

from .transformer import LEAVES

_TYPING = """
Any Callable Counter DefaultDict Deque Dict Final FrozenSet Generator Hashable Iterable Iterator List Literal Mapping
MutableMapping MutableSequence NoReturn Optional Sequence Set Tuple Type Union
""".split()

_OPERATOR = """
abs add and_ concat contains countOf eq floordiv ge gt index indexOf inv invert itemgetter le lshift lt mod mul ne neg
not_ or_ pos pow rshift sub truediv truth xor
""".split()

_RE = """
compile escape findall finditer fullmatch match search split sub subn error
A ASCII I IGNORECASE M MULTILINE S DOTALL X VERBOSE
""".split()

_STRING = """
ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable punctuation whitespace
""".split()

_ANY = frozenset({"*"})
_MODULES = {
    "math": _ANY,
    "cmath": _ANY,
    "itertools": _ANY,
    "bisect": _ANY,
    "unicodedata": _ANY,
    "heapq": frozenset("heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest".split()),
    "collections": frozenset("ChainMap Counter OrderedDict defaultdict deque namedtuple".split()),
    "functools": frozenset("cache cmp_to_key lru_cache partial reduce".split()),
    "operator": frozenset(_OPERATOR),
    "typing": frozenset(_TYPING),
    "collections.abc": frozenset(_TYPING),
    "re": frozenset(_RE),
    "string": frozenset(_STRING),
    "textwrap": frozenset("dedent fill indent shorten wrap".split()),
    "json": frozenset("dumps loads JSONDecodeError".split()),
    "fractions": frozenset({"Fraction"}),
    "statistics": frozenset("fmean mean median median_high median_low mode multimode pstdev stdev variance".split()),
    "datetime": frozenset("date datetime time timedelta timezone".split()),
    "__future__": frozenset({"annotations"}),
}

_STATEFUL_BUILTINS = frozenset({"getattr", "setattr", "delattr", "id", "vars", "dir", "globals"})
_STATEFUL_ATTRIBUTES = frozenset({"register", "obj"})
"""`obj` of an AttributeError would give the program the module as a value."""


class _SharedError(Exception):
    """The program might reach state that programs share."""


def _require(condition: bool) -> None:
    if not condition:
        raise _SharedError


def _listed(name: str, allowed: frozenset[str]) -> bool:
    return name != "*" and not name.startswith("_") and (allowed is _ANY or name in allowed)


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """All nodes that the check has to look at: `ast.walk` without the leaves, which are half of a tree."""
    found: list[ast.AST] = [tree]
    for node in found:  # the list grows in the loop
        for field in node._fields:
            value = getattr(node, field, None)
            for child in value if isinstance(value, list) else (value,):
                if isinstance(child, ast.AST) and type(child) not in LEAVES:
                    found.append(child)
    return found


def _check_attribute(node: ast.Attribute, modules: dict[str, str]) -> None:
    _require(isinstance(node.ctx, ast.Load) and _listed(node.attr, _ANY) and node.attr not in _STATEFUL_ATTRIBUTES)
    if isinstance(node.value, ast.Name) and node.value.id in modules:
        _require(_listed(node.attr, _MODULES[modules[node.value.id]]))


def _check(node: ast.AST, modules: dict[str, str]) -> None:
    """Check one node; `modules` maps names to modules. Raises: _SharedError unless the node is known to be harmless."""
    match node:
        case ast.Name(id=name):
            _require(name not in _STATEFUL_BUILTINS)
        case ast.Attribute():
            _check_attribute(node, modules)
        case ast.ImportFrom(module=module):
            allowed = _MODULES.get(module or "", frozenset())
            _require(all(_listed(alias.name, allowed) for alias in node.names))
        case ast.ClassDef():
            raise _SharedError
        case ast.MatchClass():
            _require(not node.kwd_attrs)


def _imported(nodes: list[ast.AST]) -> dict[str, str]:
    """The module that each imported name stands for."""
    modules: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                _require(alias.name in _MODULES and "." not in alias.name)
                _require(modules.setdefault(alias.asname or alias.name, alias.name) == alias.name)
    return modules


def _count(nodes: Sequence[ast.AST], names: dict[str, str]) -> int:
    return sum(isinstance(node, ast.Name) and node.id in names for node in nodes)


def is_separable(tree: ast.Module) -> bool:
    """Whether the program may run in one process with other separable programs, one after another."""
    nodes = _nodes(tree)
    try:
        modules = _imported(nodes)
        for node in nodes:
            _check(node, modules)
        # a module is only ever written as `module.name`, never passed on or bound to something else
        owners = [node.value for node in nodes if isinstance(node, ast.Attribute)]
        _require(not modules or _count(owners, modules) == _count(nodes, modules))
    except _SharedError:
        return False
    return True
