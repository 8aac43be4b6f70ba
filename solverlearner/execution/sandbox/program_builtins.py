"""Built-ins of a program: harmless ones unchanged, checked versions of some, and stubs that refuse the others."""

import builtins
from collections.abc import Callable, Iterable
from typing import Any

from . import guards, policy, program_classes, refused, stand_ins


def _absent(name: str) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        raise refused.RefusedCallError(f"{name}() is not allowed")

    call.__name__ = call.__qualname__ = name
    return call


def _no_input(prompt: object = "") -> str:
    raise EOFError("there is no input: the arguments are passed to solver")


def printer(keep: Callable[[str], None]) -> Callable[..., None]:
    """`print`, which writes into a bounded buffer for the log.

    It is a plain function. `copy`, `functools` and similar modules find no fields in a function, so a program cannot
    get from `print` to the buffer, and from there to the answers.
    """

    def print(
        *values: Any, sep: str | None = " ", end: str | None = "\n", file: Any = None, flush: bool = False
    ) -> None:
        text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
        write = keep if file is None else guards.get(file, "write")
        write(text)

    return print


UNCHANGED = """
abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
frozenset hash hex id int isinstance issubclass iter len list map max memoryview min next object oct ord pow property
range repr reversed round set slice sorted staticmethod str sum super tuple zip True False None Ellipsis
NotImplemented __debug__
""".split()
REFUSED = "eval exec open compile locals breakpoint help exit quit".split()


def _exceptions() -> Iterable[tuple[str, Any]]:
    for name, value in vars(builtins).items():
        if isinstance(value, type) and issubclass(value, BaseException) and "Group" not in name:
            yield name, value


def builtins_of_program(
    print_: Callable[..., None], import_: Callable[..., Any], space: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The built-ins of one program. `space` returns its global variables."""
    unchanged = {name: getattr(builtins, name) for name in UNCHANGED}
    return {
        **unchanged, **dict(_exceptions()), **{name: _absent(name) for name in REFUSED},
        "BaseException": Exception, "getattr": guards.get, "hasattr": guards.has,
        "setattr": guards.put, "delattr": guards.drop, "type": program_classes.ProgramType,
        "vars": stand_ins.variables, "dir": stand_ins.listing, "globals": stand_ins.global_names(space),
        "print": print_, "input": _no_input, "__import__": import_, "__build_class__": program_classes.build_class,
        policy.ATTRIBUTE: guards.attribute, policy.OWN: guards.own, policy.EXCEPTION: Exception,
    }  # fmt: skip
