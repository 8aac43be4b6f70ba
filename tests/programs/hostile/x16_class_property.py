# x16_class_property [cheat]: an object whose __class__ says str
class A:
    @property
    def __class__(self):
        return str


def solver(n1, n2):
    return A()
