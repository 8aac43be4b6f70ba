"""Own objects: a task or a model that a user made, recorded as plain values by which its run is named."""

import contextlib
import dataclasses
import enum
import hashlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import PurePath
from types import CodeType, FunctionType
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import OBJECT, kind_of

_LEFT_OUT = re.compile(r"remark|(.*_)?(api_?key|key|token|secret|password)")
"""Attributes that change no answer and, where they are credentials, must not be stored."""


class GivenObject(dict[str, Any]):
    """The record of an object that exists already, in the place of a configuration to make one from."""

    def __init__(self, made: object) -> None:
        super().__init__(recorded(made))
        self.made = made


def recorded(made: object) -> dict[str, Any]:
    """What a run keeps of an object, as JSON: its kind, and what it was made from.

    That is every init field of a dataclass. Of any other class it is the public attributes, and each argument of
    `__init__` that is kept under its name behind an underscore. Credentials and values that are not plain are left out.
    """
    values = {name: _plain(value) for name, value in _options(made) if not _LEFT_OUT.fullmatch(name)}
    return {OBJECT: kind_of(type(made)), **{name: value for name, value in values.items() if value is not _NOT_PLAIN}}


_NOT_PLAIN: Any = object()


def plain_value(key: str, value: Any) -> Any:
    """The value of an option as JSON. Raises: UsageError where it is none."""
    found = _plain(value)
    if found is _NOT_PLAIN or callable(value):
        raise UsageError(key, f"must be a plain value, and is a {type(value).__name__}")
    return found


def _options(made: Any) -> Iterator[tuple[str, Any]]:
    cls = type(made)
    held = _held(made)
    fields = {field.name: field.init for field in dataclasses.fields(made)} if _is_dataclass(made) else {}
    for name in sorted({*held, *fields}):
        computed = isinstance(inspect.getattr_static(cls, name, None), cached_property)
        if fields.get(name, not name.startswith("_") and not computed):
            yield name, getattr(made, name)
    for name in _arguments(cls):
        for hidden in (f"_{name}", f"_{cls.__name__.lstrip('_')}__{name}"):
            if hidden in held and hidden not in fields and name not in held:
                yield name, held[hidden]


def _is_dataclass(made: Any) -> bool:
    return dataclasses.is_dataclass(made) and not isinstance(made, type)


def _held(made: object) -> dict[str, Any]:
    """The attributes of the object itself, also of a class with `__slots__`."""
    slots = [slot for cls in type(made).__mro__ for slot in _names(vars(cls).get("__slots__", ()))]
    return {slot: getattr(made, slot) for slot in slots if hasattr(made, slot)} | getattr(made, "__dict__", {})


def _names(slots: Any) -> list[str]:
    names = [slots] if isinstance(slots, str) else [*slots]
    return [name for name in names if not name.startswith("__")]


def _arguments(cls: type) -> list[str]:
    try:
        return [*inspect.signature(cls).parameters]
    except (TypeError, ValueError):
        return []


def _plain(value: Any) -> Any:
    """The value as JSON; `_NOT_PLAIN` where it is none."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if value is None:
        return None
    if isinstance(value, Mapping):
        return _all_plain({str(key): each for key, each in value.items()})
    if isinstance(value, list | tuple):
        found = _all_plain(dict(enumerate(value)))
        return found if found is _NOT_PLAIN else [*found.values()]
    if isinstance(value, set | frozenset):
        found = _plain([*value])
        return found if found is _NOT_PLAIN else sorted(found, key=lambda each: json.dumps(each, sort_keys=True))
    return _of_other(value)


def _all_plain(values: Mapping[Any, Any]) -> Any:
    found = {key: _plain(each) for key, each in values.items()}
    return _NOT_PLAIN if any(each is _NOT_PLAIN for each in found.values()) else found


def _of_other(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, type):
        return kind_of(value)
    if isinstance(value, FunctionType):
        return f"{value.__module__}.{value.__qualname__}:{hashlib.blake2b(code_of(value), digest_size=8).hexdigest()}"
    if _is_dataclass(value):
        return recorded(value)
    if callable(item := getattr(value, "item", None)) and getattr(value, "shape", None) == ():  # a number of numpy
        return _plain(item())
    return _NOT_PLAIN


def code_of(function: FunctionType) -> bytes:
    """What a function does, as bytes that comments and places in a file do not change, for one version of Python."""
    return b"\0".join([*_code(function.__code__), _text(function.__defaults__), *map(_text, _closed_over(function))])


def _closed_over(function: FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # not bound yet
            if not callable(cell.cell_contents):
                yield cell.cell_contents


def _code(code: CodeType) -> Iterator[bytes]:
    yield code.co_code
    yield _text((code.co_names, code.co_varnames, code.co_freevars))
    for constant in code.co_consts:
        yield from _code(constant) if isinstance(constant, CodeType) else (_text(constant),)


def _text(value: Any) -> bytes:
    """A value as the same bytes in every process: sets in one order, no addresses."""
    found = _plain(value)
    return (type(value).__name__ if found is _NOT_PLAIN else json.dumps(found, sort_keys=True)).encode()


def class_code(cls: type) -> bytes:
    """What the methods of a class do that stands in no file, as one in a notebook's cell."""
    found = [cls.__qualname__.encode()]
    for name, value in sorted(vars(cls).items()):
        inner = getattr(value, "fget", None) or getattr(value, "func", None) or getattr(value, "__func__", value)
        if isinstance(inner, FunctionType):
            found += [name.encode(), code_of(inner)]
        elif not name.startswith("__"):
            found += [name.encode(), _text(value)]
    return b"\0".join(found)
