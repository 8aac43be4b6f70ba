"""Stand-ins: our own versions of library functions that are not harmless."""

import sys
import typing
from collections.abc import Callable
from functools import partial
from typing import Any

from . import guards, names, program_classes, refused

_getattr, _type = getattr, type


def get_type_hints(obj: Any, *options: Any, **more: Any) -> dict[str, Any]:
    """`typing.get_type_hints`, except that a quoted annotation of more than one name stays text.

    The real function would compile such a text without the policy. Names are looked up in the program only.
    """
    kinds = reversed(_type.mro(obj)) if isinstance(obj, _type) else (obj,)
    hints: dict[str, Any] = {}
    space = vars(sys.modules[names.PROGRAM])  # never that of a library's function: it holds real modules
    for kind in kinds:
        for name, hint in (_getattr(kind, "__annotations__", None) or {}).items():
            hints[name] = _type(None) if hint is None else _named(hint, space)
    return hints


def _named(hint: Any, space: Any) -> Any:
    if _type(hint) is not str or names.is_dunder(hint):
        return hint
    return space.get(hint, (space.get("__builtins__") or {}).get(hint, hint))


def get_origin(alias: Any) -> Any:
    """`typing.get_origin`, which never gives a metaclass: the origin of `typing.Type` is `type`."""
    return program_classes.harmless(typing.get_origin(alias))


def get_args(alias: Any) -> tuple[Any, ...]:
    """`typing.get_args`, without metaclasses."""
    return tuple(program_classes.harmless(each) for each in typing.get_args(alias))


class _Dispatcher:
    """`functools.singledispatch`: calls the function registered for the nearest type of the first argument."""

    __slots__ = ("__by_type__", "__name__", "__wrapped__")
    __by_type__: dict[type, Callable[..., Any]]
    __name__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        self.__by_type__ = {object: function}
        self.__wrapped__ = function
        self.__name__ = str(_getattr(function, "__name__", "function"))

    def register(self, cls: Any, func: Any = None) -> Any:
        """`register(cls)`, `register(cls, func)`, or by the annotation of the first parameter."""
        if not isinstance(cls, _type):
            hints = [hint for hint in get_type_hints(cls).values() if isinstance(hint, _type)]
            if not hints:
                raise TypeError("register() needs a type, or a function whose first parameter is annotated with one")
            cls, func = hints[0], cls
        if func is None:
            return partial(self.register, cls)
        self.__by_type__[cls] = func
        return func

    def dispatch(self, cls: type) -> Any:
        """The function for a type."""
        for base in _type.mro(cls):
            if base in self.__by_type__:
                return self.__by_type__[base]
        return self.__by_type__[object]

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if not args:
            raise TypeError(f"{self.__name__} requires at least 1 positional argument")
        return self.dispatch(_type(args[0]))(*args, **keywords)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else partial(self, instance)


def singledispatch(function: Callable[..., Any]) -> _Dispatcher:
    """`functools.singledispatch`."""
    return _Dispatcher(function)


_MISSING = object()


def variables(obj: Any = _MISSING) -> Any:
    """`vars(x)` of one of the program's own objects."""
    if obj is _MISSING:
        raise refused.RefusedCallError("vars() without an object is not allowed")
    return guards.attribute(obj, "__dict__")


def listing(obj: Any = _MISSING) -> list[str]:
    """`dir(x)`: the names that the program may read."""
    if obj is _MISSING:
        raise refused.RefusedCallError("dir() without an object is not allowed")
    return [name for name in dir(obj) if _type(name) is str and names.attribute_rule(name) is None]


def global_names(space: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """`globals()`: a copy of the program's own variables."""

    def globals() -> dict[str, Any]:
        return {name: value for name, value in space().items() if not names.is_dunder(name)}

    return globals


def ignored(*args: Any, **keywords: Any) -> None:
    """Do nothing; stands in for `warnings.filterwarnings` and similar functions."""


def exc_info(current: Callable[[], Any]) -> Callable[[], tuple[Any, Any, None]]:
    """`sys.exc_info` without the traceback, because a traceback leads to frames."""

    def exc_info() -> tuple[Any, Any, None]:
        kind, error, _ = current()
        return kind, error, None

    return exc_info
