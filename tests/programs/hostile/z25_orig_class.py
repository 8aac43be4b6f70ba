# z25_orig_class [poison]: calling an alias sets __orig_class__ on whatever the call gives
import functools
import typing


def solver(a, b):
    alias = typing.Annotated[functools.partial, 1]
    found = alias(len)
    return [found("abc"), hasattr(found, "__orig_class__")]
