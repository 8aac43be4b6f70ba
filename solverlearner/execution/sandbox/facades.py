"""Façades: what a program gets for `import x`: a pure module's public names, never the modules that it imported."""

import importlib
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from . import guards, kinds, refused

MODULES = """
math cmath string re itertools collections collections.abc functools operator typing dataclasses datetime decimal
fractions statistics random bisect heapq enum json copy textwrap unicodedata numbers abc calendar time contextlib
__future__
""".split()
"""What a program may import, and `sys`."""

_BY_C = ("_strptime", "_pylong")
"""What C code imports for `datetime.strptime` and for huge ints: through the program's `__import__`, but it then takes
the module from `sys.modules`. A program that imports it gets an empty one."""

_REMOVED = {
    "string": {"Formatter"},
    "collections": {"UserString"},
    "functools": {"update_wrapper", "singledispatch", "singledispatchmethod"},
    "typing": {"get_type_hints", "get_origin", "get_args", "ForwardRef", "IO", "TextIO", "BinaryIO", "assert_type",
               "runtime_checkable", "get_overloads", "clear_overloads", "evaluate_forward_ref"},
    "dataclasses": {"make_dataclass", "FrozenInstanceError"},
    "enum": {"EnumMeta", "EnumType", "property", "global_enum", "global_enum_repr", "global_flag_repr",
             "global_str", "EnumDict"},
    "json": {"load", "dump"},
    "random": {"SystemRandom"},
    "abc": {"update_abstractmethods"},
    "calendar": {"main"},
    "contextlib": {"redirect_stdout", "redirect_stderr", "chdir"},
}  # fmt: skip


def _facade(name: str, values: Mapping[str, Any], hidden: frozenset[str]) -> ModuleType:
    # Not the module's own name: `from json import decoder` would otherwise find sys.modules["json.decoder"].
    module = ModuleType(f"{name} (restricted)")

    def missing(key: str) -> Any:
        if key in hidden:
            raise refused.RefusedAttributeError(f"{key!r} of module {name!r} is not on the allow-list")
        raise AttributeError(f"module {name!r} has no attribute {key!r}")

    for key in ("__loader__", "__spec__", "__package__"):
        module.__dict__.pop(key, None)
    public = sorted(key for key in values if not key.startswith("_"))
    module.__dict__.update(values, __all__=public, __getattr__=missing)
    return module


def _public(name: str) -> dict[str, Any]:
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None) or getattr(module, "all_feature_names", None)
    keys = listed or [key for key in dir(module) if not key.startswith("_")]
    values = {key: getattr(module, key) for key in keys}
    return {
        key: value for key, value in values.items()
        if not isinstance(value, ModuleType) and key not in _REMOVED.get(name, ())
    }  # fmt: skip


def _replaced(name: str) -> dict[str, Any]:
    """What stands in for functions that are not harmless as they are."""
    if name == "operator":
        return {"attrgetter": guards.attrgetter, "methodcaller": guards.methodcaller}
    if name == "functools":
        return {"wraps": _wraps}
    if name == "abc":
        return {"ABCMeta": kinds.abstract_marker}
    if name == "typing":
        return {"TypedDict": _TypedDict, "runtime_checkable": lambda cls: cls}
    if name == "time":
        return {"sleep": lambda seconds: None}
    if name == "collections":
        return {"namedtuple": _namedtuple}
    if name == "dataclasses":
        return {"FrozenInstanceError": importlib.import_module(name).FrozenInstanceError}
    if name == "random":
        seeded = _Random()
        functions = {key: getattr(seeded, key) for key in random.__all__ if hasattr(seeded, key)}
        return {**functions, "Random": _Random}
    if name == "sys":
        plain = ("maxsize", "version", "version_info", "byteorder", "float_info", "int_info", "hash_info",
                 "maxunicode", "getrecursionlimit", "setrecursionlimit", "getsizeof", "intern")  # fmt: skip
        keys = {key: getattr(sys, key) for key in plain}
        return {**keys, "argv": [""], "stdin": _Empty(), "stdout": _Sink(), "stderr": _Sink(), "exit": _exit,
                "set_int_max_str_digits": sys.set_int_max_str_digits}  # fmt: skip
    return {}


class _Random(random.Random):
    """A generator that starts from 0 where nothing else is said. The module's own is seeded anew at every fork."""

    def seed(self, a: Any = None, version: int = 2) -> None:
        super().seed(0 if a is None else a, version)


_Random.__name__ = _Random.__qualname__ = "Random"


def _exit(code: object = None) -> None:
    raise SystemExit(code)


class _Empty:
    """An empty standard input."""

    def read(self, size: int = -1) -> str:
        return ""

    def readline(self, size: int = -1) -> str:
        return ""

    def readlines(self) -> list[str]:
        return []

    def __iter__(self) -> Any:
        return iter(())


class _Sink:
    """Standard output and error written to directly: dropped."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


class _TypedDict(dict[str, Any]):
    """`typing.TypedDict` without its functional form, whose field names are not checked."""

    def __init_subclass__(cls, total: bool = True) -> None:
        return None


def _wraps(wrapped: Any, assigned: Any = (), updated: Any = ()) -> Callable[[Any], Any]:
    """`functools.wraps` for the usual names only: the real one copies any attribute that it is told."""

    def decorate(wrapper: Any) -> Any:
        for key in ("__name__", "__qualname__", "__doc__"):
            if hasattr(wrapped, key):
                setattr(wrapper, key, getattr(wrapped, key))
        return wrapper

    return decorate


def _namedtuple(typename: Any, field_names: Any, *, rename: bool = False, defaults: Any = None,
                module: Any = None) -> Any:  # fmt: skip
    import collections

    if issubclass(type(field_names), str):
        field_names = str.__str__(field_names).replace(",", " ").split()
    fields = [str.__str__(field) for field in field_names]
    return collections.namedtuple(str.__str__(typename), fields, rename=rename, defaults=defaults, module="program")


def build(extra: Sequence[str] = ()) -> dict[str, ModuleType]:
    """The façade of every module that may be imported, by name."""
    modules = {}
    for name in [*MODULES, *extra]:
        modules[name] = _facade(
            name, {**_public(name), **_replaced(name)}, frozenset(dir(importlib.import_module(name)))
        )
    modules["sys"] = _facade("sys", _replaced("sys"), frozenset(dir(sys)))
    for name, module in modules.items():
        package, _, child = name.rpartition(".")
        if package in modules:
            modules[package].__dict__[child] = module
    return modules


def importer(modules: Mapping[str, ModuleType]) -> Callable[..., ModuleType]:
    """`__import__` over the façades."""
    nothing = ModuleType("nothing")

    def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
        if name in _BY_C:
            return nothing
        if type(name) is not str or level or name not in modules:
            raise refused.RefusedImportError(f"import of {name!r} is not on the allow-list")
        for key in fromlist or ():
            if key != "*" and not hasattr(modules[name], key):
                raise refused.RefusedImportError(f"{key!r} of module {name!r} is not on the allow-list")
        return modules[name] if fromlist else modules[name.partition(".")[0]]

    return import_
