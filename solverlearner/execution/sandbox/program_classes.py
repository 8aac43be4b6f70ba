"""Classes for programs: `type` and `class` without metaclasses, which could decide the result of `isinstance`."""

from abc import ABCMeta
from types import new_class, resolve_bases
from typing import Any

from .names import PROGRAM, store_rule
from .refused import RefusedCallError, RefusedError

_type, _build_class = type, __build_class__


class _ProgramTypeMeta(type):
    def __call__(cls, *args: Any) -> Any:
        if len(args) == 3:
            return _new_class(*args)
        if len(args) != 1:
            raise TypeError("type() takes 1 or 3 arguments")
        return class_of(args[0])

    def __instancecheck__(cls, obj: Any) -> bool:
        return issubclass(_type(obj), _type)

    def __subclasscheck__(cls, other: Any) -> bool:
        return issubclass(other, _type)

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class ProgramType(metaclass=_ProgramTypeMeta):
    """The `type` of programs: returns an object's class, stands for every metaclass, and cannot be subclassed."""


def class_of(obj: Any) -> Any:
    """`type(obj)`, never a metaclass."""
    found = _type(obj)
    return ProgramType if issubclass(found, _type) else found


def _is_private(base: Any) -> bool:
    """Whether a class is private to the library. A program can reach it only through an object."""
    return isinstance(base, _type) and base.__name__.startswith("_") and base.__module__ != PROGRAM


def _new_class(name: Any, bases: Any, space: Any) -> Any:
    """`type(name, bases, space)`: makes a class; the rules for names in a class body hold for its attributes."""
    checked = {}
    for key, value in dict(space).items():
        rule = "the names of a class are plain strings" if _type(key) is not str else store_rule(key)
        if rule:
            raise RefusedCallError(rule)
        checked[key] = value
    checked["__module__"] = PROGRAM
    _check_bases(tuple(bases))
    return new_class(str.__str__(name), tuple(bases), {}, lambda space: space.update(checked))


def _check_bases(bases: tuple[Any, ...]) -> None:
    """Raises: RefusedError for a base that is a metaclass, or that is private to the library."""
    for base in bases:
        if base is ProgramType or base is abstract_marker:
            raise RefusedError("a metaclass is not allowed")
        if _is_private(base):
            raise RefusedError("this base class is private to a library")
    for base in resolve_bases(bases):  # `typing.Type` and the like stand for another class
        if isinstance(base, _type) and issubclass(base, _type):
            raise RefusedError("a metaclass is not allowed")


def build_class(function: Any, name: str, *bases: Any, metaclass: Any = None, **keywords: Any) -> Any:
    """The `class` statement: allows no metaclass other than ABCMeta, and no metaclass as a base."""
    if metaclass is not None:
        if metaclass is not abstract_marker:
            raise RefusedError("a metaclass is not allowed")
        keywords["metaclass"] = ABCMeta
    for keyword in keywords:
        if keyword.startswith("_"):
            raise RefusedError(f"{keyword}= of a class is private to a library")
    _check_bases(bases)
    return _build_class(function, name, *bases, **keywords)


class _AbstractMarker:
    def __repr__(self) -> str:
        return "<class 'abc.ABCMeta'>"


abstract_marker = _AbstractMarker()
"""The `abc.ABCMeta` of programs, which works in `metaclass=` only."""
