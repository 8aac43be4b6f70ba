# z16_error_obj [escape]: the obj of an AttributeError is an object of the library: here the real type
import typing


def solver(a, b):
    try:
        typing.Type.nothing
    except AttributeError as e:
        real = e.obj
    C = real("C", (real,), {"__call__": lambda cls, *args: 5, "__instancecheck__": lambda cls, x: True})
    return isinstance(1, C("D", (), {})) if 0 else str(C)
