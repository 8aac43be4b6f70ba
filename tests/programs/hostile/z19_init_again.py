# z19_init_again [escape]: __init__ of library classes called again on their objects, and __new__ of others
import dataclasses
import typing


@dataclasses.dataclass
class A:
    x: int = 0


def solver(a, b):
    f = dataclasses.fields(A)[0]
    found = []
    for act in (
        lambda: dataclasses.Field.__init__(f, dataclasses.MISSING, list, True, True, None, True, None, False),
        lambda: type(typing.get_args(typing.List["x"])[0]).__init__(typing.get_args(typing.List["x"])[0], "open('x')"),
        lambda: type(f.metadata)({}),
        lambda: type(A.__init__)(),
        lambda: object.__new__(type(solver)),
        lambda: type(iter([]))(),
    ):
        try:
            found.append(type(act()).__name__)
        except Exception as e:
            found.append(type(e).__name__)
    try:
        class B(A):
            y: int = 1
        B = dataclasses.dataclass(B)
        found.append(type(B().x).__name__)
    except Exception as e:
        found.append(type(e).__name__)
    return found
