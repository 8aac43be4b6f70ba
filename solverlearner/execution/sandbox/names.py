"""Names and attributes that a program may use: the rules that the transformer and the run-time guards share."""

from RestrictedPython.transformer import INSPECT_ATTRIBUTES

FILENAME = "<program>"
"""The file name in the code of every program, by which its functions and lines are told from the library's."""

PROGRAM = "program"
"""The program's `__name__`. It is not "__main__", so that self-tests behind that guard do not run."""

METHODS = frozenset(
    f"__{name}__"
    for name in (
        "init new post_init init_subclass set_name call del "
        "repr str bytes format bool hash int float complex index round trunc floor ceil "
        "eq ne lt le gt ge len length_hint iter next reversed contains getitem setitem delitem missing "
        "getattr setattr delattr get set delete class_getitem enter exit "
        "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and xor or neg pos abs invert "
        "radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rand rxor ror "
        "iadd isub imul imatmul itruediv ifloordiv imod ipow ilshift irshift iand ixor ior copy deepcopy"
    ).split()
)
"""Special methods that a program may define. None of them decides the result of `isinstance` or of a class pattern."""

READABLE = METHODS | {"__name__", "__qualname__", "__doc__", "__members__", "__class__", "__dict__", "__wrapped__"}
"""Dunder attributes that a program may read. Those in `GUARDED` are checked at run time."""

REFLECTIVE = frozenset({"__getattr__", "__set__", "__delete__"})
"""Special methods by which a library's object reads or writes an attribute that its caller names: the program's own
ones only."""

GUARDED = REFLECTIVE | {
    "format", "format_map", "register", "obj", "__class__", "__dict__", "__members__", "__setattr__", "__delattr__"
}  # fmt: skip
"""Attributes that are allowed or refused by their value."""

STORABLE = METHODS | {"__match_args__", "__doc__", "__all__", "__author__", "__version__"}
"""Dunder names that a program may assign, as a variable or in a class body. `__name__` is missing: a class takes its
module's name from it, and the library looks up modules by that name."""

SUNDERS = frozenset("_value_ _name_ _missing_ _generate_next_value_ _ignore_ _order_".split())
"""Enum's documented names. Others, such as `_convert_`, read a module's namespace by its name."""

NAMEDTUPLE = frozenset("_replace _asdict _make _fields _field_defaults".split())

library: frozenset[str] = frozenset()
"""Names that the library's own code looks up, filled in when the zygote starts. A program may use them on its own
objects. On the library's objects it could steer the library's code by them, so there they are refused at run time."""

of_arrays: frozenset[str] = frozenset()
"""Attributes of numpy's objects that write files or give access to memory, if programs may import numpy."""

private: set[str] = set()
"""Single-underscore names that the program defines itself; filled in when it is compiled."""


def is_dunder(name: str) -> bool:
    """`__x__`."""
    return name.startswith("__") and name.endswith("__") and len(name) > 4


def is_guarded(name: str) -> bool:
    """Whether reading an attribute of this name is checked at run time, by the object that has it."""
    if name in GUARDED or name in of_arrays:
        return True
    return name in library and name.startswith("_") and not is_dunder(name) and name not in NAMEDTUPLE | SUNDERS


def attribute_rule(name: str, allowed: frozenset[str] = READABLE) -> str | None:
    """The rule that forbids to read an attribute of this name, or None if it is allowed."""
    if name in INSPECT_ATTRIBUTES or name == "mro":
        return f"attribute {name!r} leads out of the program"
    if is_dunder(name):
        return None if name in allowed else f"attribute {name!r} is not on the list of special names"
    if name.startswith("_") and name not in private | NAMEDTUPLE | SUNDERS:
        return f"attribute {name!r} is private to a library"
    return None


def store_rule(name: str) -> str | None:
    """The rule that forbids to set an attribute of this name, or None if it is allowed."""
    if is_dunder(name) and name not in METHODS | {"__doc__", "__name__"}:
        return f"attribute {name!r} can't be set"
    if name.startswith("_") and name.endswith("_") and not is_dunder(name) and name not in SUNDERS:
        return f"attribute {name!r} is private to a library"
    return None


def name_rule(name: str, allowed: frozenset[str]) -> str | None:
    """The rule that forbids a variable of this name, or None if it is allowed."""
    if is_dunder(name) and name not in allowed:
        return f"name {name!r} is not on the list of special names"
    return None
