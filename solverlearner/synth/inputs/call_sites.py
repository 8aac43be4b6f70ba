"""Uses of a name: its methods, operators, loops and comparisons in a function are evidence for its type."""

import ast
from collections.abc import Iterator, Mapping

from solverlearner.synth.inputs.evidence import Evidence, best_evidence, compared, constants
from solverlearner.synth.inputs.shape import (
    CHAR,
    FLOAT,
    INT,
    LINE,
    NAT,
    NONE,
    NUMBER,
    NUMBERS,
    SHAPE_WORDS,
    TEXT,
    WORD,
    Shape,
    dict_of,
    list_of,
    of_value,
)

_NUMERIC = (ast.Sub, ast.Div, ast.FloorDiv, ast.Pow)
_BITWISE = (ast.BitAnd, ast.BitOr, ast.BitXor, ast.LShift, ast.RShift)
_RE = frozenset("match search sub subn findall finditer split fullmatch".split())
_BUILTIN = {
    "ord": CHAR, "chr": NAT, "range": NAT, "int": NUMBER, "float": NUMBER, "abs": INT, "round": FLOAT, "hex": NAT,
    "bin": NAT, "oct": NAT, "divmod": NAT, "pow": INT, "sum": NUMBERS, "sorted": NUMBERS, "min": NUMBERS,
    "max": NUMBERS, "reversed": NUMBERS, "any": NUMBERS, "all": NUMBERS, "zip": NUMBERS, "len": TEXT, "list": TEXT,
    "tuple": NUMBERS, "set": NUMBERS, "dict": list_of(Shape("row", (WORD, INT))), "enumerate": NUMBERS,
}  # fmt: skip
_WEAK = frozenset("len list tuple set zip enumerate reversed any all min max sorted".split())
_DEPTH = 3
_KINDS = {
    "str": TEXT, "int": INT, "float": FLOAT, "list": NUMBERS, "tuple": NUMBERS, "dict": dict_of(INT),
    "basestring": TEXT, "Sequence": NUMBERS, "Mapping": dict_of(INT),
}  # fmt: skip


def used(
    function: ast.FunctionDef, name: str, helpers: Mapping[str, ast.FunctionDef], depth: int = 0
) -> list[Evidence]:
    """The uses of a name in a function and in its helpers, as evidence for shapes."""
    return [*_used(ast.Module([*function.body], []), name, helpers, depth)]


def _used(tree: ast.AST, name: str, helpers: Mapping[str, ast.FunctionDef], depth: int) -> Iterator[Evidence]:
    for node in ast.walk(tree):
        match node:
            case ast.Subscript():
                yield from _subscripted(node, name)
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                yield from (
                    Evidence(shape, 1.0)
                    for value in compared(node, name)
                    if (shape := of_value(value))  # type: ignore[arg-type]
                )
                yield from _membership(left, ops, comparators, name)
            case ast.BinOp():
                yield from _operated(node, name)
            case ast.UnaryOp(op=ast.USub() | ast.Invert(), operand=ast.Name(id=owner)) if owner == name:
                yield Evidence(INT, 1.5)
            case ast.Call():
                yield from _called(node, name, helpers, depth)
            case ast.For() | ast.comprehension():
                yield from _looped(tree, node, name, helpers, depth)
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=ast.Name(id=owner)) if owner == name:
                inner = [_element(tree, each, helpers, depth) or INT for each in elts]
                yield Evidence(Shape("row", tuple(inner)), 2.0)
    yield from constants(tree, name)


def _subscripted(node: ast.Subscript, name: str) -> Iterator[Evidence]:
    match node:
        case ast.Subscript(value=ast.Name(id=owner), slice=ast.Constant(value=str())) if owner == name:
            return  # a key, see `constants`
        case ast.Subscript(value=ast.Name(id=owner), slice=ast.Slice()) if owner == name:
            yield Evidence(TEXT, 1.0)
            yield Evidence(NUMBERS, 0.8)
        case ast.Subscript(value=ast.Name(id=owner), slice=index) if owner == name:
            yield Evidence(NUMBERS, 0.8)
            yield Evidence(TEXT, 0.5 if not isinstance(index, ast.Tuple) else 0)
        case ast.Subscript(slice=ast.Name(id=owner)) if owner == name:
            yield Evidence(NAT, 0.7)


def _membership(left: ast.expr, ops: list[ast.cmpop], comparators: list[ast.expr], name: str) -> Iterator[Evidence]:
    if not isinstance(ops[0], ast.In | ast.NotIn):
        return
    right = comparators[0]
    if isinstance(right, ast.Name) and right.id == name:
        constant = isinstance(left, ast.Constant) and isinstance(left.value, str)
        yield Evidence(TEXT, 2.0 if constant else 0.3)
        yield Evidence(NUMBERS, 0.3)
    elif isinstance(left, ast.Name) and left.id == name and isinstance(right, ast.Constant):
        yield Evidence(CHAR, 2.0)


def _operated(node: ast.BinOp, name: str) -> Iterator[Evidence]:
    for own, other in ((node.left, node.right), (node.right, node.left)):
        if not (isinstance(own, ast.Name) and own.id == name):
            continue
        if isinstance(node.op, _BITWISE):
            yield Evidence(NAT, 2.0)
        elif isinstance(node.op, _NUMERIC):
            yield Evidence(INT, 2.0)
            yield Evidence(FLOAT, 1.0)
        elif isinstance(node.op, ast.Mod):
            yield Evidence(NAT, 2.0 if own is node.left else 0.5)
        elif isinstance(other, ast.Constant) and (shape := of_value(other.value)):  # type: ignore[arg-type]
            yield Evidence(NAT if isinstance(other.value, str) and isinstance(node.op, ast.Mult) else shape, 2.0)
        elif isinstance(other, ast.JoinedStr):
            yield Evidence(TEXT, 2.0)
        elif isinstance(other, ast.List | ast.ListComp):
            yield Evidence(NUMBERS, 2.0)
        else:
            yield Evidence(INT, 0.6)
            yield Evidence(FLOAT, 0.3)


def _called(node: ast.Call, name: str, helpers: Mapping[str, ast.FunctionDef], depth: int) -> Iterator[Evidence]:
    places = [place for place, each in enumerate(node.args) if isinstance(each, ast.Name) and each.id == name]
    for place in places:
        match node.func:
            case ast.Name(id="isinstance") if place == 0:
                yield from _instance(node)
            case ast.Name(id=called) if called in _BUILTIN:
                yield Evidence(_BUILTIN[called], 0.6 if called in _WEAK else 1.5)
            case ast.Name(id=called) if called in helpers and depth < _DEPTH:
                inner = [*helpers[called].args.posonlyargs, *helpers[called].args.args]
                if place < len(inner):
                    yield from used(helpers[called], inner[place].arg, helpers, depth + 1)
            case ast.Attribute(value=ast.Name(id="math")):
                yield Evidence(FLOAT, 1.5)
            case ast.Attribute(attr="join"):
                yield Evidence(SHAPE_WORDS, 3.0)
            case ast.Attribute(attr=attr) if attr in _RE:
                yield Evidence(LINE, 2.0)
            case ast.Attribute(attr="startswith" | "endswith" | "split" | "replace" | "strip" | "find" | "count"):
                yield Evidence(TEXT, 2.0)


def _instance(node: ast.Call) -> Iterator[Evidence]:
    kinds = node.args[1:]
    found = [each.elts if isinstance(each, ast.Tuple) else [each] for each in kinds]
    for each in [kind for group in found for kind in group]:
        if shape := _KINDS.get(ast.unparse(each).rpartition(".")[2]):
            yield Evidence(shape, 1.0)


def _looped(
    tree: ast.AST, node: ast.For | ast.comprehension, name: str, helpers: Mapping[str, ast.FunctionDef], depth: int
) -> Iterator[Evidence]:
    """Evidence from a loop over the name: the uses of its elements in the loop give their shape."""
    match node.iter, node.target:
        case ast.Name(id=owner), target if owner == name:
            pass
        case ast.Call(func=ast.Name(id="enumerate"), args=[ast.Name(id=owner), *_]), ast.Tuple(elts=[_, target]) if (
            owner == name
        ):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="items")), ast.Tuple(elts=[_, value]) if (
            owner == name
        ):
            yield Evidence(dict_of(_element(tree, value, helpers, depth) or INT), 2.0)
            return
        case _:
            return
    inner = _element(tree, target, helpers, depth)
    yield Evidence(list_of(inner or INT), 2.0 if inner else 0.8)
    if inner is None or inner.kind in ("char", "text", "word", "digits"):
        yield Evidence(TEXT, 1.9)


def _element(tree: ast.AST, target: ast.expr, helpers: Mapping[str, ast.FunctionDef], depth: int) -> Shape | None:
    """The shape of a loop's variable or variables; None without evidence."""
    if isinstance(target, ast.Tuple):
        return Shape("row", tuple(_element(tree, each, helpers, depth) or INT for each in target.elts))
    if not isinstance(target, ast.Name) or depth >= _DEPTH:
        return None
    found = best_evidence([*_used(tree, target.id, helpers, depth + 1)])
    return found[0][0] if found and found[0][0] != NONE else None
