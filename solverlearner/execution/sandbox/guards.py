"""Run-time guards: checks for built-ins and attributes whose names or arguments are known only at run time."""

import string
from abc import ABCMeta
from collections.abc import Callable, Iterable, Iterator
from decimal import Context
from functools import lru_cache, partial
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    MappingProxyType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

from . import names, program_classes
from .plain_values import type_name
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
    """Read a guarded attribute: its value is checked before the program gets it. Raises: RefusedAttributeError."""
    if name == "__class__":
        return program_classes.class_of(obj)
    if name == "__dict__":
        return Fields(obj)
    if name.startswith("_") and not names.is_dunder(name):
        return _getattr(own(obj, name), name)
    return _checked(obj, name, _getattr(obj, name))


def _checked(obj: Any, name: str, value: Any) -> Any:
    """The value of a guarded attribute, or one that stands for it. Raises: RefusedAttributeError."""
    if name in names.of_arrays and _is_numpys(value):
        raise RefusedAttributeError(f"attribute {name!r} of numpy's objects is not allowed")
    if name in names.REFLECTIVE and not _is_programs(value):
        raise RefusedAttributeError(f"attribute {name!r} of a library's object is not allowed")
    if name == "obj" and issubclass(_type(obj), BaseException):
        raise RefusedAttributeError("attribute 'obj' of an exception may be an object of the library")
    if name == "__members__" and _type(value) is MappingProxyType:
        return MappingProxyType({**value})  # a comparison with a mapping proxy hands out the table behind it
    if name in ("__setattr__", "__delattr__"):
        return _checked_setter(value)
    if name == "register" and issubclass(_type(obj), ABCMeta):
        raise RefusedAttributeError("attribute 'register' would decide what isinstance says")
    return _safe_format(value, name) if name in ("format", "format_map") else value


def _safe_format(method: Any, name: str) -> Any:
    """Decide by the method itself, so that `super().format` and `str.format` are treated like `"".format`."""
    if _type(method) is BuiltinFunctionType and issubclass(_type(method.__self__), str):
        template = str.__str__(method.__self__)
        return lambda *args, **fields: _format(template, name, args, fields)
    if _type(method) is _method_descriptor and method.__objclass__ is str:
        return lambda template, *args, **fields: _format(str.__str__(template), name, args, fields)
    if _is_programs(method):
        return method
    raise RefusedAttributeError(f"attribute {name!r} of a {_type(method).__name__} is not allowed")


def _is_programs(method: Any) -> bool:
    """Whether it is a function or method that the program itself wrote."""
    function = method.__func__ if _type(method) is MethodType else method
    return _type(function) is FunctionType and function.__code__.co_filename == names.FILENAME


def _is_numpys(value: Any) -> bool:
    """Whether numpy made this object, or it is a method of an array, of a subclass of arrays or of their class."""
    owner = _getattr(value, "__objclass__", None) or _type(_getattr(value, "__self__", value))
    return any(base.__module__.partition(".")[0] == "numpy" for base in _mro(owner))


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
                    if names.is_guarded(key):
                        raise RefusedAttributeError(f"attribute {key!r} can't be read by a format string")
        if spec and "{" in spec:
            _check_fields(spec)


def _checked_setter(method: Callable[..., Any]) -> Callable[..., Any]:
    """`x.__setattr__`, `object.__setattr__` or that of `super()`, with a check of the name."""
    bound = _getattr(method, "__self__", None)

    def setter(*args: Any) -> Any:
        target, *rest = args if bound is None else (bound, *args)
        name = rest[0] if rest else None
        if not issubclass(_type(name), str):
            raise TypeError("attribute name must be a plain string")
        rest[0] = check_stored(target, str.__str__(name))
        return method(*rest) if bound is not None else method(target, *rest)

    return setter


def check_stored(obj: Any, name: Any) -> Any:
    """Check the name of an attribute that is to be set, and return it. Raises: RefusedAttributeError, TypeError."""
    if _type(name) is not str:
        raise TypeError("attribute name must be a plain string")
    rule = names.store_rule(name)
    if rule:
        raise RefusedAttributeError(rule)
    if name in names.library:
        own(obj, name)
    return name


_CARRIERS: tuple[type, ...] = (BaseException, Context, SimpleNamespace, partial, _type(lru_cache(_check)))
"""Library classes on whose objects a program may set attributes: no code of the library reads those."""

_steering: dict[type, frozenset[str]] = {}


def own(obj: Any, name: str) -> Any:
    """Return the object if the program may set or read this name on it.

    It has to be the program's own, and no library class that it inherits from may look up the name.
    Raises: RefusedAttributeError otherwise.
    """
    kind = _type(obj)
    if kind.__module__ == names.PROGRAM:
        if name not in (_steering.get(kind) or _steering_names(kind)):
            return obj
    elif issubclass(kind, _type):
        if obj.__module__ == names.PROGRAM:
            return obj
    elif kind is FunctionType:
        if obj.__code__.co_filename == names.FILENAME:
            return obj
    elif kind is super:
        this = obj.__thisclass__
        if this.__module__ == names.PROGRAM and name not in (_steering.get(this) or _steering_names(this)):
            return obj
    elif issubclass(kind, _CARRIERS) and not name.startswith("_"):
        return obj
    raise RefusedAttributeError(f"attribute {name!r} of {_article(kind)} is the library's own")


def _article(kind: type) -> str:
    return f"a {type_name(kind)}"


def _steering_names(kind: type) -> frozenset[str]:
    """The names that the library's base classes of a program's class look up in their objects, and private methods."""
    found: set[str] = set()
    for base in _mro(kind):
        if base.__module__ not in (names.PROGRAM, "builtins"):
            found.update(name for name in vars(base) if name.startswith("_") and not names.is_dunder(name))
            for function in _functions_of(base):
                found.update(_names_in(function.__code__))
    _steering[kind] = frozenset(found) or frozenset({""})
    return _steering[kind]


_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__


def _names_in(code: Any) -> Iterator[str]:
    if _type(code) is CodeType:
        yield from code.co_names
        for constant in code.co_consts:
            yield from _names_in(constant)


def names_looked_up(modules: Iterable[ModuleType]) -> frozenset[str]:
    """All names that the Python code of these modules looks up, and private names of its classes (`names.library`)."""
    found: set[str] = set()
    seen: set[int] = set()
    for module in modules:
        for value in [*vars(module).values()]:
            if id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, _type):
                found.update(name for name in vars(value) if name.startswith("_") and not names.is_dunder(name))
            for function in _functions_of(value):
                found.update(_names_in(function.__code__))
    return frozenset(found)


def _functions_of(value: Any) -> Iterator[FunctionType]:
    """A function of Python, or those of a class: methods, and what properties and class methods call."""
    if _type(value) is FunctionType:
        yield value
    elif isinstance(value, _type):
        for inner in vars(value).values():
            if _type(inner) is FunctionType:
                yield inner
            elif _type(inner) is property:
                yield from (each for each in (inner.fget, inner.fset) if _type(each) is FunctionType)
            elif _type(inner) in (classmethod, staticmethod) and _type(inner.__func__) is FunctionType:
                yield inner.__func__


class Fields(dict[Any, Any]):
    """`x.__dict__` of one of the program's objects. Names that are set in it are checked as by `setattr`."""

    __slots__ = ("__fields_of__",)
    __fields_of__: Any

    def __init__(self, obj: Any) -> None:
        if _type(obj).__module__ != names.PROGRAM:  # a program reaches this class by `type(x.__dict__)`
            raise RefusedAttributeError("attribute '__dict__' is only for instances of the program's own classes")
        super().__init__(obj.__dict__)
        _setattr(self, "__fields_of__", obj)

    def __setitem__(self, key: Any, value: Any) -> None:
        obj = self.__fields_of__
        obj.__dict__[check_stored(obj, key)] = value
        super().__setitem__(key, value)

    def __delitem__(self, key: Any) -> None:
        del self.__fields_of__.__dict__[key]
        super().__delitem__(key)

    def update(self, *args: Any, **fields: Any) -> None:
        """As of a dict."""
        for key, value in dict(*args, **fields).items():
            self[key] = value

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """As of a dict."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Any, *default: Any) -> Any:
        """As of a dict."""
        if key in self:
            value = self[key]
            del self[key]
            return value
        return super().pop(key, *default)

    def popitem(self) -> Any:
        """As of a dict."""
        key = next(reversed(self), None)
        return (key, self.pop(key)) if self else super().popitem()

    def clear(self) -> None:
        """As of a dict."""
        for key in [*self]:
            del self[key]


def get(obj: Any, name: str, *default: Any) -> Any:
    """`getattr`."""
    _check(name)
    if not names.is_guarded(name):
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
    _setattr(obj, check_stored(obj, name), value)


def drop(obj: Any, name: str) -> None:
    """`delattr`."""
    _delattr(obj, check_stored(obj, name))


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
