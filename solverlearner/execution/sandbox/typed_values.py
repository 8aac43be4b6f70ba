"""Typed values: Python's built-in values as JSON without loss. The child uses this module; the harness uses
`case2code/values.py`, which builds on it.

JSON has no tuple, set, bytes, NaN, infinity, or dict with keys other than texts. Typed JSON writes each as an object
with one key. `__tuple__`, `__set__` and `__frozenset__` hold a list and `__dict__` a list of pairs. `__bytes__` holds
hexadecimal digits, `__float__` holds nan, inf or -inf. All other values have their usual form, so plain JSON is typed
JSON too. Elements of sets are sorted by their text, so that equal sets have equal texts.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .plain_values import BITS, DEPTH, SPECIAL, NotPlainError, quoted, type_name

_TAGS: dict[str, Callable[[Any], Any]] = {
    "__tuple__": tuple,
    "__set__": set,
    "__frozenset__": frozenset,
    "__dict__": dict,
    "__bytes__": bytes.fromhex,
    "__float__": float,
    "__none__": lambda inside: None,
}
"""Only the harness writes `__none__`: a task's answer may be None, which has to differ from a missing answer."""


def decoded(stored: Any, depth: int = 4 * DEPTH) -> Any:
    """The value that typed JSON stands for. Raises: ValueError for a form that `render_typed` never writes."""
    if depth == 0:
        raise ValueError("nested too deep")
    if type(stored) is list:
        return [decoded(item, depth - 1) for item in stored]
    if type(stored) is not dict:
        return stored
    if len(stored) != 1 or (tag := next(iter(stored))) not in _TAGS:
        return {key: decoded(item, depth - 1) for key, item in stored.items()}
    try:
        return _TAGS[tag](decoded(stored[tag], depth - 1))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{tag}: {error}") from None


def render_typed(value: Any, limit: int, depth: int = DEPTH) -> str:
    """The value as typed JSON text of at most about `limit` characters; a subclass is written as its base class.

    It uses the base types' own methods and no code of the program. Raises: NotPlainError.
    """
    if value is None or value is True or value is False:
        return "null" if value is None else "true" if value else "false"
    if depth == 0:
        raise NotPlainError(f"nested deeper than {DEPTH}")
    for base, write in _WRITERS:
        if issubclass(type(value), base):
            text = write(value, limit, depth - 1)
            if len(text) > limit + 2:
                raise NotPlainError("too large")
            return text
    raise NotPlainError(f"a {type_name(type(value))}")


def _int(value: Any, limit: int, depth: int) -> str:
    if int.bit_length(value) > BITS:  # printing a huge int takes minutes
        raise NotPlainError("an int of too many digits")
    return int.__repr__(value)


def _float(value: Any, limit: int, depth: int) -> str:
    text = float.__repr__(value)
    return f'{{"__float__": "{text}"}}' if text in SPECIAL else text


def _text(value: Any, limit: int, depth: int) -> str:
    return quoted(str.__str__(value), limit)


def _bytes(value: Any, limit: int, depth: int) -> str:
    if 2 * bytes.__len__(value) > limit:
        raise NotPlainError("too large")
    return f'{{"__bytes__": "{bytes.hex(value)}"}}'


def _list(value: Any, limit: int, depth: int) -> str:
    return f"[{', '.join(_parts(list.__iter__(value), limit, depth))}]"


def _tuple(value: Any, limit: int, depth: int) -> str:
    return f'{{"__tuple__": [{", ".join(_parts(tuple.__iter__(value), limit, depth))}]}}'


def _set(value: Any, limit: int, depth: int) -> str:
    return f'{{"__set__": [{", ".join(sorted(_parts(set.__iter__(value), limit, depth)))}]}}'


def _frozenset(value: Any, limit: int, depth: int) -> str:
    return f'{{"__frozenset__": [{", ".join(sorted(_parts(frozenset.__iter__(value), limit, depth)))}]}}'


def _dict(value: Any, limit: int, depth: int) -> str:
    items = list(dict.items(value))
    keys = _parts((key for key, _ in items), limit, depth)
    parts = [*zip(keys, _parts((item for _, item in items), limit, depth), strict=True)]
    plain = all(issubclass(type(key), str) for key, _ in items)
    if plain and not (len(items) == 1 and str.__str__(items[0][0]) in _TAGS):
        return "{" + ", ".join(f"{key}: {item}" for key, item in parts) + "}"
    return '{"__dict__": [' + ", ".join(f"[{key}, {item}]" for key, item in parts) + "]}"


def _parts(items: Iterable[Any], limit: int, depth: int) -> list[str]:
    parts = []
    for item in items:
        parts.append(render_typed(item, limit, depth))
        limit -= len(parts[-1]) + 2
        if limit < 0:
            raise NotPlainError("too large")
    return parts


_WRITERS: tuple[tuple[type, Callable[[Any, int, int], str]], ...] = (
    (str, _text), (int, _int), (float, _float), (list, _list), (tuple, _tuple), (dict, _dict), (set, _set),
    (frozenset, _frozenset), (bytes, _bytes),
)  # fmt: skip
