"""Which programs may share a process: those that can change nothing that another program could see.

Decided by allow-list from the source, beside the policy and for programs that it admits. Such a program defines no
class, sets or deletes no attribute, looks up none by a computed name, and imports only functions that keep no state.
What is left has nothing to write to but its own objects: the modules' tables, the library's classes, its caches with
keys that decide equality themselves, `random`, the recursion limit and decimal's context are all out of reach.
"""

import ast

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
    "copy": frozenset("copy deepcopy".split()),
    "fractions": frozenset({"Fraction"}),
    "statistics": frozenset("fmean mean median median_high median_low mode multimode pstdev stdev variance".split()),
    "datetime": frozenset("date datetime time timedelta timezone".split()),
    "__future__": frozenset({"annotations"}),
}

_STATEFUL_BUILTINS = frozenset({"getattr", "setattr", "delattr", "id"})
_STATEFUL_ATTRIBUTES = frozenset({"register", "obj"})
"""`obj` of an AttributeError would be the module, as a value."""


class _SharedError(Exception):
    """The program might reach what programs share."""


def _require(condition: bool) -> None:
    if not condition:
        raise _SharedError


def _listed(name: str, allowed: frozenset[str]) -> bool:
    return name != "*" and not name.startswith("_") and (allowed is _ANY or name in allowed)


class _Check(ast.NodeVisitor):
    """Raises _SharedError at the first thing that is not known to be harmless. `modules`: module of each name."""

    def __init__(self, modules: dict[str, str]) -> None:
        self._modules = modules

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        raise _SharedError

    def visit_MatchClass(self, node: ast.MatchClass) -> None:
        _require(not node.kwd_attrs)
        self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        allowed = _MODULES.get(node.module or "", frozenset())
        _require(all(_listed(alias.name, allowed) for alias in node.names))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        _require(isinstance(node.ctx, ast.Load) and _listed(node.attr, _ANY) and node.attr not in _STATEFUL_ATTRIBUTES)
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            _require(_listed(node.attr, _MODULES[self._modules[node.value.id]]))
        else:
            self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        # a module is only ever written as `module.name`, never passed on or bound to something else
        _require(node.id not in _STATEFUL_BUILTINS and node.id not in self._modules)


def _imported(tree: ast.Module) -> dict[str, str]:
    """The module that each name stands for, wherever it is imported."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                _require(alias.name in _MODULES and "." not in alias.name)
                _require(modules.setdefault(alias.asname or alias.name, alias.name) == alias.name)
    return modules


def is_separable(tree: ast.Module) -> bool:
    """Whether the program can share a process, one after the other, with others like it."""
    try:
        _Check(_imported(tree)).visit(tree)
    except _SharedError:
        return False
    return True
