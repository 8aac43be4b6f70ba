# x29_class_cell [escape]: __class__ cell, __init_subclass__, __set_name__ and __class_getitem__ hand out a metaclass
class B:
    def __init_subclass__(cls, **k):
        cls.t = type(cls)


class C(B):
    def go(self):
        return __class__


def solver(n1, n2):
    t = C.t
    return str(t("X", (), {}))
