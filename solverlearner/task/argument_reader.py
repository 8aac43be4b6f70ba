r"""Argument reader: the input that a reply gives in `\boxed{…}`, for settings that ask for an input of a rule.

What an input looks like is told by one that was drawn: so many arguments of such types.
"""

import ast
import re
from collections.abc import Iterator

from solverlearner.task.boxed import bare, boxes, is_placeholder, last_part, words_in
from solverlearner.task.latex import plain_text
from solverlearner.task.rule import JSON, Input

_CALL = re.compile(r"\s*(?:solver|f)\((.*)\)\s*", re.DOTALL)
_NAMED = re.compile(r"\b[A-Za-z_]\w*\s*=\s*(?=['\"\d\[({-])")
_APART = re.compile(r"\s*(?:[,;&]|\band\b)\s*")
_LONGEST = 4_000
"""Characters of a box that are looked at; a longer one holds no input."""

_ROOM = 16
"""How many times as long as the drawn one an input may be: what a program returns may be half a megabyte."""

_AT_LEAST = 200


def read_arguments(text: str, like: Input) -> Input | None:
    r"""The arguments in the last box of a reply that have the types of `like`; None without them.

    One text stands as it is. Several arguments are Python literals with commas between them, or bare texts.

    >>> read_arguments(r"\boxed{57, 48}", ("11", "12")), read_arguments(r"\boxed{x = -3}", (5,))
    (('57', '48'), (-3,))
    """
    for box in reversed(boxes(text)):
        inside = text[box.start : box.end]
        if len(inside) > _LONGEST:
            continue
        plain = plain_text(inside)
        if _wordless(like):
            if found := _signs(plain):
                return found
        elif not is_placeholder(plain):
            return (
                _literals(inside, like)
                or _literals(plain, like)
                or _bare_texts(plain, like)
                or _last_number(plain, like)
            )
    return None


def same_shape(value: JSON, like: JSON) -> bool:
    """Whether a value has the types of another one; lists may have another length, and dictionaries the same keys."""
    if isinstance(like, list):
        return isinstance(value, list) and all(any(same_shape(each, other) for other in like) for each in value)
    if isinstance(like, dict):
        return (
            isinstance(value, dict) and value.keys() == like.keys() and all(same_shape(value[k], like[k]) for k in like)
        )
    return type(value) is type(like)


def is_like(x: Input, like: Input) -> bool:
    """Whether an input has the arguments and types of another one, and is not much longer."""
    return all(map(same_shape, x, like)) and is_as_short(x, like)


def is_as_short(x: Input, like: Input) -> bool:
    """Whether an input has as many arguments as another one, and is not much longer."""
    most = _ROOM * len(str(like)) + _AT_LEAST
    return len(x) == len(like) and _size([*x], most) <= most


def as_drawn(x: Input, like: Input) -> Input:
    """The input with whole numbers as texts, where texts were drawn: 57 for "57"."""
    if len(x) != len(like):
        return x
    small = _ROOM * len(str(like)) + _AT_LEAST
    return tuple(
        str(each) if isinstance(other, str) and type(each) is int and _size(each, small) < small else each
        for each, other in zip(x, like, strict=True)
    )


def _size(value: JSON, most: int) -> int:
    """Characters of a value, counted until they are more than `most`; a number counts its digits, unwritten."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 3
    total = 0
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        total += 2 + _size(each, most)
        if total > most:
            break
    return total


def _wordless(like: Input) -> bool:
    """Whether the input is one text without letters and digits, as Morse code is."""
    return len(like) == 1 and isinstance(like[0], str) and not any(map(str.isalnum, like[0]))


def _signs(plain: str) -> Input | None:
    found = plain.strip().strip("\"'`").strip()
    return None if not found or any(map(str.isalnum, found)) else (found,)


def _literals(form: str, like: Input) -> Input | None:
    called = _CALL.fullmatch(form)
    source = _NAMED.sub("", called[1] if called else form).strip()
    for each in (source, bare(source)):
        try:
            value = ast.literal_eval(f"({each},)")
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        for candidate in _candidates(_plain(value)):
            if is_like(found := as_drawn(tuple(candidate), like), like):
                return found
    return None


def _candidates(value: JSON) -> Iterator[list[JSON]]:
    """The arguments as they are, and those in a list or tuple around them."""
    if isinstance(value, list):
        yield value
        if len(value) == 1 and isinstance(value[0], list):
            yield value[0]


def _plain(value: object) -> JSON:
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    return value if isinstance(value, str | int | float | bool) else None


def _bare_texts(form: str, like: Input) -> Input | None:
    if not all(isinstance(each, str) for each in like):
        return None
    if len(like) == 1:
        found = words_in(form) or last_part(form, lambda part: part or None) or bare(form)
        return (found,) if found and is_like((found,), like) else None
    parts = tuple(map(bare, _APART.split(bare(form).strip("()[]"))))
    return parts if all(parts) and is_like(parts, like) else None


def _last_number(form: str, like: Input) -> Input | None:
    """The whole number behind an equation's sign: "x = 5"."""
    if len(like) != 1 or type(like[0]) is not int:
        return None
    found = last_part(form.replace("−", "-"), lambda part: part if re.fullmatch(r"[+-]?\d{1,15}", part) else None)
    return None if found is None else (int(found),)
