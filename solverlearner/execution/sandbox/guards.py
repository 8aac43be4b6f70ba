"""Run-time guards: the few built-ins and attributes whose names or arguments are only known when the program runs."""

import string
from abc import ABCMeta
from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from . import kinds, names
from .refused import RefusedAttributeError

_getattr, _setattr, _delattr, _type = getattr, setattr, delattr, type
_parse = string.Formatter().parse
_method_descriptor = _type(str.format)


def _check(name: Any) -> None:
    if _type(name) is not str:
        raise TypeError("attribute name must be a plain string")
    rule = names.attribute_rule(name)
    if rule:
        raise RefusedAttributeError(rule)


def attribute(obj: Any, name: str) -> Any:
    """A guarded attribute: what the name gives is looked at before it is handed out."""
    if name == "__class__":
        return kinds.kind(obj)
    if name == "__dict__":
        if _type(obj).__module__ != names.PROGRAM:
            raise RefusedAttributeError("attribute '__dict__' is only for instances of the program's own classes")
        return obj.__dict__
    value = _getattr(obj, name)
    if name in ("__setattr__", "__delattr__"):
        return _checked_setter(value)
    if name == "register" and issubclass(_type(obj), ABCMeta):
        raise RefusedAttributeError("attribute 'register' would decide what isinstance says")
    if name in ("format", "format_map"):
        return _safe_format(value, name)
    return value


def _safe_format(method: Any, name: str) -> Any:
    """Decided by the method that results, so that `super().format` and `str.format` are the same as `"".format`."""
    if _type(method) is BuiltinFunctionType and issubclass(_type(method.__self__), str):
        template = str.__str__(method.__self__)
        return lambda *args, **fields: _format(template, name, args, fields)
    if _type(method) is _method_descriptor and method.__objclass__ is str:
        return lambda template, *args, **fields: _format(str.__str__(template), name, args, fields)
    function = method.__func__ if _type(method) is MethodType else method
    if _type(function) is FunctionType and function.__code__.co_filename == "<program>":
        return method
    raise RefusedAttributeError(f"attribute {name!r} of a {_type(method).__name__} is not allowed")


def _format(template: str, name: str, args: tuple[Any, ...], fields: dict[str, Any]) -> str:
    if "." in template:
        _check_fields(template)
    if name == "format_map":
        return str.format_map(template, *args)
    return str.format(template, *args, **fields)


def _check_fields(template: str) -> None:
    for _, field, spec, _ in _parse(template):
        if field and "." in field:
            _, path = string._string.formatter_field_name_split(field)  # type: ignore[attr-defined]
            for is_attribute, key in path:
                if is_attribute:
                    _check(key)
                    if key in names.GUARDED:
                        raise RefusedAttributeError(f"attribute {key!r} can't be read by a format string")
        if spec and "{" in spec:
            _check_fields(spec)


def _checked_setter(method: Callable[..., Any]) -> Callable[..., Any]:
    def setter(*args: Any) -> Any:
        for arg in args:
            if issubclass(_type(arg), str):
                _check_stored(str.__str__(arg))
                break
        else:
            raise TypeError("attribute name must be a plain string")
        return method(*args)

    return setter


def _check_stored(name: Any) -> None:
    if _type(name) is not str:
        raise TypeError("attribute name must be a plain string")
    rule = names.store_rule(name)
    if rule:
        raise RefusedAttributeError(rule)


def get(obj: Any, name: str, *default: Any) -> Any:
    """`getattr`."""
    _check(name)
    if name not in names.GUARDED:
        return _getattr(obj, name, *default)
    try:
        return attribute(obj, name)
    except RefusedAttributeError:
        raise
    except AttributeError:
        if default:
            return default[0]
        raise


def has(obj: Any, name: str) -> bool:
    """`hasattr`: a forbidden attribute is absent."""
    try:
        get(obj, name)
    except AttributeError:
        return False
    return True


def put(obj: Any, name: str, value: Any) -> None:
    """`setattr`."""
    _check_stored(name)
    _setattr(obj, name, value)


def drop(obj: Any, name: str) -> None:
    """`delattr`."""
    _check_stored(name)
    _delattr(obj, name)


def attrgetter(*paths: str) -> Callable[[Any], Any]:
    """`operator.attrgetter`."""

    def one(obj: Any, path: str) -> Any:
        for name in path.split("."):
            obj = get(obj, name)
        return obj

    paths = tuple(str.__str__(path) for path in paths)
    if len(paths) == 1:
        return lambda obj: one(obj, paths[0])
    return lambda obj: tuple(one(obj, path) for path in paths)


def methodcaller(name: str, /, *args: Any, **keywords: Any) -> Callable[[Any], Any]:
    """`operator.methodcaller`."""
    return lambda obj: get(obj, name)(*args, **keywords)
