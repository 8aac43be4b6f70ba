"""Count how common variants and rules are, for solverlearner/analysis/variant_counts.csv.

    python benchmarks/commonness.py FOLDER … > counts.csv

Counted in sources and documents, each file once:

- `arith`: names of a base: "base 9", "base-9", "radix 9", and "octal" and the like before a word for numerals.
- `base_conversion`: "hex to decimal", "from base 10 to base 2", and names of functions such as `hex2dec`.
- `spatial`: "rotated by 90 degrees", "flipped horizontally" and the like.
- `cipher`: names of ciphers.

Counted in the syntax trees of Python sources alone:

- `linear`: expressions of one variable and whole numbers that are a·x + b, each as large as it stands there.
- `lists`: expressions that are functions of our language, by `SPELLINGS`; x may be any expression.
"""

import ast
import re
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from random import Random

from solverlearner.tasks.linear import LARGEST, linear
from solverlearner.tasks.list_functions import Function, function, functions
from solverlearner.tasks.list_operations import CHANGES, NUMBERS

Key = tuple[str, str]
"""A task, and a variant or rule."""

_RULES = ("linear", "lists")
"""Tasks whose rules are counted, in Python sources alone."""

_ENDINGS = {".py", ".pyi", ".txt", ".rst", ".md", ".html", ".pm", ".pod", ".c", ".h"}
_NAMES = {
    "binary": 2, "ternary": 3, "quaternary": 4, "quinary": 5, "senary": 6, "septenary": 7, "octal": 8, "nonary": 9,
    "decimal": 10, "undecimal": 11, "duodecimal": 12, "hexadecimal": 16, "hex": 16, "vigesimal": 20,
}  # fmt: skip
_NUMBERED = re.compile(r"\b(?:base|radix)[- ](\d{1,2})\b(?![-.]?\d)", re.IGNORECASE)
_NOUNS = "numbers? numerals? digits? notation representations? integers? literals? places? system"
_NAMED = re.compile(rf"\b({'|'.join(_NAMES)}) (?:{_NOUNS.replace(' ', '|')})\b", re.IGNORECASE)

_BASE = r"(binary|octal|decimal|hex(?:adecimal)?|base[- ]?\d{1,2})"
_CONVERTED = re.compile(
    rf"\b{_BASE}(?: (?:numbers?|strings?|digits?|values?|integers?|notation))? to (?:an? |its |the )?{_BASE}\b"
)
_FUNCTION = re.compile(r"(?<![a-z])(hex|bin|oct|dec)(?:2|_?to_?)(hex|bin|oct|dec)(?![a-z])")
_SHORT = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}

_TURNED = re.compile(r"rotat\w*\b[^.\n]{0,30}?\b(90|180|270)[- ]?(?:deg|°)\w*(?:[ -]+(counter|anti|ccw|to the left))?")
_FLIPPED = re.compile(
    r"(?:flip|mirror|reflect)\w* (?:it |the \w+ )?(?:vertical|horizontal)"
    r"|(?:vertical|horizontal)(?:ly)?[ _-](?:flip|mirror)"
)
_CIPHERS = {
    "morse": re.compile(r"morse code"), "caesar": re.compile(r"ca?esar cipher|rot-?13\b"),
    "atbash": re.compile(r"atbash"), "vigenere": re.compile(r"vigen[eè]re"),
    "substitution": re.compile(r"substitution cipher"), "keyword": re.compile(r"keyword cipher"),
}  # fmt: skip
_ANCHORS = {
    "base_conversion": (" to ", "2dec", "2hex", "2bin", "2oct", "todec", "tohex", "tobin", "tooct", "_to_"),
    "spatial": ("rotat", "flip", "mirror", "reflect"),
    "cipher": ("morse", "rot13", "rot-13", "aesar", "atbash", "vigen", "substitution", "keyword"),
}
_AROUND = 60


def bases_in(text: str) -> Iterator[int]:
    """The bases from 2 to 36 that a text names, each as often as it does.

    >>> [*bases_in("base-9, octal digits, base64, base 64, radix 16")]
    [9, 16, 8]
    """
    for found in _NUMBERED.finditer(text):
        if 2 <= int(found[1]) <= 36:
            yield int(found[1])
    yield from (_NAMES[found[1].lower()] for found in _NAMED.finditer(text))


def conversions_in(text: str) -> Iterator[tuple[int, int]]:
    """The conversions between two bases that a text in lower case names.

    >>> [*conversions_in("hex strings to binary, from base 10 to base 3, hex2dec, binary to text")]
    [(16, 2), (10, 3), (16, 10)]
    """
    for found in _CONVERTED.finditer(text):
        yield _base(found[1]), _base(found[2])
    yield from ((_SHORT[found[1]], _SHORT[found[2]]) for found in _FUNCTION.finditer(text))


def _base(name: str) -> int:
    return _NAMES[name] if name in _NAMES else int(name.removeprefix("base").strip("- "))


def turns_in(text: str) -> Iterator[str]:
    """The maps of `spatial` that a text in lower case names. A turn counts as clockwise where nothing else is said.

    >>> [*turns_in("rotated by 90 degrees, rotate 90° counterclockwise; flipped horizontally")]
    ['r90', 'r270', 'swap_we']
    """
    for found in _TURNED.finditer(text):
        degrees = int(found[1])
        yield f"r{360 - degrees if found[2] else degrees}"
    yield from ("swap_ns" if "vertical" in found[0] else "swap_we" for found in _FLIPPED.finditer(text))


def ciphers_in(text: str) -> Iterator[str]:
    """The ciphers that a text in lower case names."""
    for name, named in _CIPHERS.items():
        yield from (name for _ in named.finditer(text))


def _in_texts(text: str) -> Iterator[Key]:
    yield from (("arith", f"base-{base}") for base in bases_in(text))
    low = text.lower()
    near = {task: _near(low, anchors) for task, anchors in _ANCHORS.items()}
    for source, target in conversions_in(near["base_conversion"]):
        if source != target and {source, target} <= {*range(2, 37)}:
            yield "base_conversion", f"{source}-to-{target}"
    yield from (("spatial", name) for name in turns_in(near["spatial"]))
    yield from (("cipher", name) for name in ciphers_in(near["cipher"]))


def _near(text: str, anchors: tuple[str, ...]) -> str:
    """The parts of a text around these words, with line breaks as blanks, so that few characters are looked at."""
    ends, parts = [0], list[str]()
    for place in sorted(found.start() for found in re.finditer("|".join(map(re.escape, anchors)), text)):
        start = max(ends[-1], place - _AROUND)
        if start < (end := place + _AROUND):
            parts.append(("" if start == ends[-1] else " . ") + text[start:end])
            ends.append(end)
    return " ".join("".join(parts).split())


# --- expressions of Python

SPELLINGS = {
    "reverse": ["list(reversed(x))"], "sort_down": ["sorted(x)[::-1]"], "unique": ["list({n: None for n in x})"],
    "max": ["max(x)"], "min": ["min(x)"], "first": ["x[0]"], "last": ["x[-1]"], "item2": ["x[1]"], "item3": ["x[2]"],
    "item4": ["x[3]"], "running_sums": ["list(accumulate(x))", "list(itertools.accumulate(x))"],
    "evens": ["[n for n in x if not n % 2]"], "odds": ["[n for n in x if n % 2]"],
    "first_is3": ["[3, *x]"], "first_is5": ["[5, *x]"], "first_is7": ["[7, *x]"], "twice": ["x * 2"],
}  # fmt: skip
"""Other ways to write an operation, beside the one that its program has."""


def linear_in(tree: ast.AST) -> Iterator[str]:
    """The names of the linear functions that are computed, each expression once and whole.

    >>> [*linear_in(ast.parse("y = 2 * x + 1; z = f(3 - n)"))]
    ['2x+1', '-1x+3']
    """
    if isinstance(tree, ast.BinOp | ast.UnaryOp) and (found := _linear(tree)) and found[2]:
        a, b, _ = found
        if abs(a) <= LARGEST and abs(b) <= LARGEST and (a, b) != (1, 0):
            yield linear(a, b).name
        return
    for child in ast.iter_child_nodes(tree):
        yield from linear_in(child)


def _linear(node: ast.AST) -> tuple[int, int, str] | None:
    """Slope, intercept and variable of an expression; no variable for a whole number."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return 0, value, ""
        case ast.Name() | ast.Attribute():
            return 1, 0, ast.dump(node)
        case ast.UnaryOp(op=ast.USub(), operand=inside):
            return (-found[0], -found[1], found[2]) if (found := _linear(inside)) else None
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _linear(left), _linear(right)
            return _joined(one, op, other) if one and other else None
    return None


def _joined(one: tuple[int, int, str], op: ast.operator, other: tuple[int, int, str]) -> tuple[int, int, str] | None:
    (a, b, name), (c, d, second) = one, other
    if name and second and name != second:
        return None
    match op:
        case ast.Add():
            return a + c, b + d, name or second
        case ast.Sub():
            return a - c, b - d, name or second
        case ast.Mult() if not (name and second):
            return a * d + c * b, b * d, name or second
    return None


Pattern = tuple[str, ast.expr]


@cache
def _patterns() -> dict[type, list[Pattern]]:
    """The spellings of the operations by the kind of their outermost expression."""
    found: dict[type, list[Pattern]] = {}
    for operation in (*CHANGES, *NUMBERS):
        for spelling in (operation.code, *SPELLINGS.get(operation.name, ())):
            pattern = ast.parse(spelling, mode="eval").body
            found.setdefault(type(pattern), []).append((operation.name, pattern))
    return found


_TO_NUMBER = frozenset(each.name for each in NUMBERS)


def lists_in(tree: ast.AST) -> Iterator[str]:
    """The functions of lists that are computed, of up to three operations in one expression.

    >>> [*lists_in(ast.parse("sorted(values)[:2]"))]
    ['take2', 'sort.take2', 'sort']
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            yield from _chains(node, 3)


def _chains(node: ast.expr, most: int) -> Iterator[str]:
    for name, pattern in _patterns().get(type(node), ()) if most else ():
        bound: dict[str, str] = {}
        inside: list[ast.expr] = []
        if _matches(pattern, node, bound, inside):
            yield name
            before = _chains(inside[0], most - 1)
            yield from (f"{each}.{name}" for each in before if each.rpartition(".")[2] not in _TO_NUMBER)


def _matches(pattern: ast.AST, node: ast.AST, bound: dict[str, str], inside: list[ast.expr]) -> bool:
    """Whether an expression is the pattern, with any expression for x and any names for those of a comprehension."""
    if isinstance(pattern, ast.Name) and pattern.id in ("x", "n", "i", "_"):
        key = ast.dump(node)
        if pattern.id == "x" and isinstance(node, ast.expr):
            inside.append(node)
        return bound.setdefault(pattern.id, key) == key if pattern.id == "x" or isinstance(node, ast.Name) else False
    if isinstance(pattern, ast.expr_context):
        return True
    if type(pattern) is not type(node):
        return False
    return all(_same(getattr(pattern, each), getattr(node, each, None), bound, inside) for each in pattern._fields)


def _same(one: object, other: object, bound: dict[str, str], inside: list[ast.expr]) -> bool:
    """Whether a field of an expression is that of the pattern."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b, bound, inside) for a, b in zip(one, other, strict=True))
    if isinstance(one, ast.AST) and isinstance(other, ast.AST):
        return _matches(one, other, bound, inside)
    return type(one) is type(other) and one == other


def _in_python(text: str) -> Iterator[Key]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        found = [("linear", name) for name in linear_in(tree)] + [("lists", name) for name in lists_in(tree)]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    yield from found


_KINDS: tuple[tuple[set[str], Callable[[str], Iterator[Key]]], ...] = ((_ENDINGS, _in_texts), ({".py"}, _in_python))


def _by_family(counts: Counter[Key]) -> Counter[Key]:
    """The counts with each function of lists under the name that the family has for it: `item2` is `rotate.first`."""
    rng = Random("commonness")
    probes = [[int(rng.random() * 10) for _ in range(length)] for length in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9) * 4]

    def values(made: Function) -> str:
        return repr([made.apply(x) for x in probes])

    names = {values(each): each.name for each in functions(3)}
    found: Counter[Key] = Counter()
    for (task, name), count in counts.items():
        named = names.get(values(function(name))) if task == "lists" else name
        if named:
            found[task, named] += count
    return found


def main(folders: list[str]) -> None:
    """Print a line for each variant or rule with its count, and how much text was read."""
    counts: Counter[Key] = Counter()
    files, size = Counter[str](), Counter[str]()
    seen: set[int] = set()
    for folder in folders:
        for path in sorted(Path(folder).rglob("*")):
            if path.suffix not in _ENDINGS or not path.is_file() or path.is_symlink():
                continue
            text = path.read_text(encoding="utf-8", errors="ignore")
            if (digest := hash(text)) in seen:  # copies of a file, as of another version of Python
                continue
            seen.add(digest)
            for endings, counted in _KINDS:
                if path.suffix in endings:
                    files[counted.__name__] += 1
                    size[counted.__name__] += len(text)
                    counts.update(counted(text))
    for (task, name), count in sorted(_by_family(counts).items(), key=lambda each: (each[0][0], -each[1])):
        print(f"{task},{name},{count},{'python' if task in _RULES else 'texts' if task == 'arith' else 'documents'}")
    for name in files:
        print(f"{name}: {files[name]:,} files, {size[name] / 1e6:.0f} million characters", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
