"""Shapes: descriptions of a parameter's values, from its annotation, default and name."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from solverlearner.task import JSON

TEXTS = frozenset("text word char digits number line path url ident date".split())
"""The kinds of texts; `texts.py` has a function for each."""


Word: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Shape:
    """A kind of values, the shapes of its parts (elements, values, alternatives), and constants compared with it.

    Kinds: int nat float bool none; the `TEXTS`; list and dict (one part); row (a list of parts in order); union.
    """

    kind: str
    parts: tuple["Shape", ...] = ()
    words: tuple[Word, ...] = ()


INT, NAT, FLOAT, BOOL, NONE = (Shape(kind) for kind in ("int", "nat", "float", "bool", "none"))
TEXT, WORD, CHAR, DIGITS, NUMBER, LINE, PATH, URL, IDENT, DATE = (
    Shape(kind) for kind in ("text", "word", "char", "digits", "number", "line", "path", "url", "ident", "date")
)


def list_of(part: Shape) -> Shape:
    """A list of any length."""
    return Shape("list", (part,))


def dict_of(part: Shape, keys: tuple[str, ...] = ()) -> Shape:
    """A dict whose values have this shape; its keys are mostly `keys`, if given."""
    return Shape("dict", (part,), keys)


NUMBERS = list_of(INT)
SHAPE_WORDS = list_of(WORD)

_NAMED: tuple[tuple[str, Shape], ...] = (
    (r"^(n|m|k|count|num|number|nbits|bits|size|width|length|len|limit|maxlen|level|depth|order|index|idx|pos|position"
     r"|start|end|stop|step|offset|column|col|row|lineno|year|month|day|hour|minute|seconds?|days|port|code|codepoint"
     r"|indent|base|radix|prec|precision|digits|total|age|rank|degree|exp|exponent|shift|nbytes|bit)$", NAT),
    (r"^(i|j|x|y|z|a|b|c|d|p|q|value|val|v|num\w*|n\d|x\d|y\d)$", INT),
    (r"^(ratio|rate|scale|factor|alpha|beta|theta|angle|lat|lon|lng|weight|mu|sigma|tol|eps|epsilon|t|u|fraction"
     r"|percent|mean|std|temperature|celsius|fahrenheit|radius|distance|time|duration|h|l|r|g)$", FLOAT),
    (r"^(is_|has_|use_|allow_|with_|no_|do_|keep_|strict|reverse|flag|verbose|signed|quote|escape|sep_)", BOOL),
    (r"(paths?|file|filename|fname|fn|pathname|dirname|fullname|dir|folder|root)$", PATH),
    (r"(url|uri|href|netloc|host|hostname|domain|email|addr|address)$", URL),
    (r"(name|key|attr|ident|identifier|symbol|field|tag|label|word|token|term|varname)$", IDENT),
    (r"(lines)$", list_of(LINE)),
    (r"(words|names|keys|tokens|strings|strs|parts|labels|tags|paths|args|argv|fields|columns|options)$", SHAPE_WORDS),
    (r"(line|row|text|txt|doc|docstring|content|body|msg|message|source|src|sentence|paragraph|title|description|html"
     r"|xml|comment|header|input|data|code|query)$", LINE),
    (r"(^s$|^st$|str|string|^c$|^ch$|char|prefix|suffix|pattern|pat|format|fmt|spec|encoding|sep|delimiter|charset)",
     TEXT),
    (r"(date|datestr|timestamp|isodate)$", DATE),
    (r"(list|lst|arr|array|nums|numbers|values|vals|vec|vector|xs|ys|seq|sequence|items|elements|iterable|data|digits"
     r"|sizes|shape|coords|point|weights|counts|lens|lengths|indices|l|ls|it)$", NUMBERS),
    (r"(dict|mapping|map|table|kwargs|params|config|conf|opts|attrs|headers|env|d|dct|obj|record|counts)$",
     dict_of(INT)),
    (r"(matrix|grid|board|rows|table|mat)$", list_of(list_of(INT))),
    (r"(pairs|tuples|ranges|intervals|spans|edges)$", list_of(Shape("row", (NAT, NAT)))),
)  # fmt: skip

_SIMPLE = {
    "int": INT, "float": FLOAT, "str": TEXT, "bool": BOOL, "None": NONE, "Text": TEXT, "AnyStr": TEXT,
    "list": NUMBERS, "List": NUMBERS, "dict": dict_of(INT), "Dict": dict_of(INT), "tuple": NUMBERS, "Number": FLOAT,
    "number": FLOAT, "Real": FLOAT, "SupportsInt": INT, "SupportsFloat": FLOAT, "SupportsIndex": NAT,
}  # fmt: skip
_LISTS = frozenset("list List Sequence Iterable Collection MutableSequence Container Sized".split())
_DICTS = frozenset("dict Dict Mapping MutableMapping".split())


def named(name: str) -> Iterator[Shape]:
    """The shapes that a parameter's name suggests, the likeliest first."""
    bare = name.strip("_").lower()
    for pattern, shape in _NAMED:
        if re.search(pattern, bare):
            yield shape


def annotated(node: ast.expr | None) -> Shape | None:
    """The shape of an annotation, or None if it has none."""
    match node:
        case ast.Constant(value=None):
            return NONE
        case ast.Constant(value=str(text)):
            try:
                return annotated(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return union(annotated(left), annotated(right))
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _SIMPLE.get(name)
        case ast.Subscript(value=ast.Name(id=name) | ast.Attribute(attr=name), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return _generic(name, parts)
    return None


def _generic(name: str, parts: list[ast.expr]) -> Shape | None:
    if name == "Literal":
        words = tuple(part.value for part in parts if isinstance(part, ast.Constant))
        return Shape("text", (), tuple(word for word in words if isinstance(word, str | int))) if words else None
    shapes = [annotated(part) for part in parts]
    if name in ("Union", "Optional"):
        return union(*shapes, *([NONE] if name == "Optional" else []))
    if name in _LISTS or (name in ("tuple", "Tuple") and ast.unparse(parts[-1]) == "..."):
        return list_of(shapes[0] or INT)
    if name in ("tuple", "Tuple"):
        return Shape("row", tuple(shape or INT for shape in shapes))
    if name in _DICTS:
        return dict_of(shapes[-1] or INT)
    return None


def union(*shapes: Shape | None) -> Shape | None:
    """A union of the shapes that are not None."""
    known = tuple(dict.fromkeys(shape for shape in shapes if shape))
    return Shape("union", known) if len(known) > 1 else known[0] if known else None


def of_value(value: JSON) -> Shape | None:
    """The shape of a value; None for the value None, which any shape may have as its default."""
    if isinstance(value, bool):
        return BOOL
    if isinstance(value, int):
        return INT if value < 0 else NAT
    if isinstance(value, float):
        return FLOAT
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list):
        return list_of((of_value(value[0]) if value else None) or INT)
    return dict_of(INT) if isinstance(value, dict) else None
