"""Library texts: the Python text that library code makes from a program's data, which the policy does not see.

`dataclasses` writes methods as text, with the names of the fields in it. `typing` compiles quoted annotations, and its
forward references can evaluate them.
"""

import dataclasses
import sys
import typing
from typing import Any

from .refused import RefusedAttributeError, RefusedCallError

_compile = compile


def check() -> None:
    """Let `dataclasses` take plain names only, and `typing` compile and evaluate no text. Once, in the zygote."""
    _check_dataclasses()
    for module in (typing, sys.modules.get("annotationlib")):  # annotationlib: from Python 3.14 on
        if module is not None:
            vars(module).update(compile=_nothing, eval=_refused)


def _nothing(*args: Any, **options: Any) -> Any:
    """The code of a quoted annotation: that of None."""
    return _compile("None", "<annotation>", "eval")


def _refused(*args: Any, **options: Any) -> Any:
    raise RefusedCallError("a quoted annotation is not evaluated")


def _check_dataclasses() -> None:
    process = dataclasses._process_class  # type: ignore[attr-defined]

    def checked(cls: Any, *options: Any) -> Any:
        for base in type.mro(cls)[1:]:
            for field in getattr(base, "__dataclass_fields__", {}).values():
                _require(type(field) is dataclasses.Field and type(field.name) is str and field.name.isidentifier())
        for value in vars(cls).values():
            _require(type(value) is dataclasses.Field or not issubclass(type(value), dataclasses.Field))
        return process(cls, *options)

    dataclasses._process_class = checked  # type: ignore[attr-defined]


def _require(plain: bool) -> None:
    if not plain:
        raise RefusedAttributeError("the name of a dataclass's field is not an identifier")
