# x11_type_from_enum [escape]: reaches `type` through an enum's class
from enum import Enum


class C(Enum):
    A = 1


def solver(n1, n2):
    t = type(type(C))
    T = t("T", (t,), {"__instancecheck__": lambda c, o: True})
    return str(T)
