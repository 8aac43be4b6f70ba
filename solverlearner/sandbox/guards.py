"""Run-time guards: the few built-ins and attributes whose names or arguments are only known when the program runs."""

import builtins
import string
from abc import ABCMeta
from collections.abc import Callable, Iterable
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from . import names

_getattr, _setattr, _delattr, _build_class, _type, _super = getattr, setattr, delattr, __build_class__, type, super
_parse = string.Formatter().parse
_method_descriptor = _type(str.format)


class RefusedError(Exception):
    """The running program broke a rule of the policy. A program may catch it; uncaught it is `rejected`."""


class RefusedImportError(RefusedError, ImportError):
    """An import that is not on the allow-list."""


class RefusedAttributeError(RefusedError, AttributeError):
    """An attribute that leads out of the program."""


class RefusedCallError(RefusedError, NameError):
    """A built-in that is not handed out."""


def _check(name: Any) -> None:
    if _type(name) is not str:
        raise TypeError("attribute name must be a plain string")
    rule = names.attribute_rule(name)
    if rule:
        raise RefusedAttributeError(rule)


def attribute(obj: Any, name: str) -> Any:
    """A guarded attribute: what the name gives is looked at before it is handed out."""
    if name == "__class__":
        return kind(obj)
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


def _absent(name: str) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        raise RefusedCallError(f"{name}() is not allowed")

    call.__name__ = call.__qualname__ = name
    return call


def _no_input(prompt: object = "") -> str:
    raise EOFError("there is no input: the arguments are passed to solver")


class Printed:
    """`print` into a bounded buffer for the log."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __call__(
        self, *values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        """`print`; a `file` that the program hands over is written to by its own `write`."""
        text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
        write = self._write if file is None else get(file, "write")
        write(text)


_HANDED_OUT = """
abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
frozenset hash hex id int isinstance issubclass iter len list map max memoryview min next object oct ord pow property
range repr reversed round set slice sorted staticmethod str sum super tuple zip True False None Ellipsis
NotImplemented __debug__
""".split()
_WITHHELD = "eval exec open compile globals locals vars dir breakpoint help exit quit".split()


def _exceptions() -> Iterable[tuple[str, Any]]:
    for name, value in vars(builtins).items():
        if isinstance(value, _type) and issubclass(value, BaseException) and "Group" not in name:
            yield name, value


def program_builtins(print_: Callable[..., None], import_: Callable[..., Any]) -> dict[str, Any]:
    """The built-ins of one program."""
    handed_out = {name: _getattr(builtins, name) for name in _HANDED_OUT}
    return {
        **handed_out, **dict(_exceptions()), **{name: _absent(name) for name in _WITHHELD},
        "BaseException": Exception, "getattr": get, "hasattr": has, "setattr": put, "delattr": drop, "type": Kind,
        "print": print_, "input": _no_input, "__import__": import_, "__build_class__": build_class,
        "<attribute>": attribute, "<exception>": Exception,
    }  # fmt: skip
