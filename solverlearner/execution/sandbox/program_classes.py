"""Classes for programs: `type` and `class` without metaclasses, which could decide the result of `isinstance`."""

import builtins
import typing
from abc import ABCMeta
from collections.abc import Iterable
from types import FunctionType, new_class, resolve_bases
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


class _ProgramFunctionMeta(type):
    def __call__(cls, *args: Any) -> Any:
        raise RefusedCallError("the class of functions makes functions from code that the policy has not seen")

    def __instancecheck__(cls, obj: Any) -> bool:
        return _type(obj) is FunctionType


class ProgramFunction(metaclass=_ProgramFunctionMeta):
    """The class of functions for programs, which makes none."""


ProgramFunction.__name__ = ProgramFunction.__qualname__ = "function"


def class_of(obj: Any) -> Any:
    """`type(obj)`, never a metaclass and never the class that makes functions."""
    found = _type(obj)
    return ProgramFunction if found is FunctionType else harmless(found)


def harmless(found: Any) -> Any:
    """Any object; the `type` of programs in place of a metaclass."""
    return ProgramType if isinstance(found, _type) and issubclass(found, _type) else found


_bases: set[type] = {each for each in vars(builtins).values() if isinstance(each, _type)}
_bases.update(resolve_bases((typing.NamedTuple,)))


def allow_as_bases(classes: Iterable[Any]) -> None:
    """Let programs inherit from these classes, which a module hands out by name.

    All other classes of the library are refused as bases. A program finds them through objects only, such as the
    class of a forward reference, and in a class of its own it could call their private methods.
    """
    _bases.update(each for each in classes if isinstance(each, _type))


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
    """Raises: RefusedError for a base that is a metaclass, no class, or a class that no module hands out."""
    for base in bases:
        if base is ProgramType or base is abstract_marker:
            raise RefusedError("a metaclass is not allowed")
        if not isinstance(base, _type) and _type(base).__module__ == PROGRAM:  # it might resolve differently each time
            raise RefusedError("a base class has to be a class")
    for base in resolve_bases(bases):  # `typing.Type` and the like stand for another class
        if isinstance(base, _type) and issubclass(base, _type):
            raise RefusedError("a metaclass is not allowed")
        if isinstance(base, _type) and base.__module__ != PROGRAM and base not in _bases:
            raise RefusedError("this base class is private to a library")


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
