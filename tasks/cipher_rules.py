"""The mappings of the cipher family, each twice: as a function here, and as the source of a program.

The two are written apart on purpose, by other means, so that the tests can hold one against the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from solverlearner.task import JSON, Rule

from .cipher_tables import (
    ALPHABET,
    MORSE,
    SIGNS,
    keyword_alphabet,
    move,
    permuted_morse,
    replace,
    shuffled_alphabet,
    tap,
)

_SHIFT = """\
def solver(text: str) -> str:
    small = "abcdefghijklmnopqrstuvwxyz"
    shifts = {shifts}
    plain = ""
    turn = 0
    for char in text:
        for alphabet in (small, small.upper()):
            if char in alphabet:
                char = alphabet[(alphabet.index(char) - shifts[turn % len(shifts)]) % 26]
                turn = turn + 1
                break
        plain = plain + char
    return plain
"""
_TABLE = """\
def solver(text: str) -> str:
    cipher = "{cipher}"
    plain = "abcdefghijklmnopqrstuvwxyz"
    table = dict(zip(cipher + cipher.upper(), plain + plain.upper()))
    return "".join([table.get(char, char) for char in text])
"""
_MORSE = """\
def solver(text: str) -> str:
    table = {table}
    words = ["".join([table[code] for code in word.split()]) for word in text.split(" / ")]
    return " ".join(words){turned}
"""
_ORDER = """\
def solver(text: str) -> str:
    return " ".join([{expression} for word in text.split(" ")])
"""


@cache
def shifting(name: str, shifts: tuple[int, ...]) -> Rule:
    """Undoes `move` by these shifts: Caesar for one of them, Vigenère for several."""
    back = tuple(-shift for shift in shifts)
    return Rule(name, lambda x: move(str(x[0]), back), _SHIFT.format(shifts=list(shifts)))


@cache
def replacing(name: str, cipher: str) -> Rule:
    """The letters of a cipher alphabet stand for a to z."""
    return Rule(name, lambda x: replace(str(x[0]), cipher, ALPHABET), _TABLE.format(cipher=cipher))


def _untap(text: str, codes: Sequence[str], step: int) -> JSON:
    table = dict(zip(codes, SIGNS, strict=True))
    try:
        return " ".join("".join([table[code] for code in word.split()]) for word in text.split(" / "))[::step]
    except KeyError:  # a code that this table does not have
        return None


@cache
def tapping(name: str, codes: tuple[str, ...], step: int = 1) -> Rule:
    """Undoes `tap`; with step -1 the text is turned round after it."""
    program = _MORSE.format(table=dict(zip(codes, SIGNS, strict=True)), turned="[::-1]" if step < 0 else "")
    return Rule(name, lambda x: _untap(str(x[0]), codes, step), program)


_ORDERS: tuple[tuple[str, Callable[[str], str], str], ...] = (
    ("alphabetical order", lambda w: "".join(sorted(w)), '"".join(sorted(word))'),
    ("reversed", lambda w: "".join(reversed(w)), "word[::-1]"),
    ("reverse alphabetical order", lambda w: "".join(sorted(w))[::-1], '"".join(sorted(word, reverse=True))'),
    ("alphabetical order, each letter once", lambda w: "".join(sorted(set(w))), '"".join(sorted(set(word)))'),
    ("first letter kept", lambda w: w[:1] + "".join(sorted(w[1:])), 'word[:1] + "".join(sorted(word[1:]))'),
    ("last letter kept", lambda w: "".join(sorted(w[:-1])) + w[-1:], '"".join(sorted(word[:-1])) + word[-1:]'),
    (
        "first and last letter kept",
        lambda w: w if len(w) < 3 else w[0] + "".join(sorted(w[1:-1])) + w[-1],
        'word[:1] + "".join(sorted(word[1:-1])) + word[1:][-1:]',
    ),
    (
        "vowels, then consonants",
        lambda w: "".join(sorted(w, key=lambda c: (c not in "aeiou", c))),
        '"".join(sorted([c for c in word if c in "aeiou"]) + sorted([c for c in word if c not in "aeiou"]))',
    ),
    (
        "consonants, then vowels",
        lambda w: "".join(sorted(w, key=lambda c: (c in "aeiou", c))),
        '"".join(sorted([c for c in word if c not in "aeiou"]) + sorted([c for c in word if c in "aeiou"]))',
    ),
    ("first letter to the end", lambda w: w[1:] + w[:1], '"".join(list(word[1:]) + list(word[:1]))'),
    ("last letter to the front", lambda w: w[-1:] + w[:-1], '"".join(list(word[-1:]) + list(word[:-1]))'),
)


def _ordering(name: str, order: Callable[[str], str], expression: str) -> Rule:
    return Rule(name, lambda x: " ".join(map(order, str(x[0]).split(" "))), _ORDER.format(expression=expression))


UNCHANGED = shifting("text unchanged", (0,))
ITU = tapping("ITU Morse", MORSE)
ALPHABETICAL, REVERSED, *_OTHERS = (_ordering(*order) for order in _ORDERS)


@cache
def letter_rules() -> tuple[Rule, ...]:
    """The simple rules that turn letters into letters: unchanged, Atbash, the 25 shifts (3 and 13 first), reversed."""
    shifts = sorted(range(1, 26), key=lambda shift: (shift not in (3, 13), shift))
    moved = [shifting(f"shift {shift}", (shift,)) for shift in shifts]
    return (UNCHANGED, replacing("atbash", ALPHABET[::-1]), *moved, REVERSED)


def order_rules() -> tuple[Rule, ...]:
    """The rules that put the letters of each word in another order: unchanged, alphabetical, reversed, …"""
    return (UNCHANGED, ALPHABETICAL, REVERSED, *_OTHERS)


@cache
def morse_rules() -> tuple[Rule, ...]:
    """The ITU table, then the ways to misread it: dot and dash exchanged, codes or the whole text from the end."""
    exchanged = tuple(code.translate(str.maketrans(".-", "-.")) for code in MORSE)
    return (
        ITU,
        tapping("dot and dash exchanged", exchanged),
        tapping("codes from the end", tuple(code[::-1] for code in MORSE)),
        tapping("text from the end", MORSE, -1),
    )


@dataclass(frozen=True)
class Code:
    """A cipher with its shift and key filled in: the rule, its inverse, and the simple rules beside it."""

    rule: Rule
    encrypt: Callable[[str], str]
    rivals: tuple[Rule, ...]


@cache
def code(cipher: str, shift: int, key: str) -> Code:
    """One cipher; `encrypt` turns plain text into the rule's input, which for sorted is the plain text itself."""
    letters = letter_rules()
    shifts = tuple(map(ALPHABET.index, key))
    match cipher:
        case "sorted":
            return Code(ALPHABETICAL, str, order_rules())
        case "caesar":
            rule = shifting(f"shift {shift}", (shift,)) if shift else UNCHANGED
            return Code(rule, partial(move, shifts=(shift,)), letters)
        case "vigenere":
            return Code(shifting(f"key {key}", shifts), partial(move, shifts=shifts), letters)
        case "morse" | "permuted_morse":
            codes = MORSE if cipher == "morse" else permuted_morse(key)
            rule = ITU if cipher == "morse" else tapping(f"Morse permuted by {key}", codes)
            return Code(rule, partial(tap, codes=codes), morse_rules())
    alphabet = {
        "atbash": ALPHABET[::-1],
        "keyword": keyword_alphabet(key),
        "substitution": shuffled_alphabet(key),
    }[cipher]
    rule = replacing("atbash" if cipher == "atbash" else f"{cipher} {key}", alphabet)
    return Code(rule, partial(replace, old=ALPHABET, new=alphabet), letters)
