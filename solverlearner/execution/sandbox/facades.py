"""Façades: copies of modules for programs, with a module's public names and without the modules that it imported."""

import copy
import enum
import importlib
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from . import guards, library_texts, names, program_classes, refused, stand_ins

MODULES = """
math cmath string re itertools collections collections.abc functools operator typing dataclasses datetime decimal
fractions statistics random bisect heapq enum json copy textwrap unicodedata numbers abc calendar time contextlib
__future__ hashlib base64 binascii struct zlib queue array difflib html pprint types ast csv io warnings
""".split()
"""Modules that a program may import, beside `sys`. `docs/programs.md` is made from these lists."""

UNUSED = "argparse asyncio doctest logging os pathlib threading traceback unittest".split()
"""Modules that programs often import without using them: the import works, and every use of a name is refused."""

ONLY = {
    "types": {"SimpleNamespace", "MappingProxyType"},
    "ast": {"literal_eval"},
    "io": {"StringIO", "BytesIO"},
    "warnings": set[str](),
    "queue": {"Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "Empty", "Full"},
    "hashlib": {"md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512",
                "shake_128", "shake_256", "blake2b", "blake2s", "new"},
    "pprint": {"pformat", "saferepr"},
    "csv": {"reader", "writer", "DictReader", "DictWriter", "Error", "QUOTE_ALL", "QUOTE_MINIMAL", "QUOTE_NONE",
            "QUOTE_NONNUMERIC"},
}  # fmt: skip
"""Modules of which programs get these names only."""

WITHHELD_OF_NUMPY = frozenset("tofile dump dumps ctypes resize".split())
"""Attributes of arrays that write files or give access to memory."""

_BY_C = ("_strptime", "_pylong")
"""Modules that C code imports for `datetime.strptime` and for huge ints. It calls the program's `__import__` and then
takes the module from `sys.modules`. A program that imports one of them gets an empty module."""

REMOVED = {
    "string": {"Formatter"},
    "collections": {"UserString"},
    "functools": {"update_wrapper", "singledispatchmethod"},
    "typing": {"ForwardRef", "IO", "TextIO", "BinaryIO", "assert_type", "get_overloads", "clear_overloads",
               "evaluate_forward_ref"},
    "numpy": {"load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromfile", "fromregex",
              "memmap", "from_dlpack", "test", "show_config", "show_runtime", "get_include", "info", "lib", "core",
              "ctypeslib", "f2py", "testing", "DataSource", "set_numeric_ops", "errstate", "seterrcall", "geterrcall"},
    "dataclasses": {"make_dataclass", "FrozenInstanceError"},
    "enum": {"EnumMeta", "EnumType", "property", "global_enum", "global_enum_repr", "global_flag_repr",
             "global_str", "EnumDict"},
    "json": {"load", "dump"},
    "random": {"SystemRandom"},
    "abc": {"update_abstractmethods"},
    "calendar": {"main"},
    "contextlib": {"redirect_stdout", "redirect_stderr", "chdir"},
    "time": {"clock_settime", "clock_settime_ns"},
}  # fmt: skip


class _Every(frozenset[str]):
    """A set that contains every name."""

    def __contains__(self, name: object) -> bool:
        return True


def _facade(name: str, values: Mapping[str, Any], hidden: frozenset[str]) -> ModuleType:
    # The name differs from the module's, else `from json import decoder` would find sys.modules["json.decoder"].
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
        if not isinstance(value, ModuleType) and key not in REMOVED.get(name, ()) and key in ONLY.get(name, (key,))
    }  # fmt: skip


def _seeded() -> dict[str, Any]:
    """The functions of `random`, with a generator that has the same seed in every child."""
    seeded = _Random()
    return {**{key: getattr(seeded, key) for key in random.__all__ if hasattr(seeded, key)}, "Random": _Random}


def _of_sys() -> dict[str, Any]:
    plain = ("maxsize", "version", "version_info", "byteorder", "float_info", "int_info", "hash_info",
             "maxunicode", "getrecursionlimit", "setrecursionlimit", "getsizeof", "intern",
             "set_int_max_str_digits")  # fmt: skip
    streams = {"stdin": _Empty(), "stdout": _Sink(), "stderr": _Sink()}
    own = {"argv": [""], "exit": _exit, "platform": "linux", "exc_info": stand_ins.exc_info(sys.exc_info)}
    return {**{key: getattr(sys, key) for key in plain}, **streams, **own}


def _ignored(*functions: str) -> Callable[[], dict[str, Any]]:
    return lambda: dict.fromkeys(functions, stand_ins.ignored)


REPLACED: Mapping[str, Callable[[], dict[str, Any]]] = {
    "operator": lambda: {"attrgetter": guards.attrgetter, "methodcaller": guards.methodcaller},
    "functools": lambda: {
        "wraps": _wraps, "cached_property": _CachedProperty, "singledispatch": stand_ins.singledispatch,
    },
    "abc": lambda: {"ABCMeta": program_classes.abstract_marker},
    "typing": lambda: {"TypedDict": _TypedDict, "get_type_hints": stand_ins.get_type_hints,
                       "get_origin": stand_ins.get_origin, "get_args": stand_ins.get_args},
    "warnings": _ignored("filterwarnings", "simplefilter", "resetwarnings", "warn"),
    "pprint": _ignored("pprint", "pp"),
    "time": lambda: {"sleep": lambda seconds: None},
    "collections": lambda: {"namedtuple": _namedtuple},
    "dataclasses": lambda: {"FrozenInstanceError": importlib.import_module("dataclasses").FrozenInstanceError},
    "random": _seeded,
    "sys": _of_sys,
}  # fmt: skip
"""Our own versions of functions that are not harmless, by module."""


def _replaced(name: str) -> dict[str, Any]:
    return REPLACED[name]() if name in REPLACED else {}


class _Random(random.Random):
    """A generator whose default seed is 0. The module's own generator gets a new seed at every fork."""

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
    """Standard output and error: drops text that a program writes to them directly."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return None


class _TypedDict(dict[str, Any]):
    """`typing.TypedDict` without its functional form, because the policy does not check the field names there."""

    def __init_subclass__(cls, total: bool = True) -> None:
        return None


_TypedDict.__name__ = _TypedDict.__qualname__ = "TypedDict"


class _CachedProperty:
    """`functools.cached_property` for the program's own classes only, with a checked attribute name."""

    __slots__ = ("__function__", "__key__")

    def __init__(self, func: Callable[[Any], Any]) -> None:
        _put(self, "__function__", func)

    def __set_name__(self, owner: type, name: Any) -> None:
        rule = names.store_rule(name) if type(name) is str else "an attribute name must be a plain string"
        if rule or names.is_dunder(name):
            raise refused.RefusedAttributeError(rule or f"attribute {name!r} can't be set")
        _put(self, "__key__", name)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        if type(instance).__module__ != names.PROGRAM:
            raise refused.RefusedAttributeError("cached_property is for the program's own classes")
        key = self.__key__  # type: ignore[attr-defined]
        fields = instance.__dict__
        if key not in fields:
            fields[key] = self.__function__(instance)  # type: ignore[attr-defined]
        return fields[key]


_CachedProperty.__name__ = _CachedProperty.__qualname__ = "cached_property"
_put = object.__setattr__


def _wraps(wrapped: Any, assigned: Any = (), updated: Any = ()) -> Callable[[Any], Any]:
    """`functools.wraps` for name and docstring only. The real one copies any attribute that the caller names."""

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


def _checked_enums() -> None:
    """Check the members of `Enum("Name", …)` like attributes: their names need not stand in the source."""
    create = enum.EnumMeta._create_  # type: ignore[attr-defined]

    def checked(cls: Any, class_name: Any, members: Any, **options: Any) -> Any:
        if {*options} - {"type", "start", "boundary", "module", "qualname"}:
            raise refused.RefusedCallError("an option of Enum() is not allowed")
        if issubclass(type(members), str):
            members = str.__str__(members).replace(",", " ").split()
        pairs = members.items() if issubclass(type(members), dict) else members
        listed = [each if type(each) is str else tuple(each) for each in pairs]
        for each in listed:
            name = each if type(each) is str else each[0]
            if type(name) is not str or name.startswith("_"):
                raise refused.RefusedAttributeError(f"{name!r} can't be a member's name")
        options |= {"module": names.PROGRAM, "qualname": None}
        return create(cls, str.__str__(class_name), listed, **options)

    enum.EnumMeta._create_ = checked  # type: ignore[attr-defined]


def _checked_copies() -> None:
    """Refuse to copy objects whose class defines `__new__`.

    `copy` sets the fields of the object that `__new__` returns, which may be any object that the program can reach.
    """
    reconstruct = copy._reconstruct  # type: ignore[attr-defined]

    def checked(x: Any, *args: Any, **options: Any) -> Any:
        for kind in type(x).__mro__:
            if kind.__module__ == names.PROGRAM and "__new__" in vars(kind):
                raise refused.RefusedCallError("an object whose class defines __new__ can't be copied")
        return reconstruct(x, *args, **options)

    copy._reconstruct = checked  # type: ignore[attr-defined]


def _library() -> list[ModuleType]:
    """The modules whose objects a program can reach, and the modules that these use."""
    # hashlib without OpenSSL, whose library every fork would have to map
    sys.modules.setdefault("_hashlib", None)  # type: ignore[arg-type]
    beside = "copyreg re._parser json.decoder json.encoder _collections_abc inspect threading types".split()
    return [importlib.import_module(name) for name in [*MODULES, *beside]]


def build(extra: Sequence[str] = ()) -> dict[str, ModuleType]:
    """The façade of every allowed module, by name. `extra` names further modules, for example `numpy`."""
    names.library = guards.names_looked_up(_library())
    _checked_enums()
    _checked_copies()
    library_texts.check()
    if "numpy" in extra:
        names.of_arrays = WITHHELD_OF_NUMPY
        extra = [*extra, "numpy.linalg"]
    modules = {name: _facade(name, {}, _Every()) for name in UNUSED}
    for name in [*MODULES, *extra]:
        modules[name] = _facade(
            name, {**_public(name), **_replaced(name)}, frozenset(dir(importlib.import_module(name)))
        )
    modules["sys"] = _facade("sys", _replaced("sys"), frozenset(dir(sys)))
    final = importlib.import_module("dataclasses").Field  # its subclasses could choose the names in generated code
    program_classes.allow_as_bases(
        value for module in modules.values() for value in vars(module).values() if value is not final
    )
    for name, module in modules.items():
        package, _, child = name.rpartition(".")
        if package in modules:
            modules[package].__dict__[child] = module
    return modules


def importer(modules: Mapping[str, ModuleType]) -> Callable[..., ModuleType]:
    """The `__import__` of programs, which finds façades only."""
    nothing = ModuleType("nothing")

    def import_(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> ModuleType:
        if name in _BY_C or (type(name) is str and name.startswith("numpy.") and name not in modules):
            return nothing  # C code calls this for modules that it then takes from `sys.modules`
        if type(name) is not str or level or name not in modules:
            raise refused.RefusedImportError(f"import of {name!r} is not on the allow-list")
        for key in fromlist or ():
            if key != "*" and not hasattr(modules[name], key):
                raise refused.RefusedImportError(f"{key!r} of module {name!r} is not on the allow-list")
        return modules[name] if fromlist else modules[name.partition(".")[0]]

    return import_
