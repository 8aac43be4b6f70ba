# z03_dispatch_by_library_hint [escape]: singledispatch.register reads a hint in the namespace of a library function
import functools
import json


class C:
    __init__ = json.loads
    x: "JSONDecoder"


@functools.singledispatch
def f(x):
    return "plain"


def solver(a, b):
    f.register(C)
    for kind in (int, str):
        f(kind())
    return f.dispatch(json.JSONDecoder)("@CANARY@")
