"""Plain values: writes returned values as JSON, by the base types' own methods and without code of the program."""

import json
from typing import Any

DEPTH = 100
BITS = 14_000

quote = json.encoder.encode_basestring_ascii
"""A text as JSON, in C."""

SPECIAL = {"inf", "-inf", "nan"}

_name_of = type.__dict__["__name__"].__get__


class NotPlainError(Exception):
    """The value has no form in JSON; the text says why."""


def type_name(kind: type) -> str:
    """A type's name as an exact `str`. A program can name its class by an object of a subclass of `str`."""
    return str.__str__(_name_of(kind))


def render_plain(value: Any, limit: int, depth: int = DEPTH) -> str:
    """The value as JSON text of at most about `limit` characters. A tuple becomes a list.

    Raises: NotPlainError if the value is of another type, too large or nested deeper than `depth`.
    """
    kind = type(value)
    if kind is str:
        return quoted(value, limit)
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false"
    if kind is int:
        # at most as many digits as int() reads back; checked by size, since printing a huge int takes minutes
        if value.bit_length() > BITS:
            raise NotPlainError("an int of too many digits")
        return int.__repr__(value)
    if depth == 0:
        raise NotPlainError(f"nested deeper than {DEPTH}")
    if kind is float:
        text = float.__repr__(value)
        if text in SPECIAL:
            raise NotPlainError(text)
        return text
    return _container(value, kind, limit, depth)


def quoted(value: str, limit: int) -> str:
    """A text as JSON. Raises: NotPlainError if it is too long or has a lone surrogate."""
    if len(value) > limit:
        raise NotPlainError("too large")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotPlainError("a text with a lone surrogate") from None
    return quote(value)


def _container(value: Any, kind: type, limit: int, depth: int) -> str:
    if issubclass(kind, list):
        return _list(list.copy(value), limit, depth)
    if issubclass(kind, tuple):
        return _list(list(tuple.__iter__(value)), limit, depth)
    if issubclass(kind, dict):
        return _dict(dict.items(value), limit, depth)
    for base, convert in ((str, str.__str__), (int, int.__int__), (float, float.__float__)):
        if issubclass(kind, base):
            return render_plain(convert(value), limit, depth - 1)
    raise NotPlainError(f"a {type_name(kind)}")


def _list(items: list[Any], limit: int, depth: int) -> str:
    parts = []
    for item in items:
        parts.append(render_plain(item, limit, depth - 1))
        limit -= len(parts[-1]) + 2
        if limit < 0:
            raise NotPlainError("too large")
    return "[" + ", ".join(parts) + "]"


def _dict(items: Any, limit: int, depth: int) -> str:
    parts = []
    for key, item in items:
        if not issubclass(type(key), str):
            raise NotPlainError("a dict with a key that is no string")
        parts.append(quoted(str.__str__(key), limit) + ": " + render_plain(item, limit, depth - 1))
        limit -= len(parts[-1]) + 2
        if limit < 0:
            raise NotPlainError("too large")
    return "{" + ", ".join(parts) + "}"
