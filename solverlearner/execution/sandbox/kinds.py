"""Classes as a program sees them: `type` and `class` without any metaclass, which could decide what isinstance says."""

from abc import ABCMeta
from typing import Any

from .refused import RefusedCallError, RefusedError

_type, _build_class = type, __build_class__


class _KindMeta(type):
    def __call__(cls, *args: Any) -> Any:
        if len(args) != 1:
            raise RefusedCallError("type() with three arguments is not allowed")
        return kind(args[0])

    def __instancecheck__(cls, obj: Any) -> bool:
        return issubclass(_type(obj), _type)

    def __subclasscheck__(cls, other: Any) -> bool:
        return issubclass(other, _type)

    def __getitem__(cls, item: Any) -> Any:
        return cls

    def __or__(cls, other: Any) -> Any:
        return cls

    __ror__ = __or__


class Kind(metaclass=_KindMeta):
    """What a program sees as `type`: gives an object's class, stands for every metaclass, can't be subclassed."""


def kind(obj: Any) -> Any:
    """`type(obj)`, never a metaclass."""
    found = _type(obj)
    return Kind if issubclass(found, _type) else found


def build_class(function: Any, name: str, *bases: Any, metaclass: Any = None, **keywords: Any) -> Any:
    """`class`: no metaclass but ABCMeta, and no base that is one."""
    if metaclass is not None:
        if metaclass is not abstract_marker:
            raise RefusedError("a metaclass is not allowed")
        keywords["metaclass"] = ABCMeta
    for base in bases:
        if base is Kind or base is abstract_marker or (isinstance(base, _type) and issubclass(base, _type)):
            raise RefusedError("a metaclass is not allowed")
    return _build_class(function, name, *bases, **keywords)


class _AbstractMarker:
    def __repr__(self) -> str:
        return "<class 'abc.ABCMeta'>"


abstract_marker = _AbstractMarker()
"""What a program sees as `abc.ABCMeta`: good for `metaclass=` only."""
