# z35_operator_hooks [escape]: names with methods of their own for attrgetter, methodcaller, getattr, setattr and print
import operator


class Name(str):
    def split(self, *args):
        return ["__glo" + "bals__"]

    def __eq__(self, other):
        return True

    def __hash__(self):
        return hash("x")

    def startswith(self, *args):
        return False


class File:
    def __getattr__(self, name):
        return solver


class A:
    x = 1


def solver(a, b):
    found = []
    name = Name("__glo" + "bals__")
    for act in (
        lambda: operator.attrgetter(name)(solver),
        lambda: operator.attrgetter("x." + name)(A),
        lambda: operator.methodcaller(name)(solver),
        lambda: getattr(solver, name),
        lambda: setattr(A, name, 1),
        lambda: delattr(A, Name("x")),
        lambda: hasattr(solver, name),
        lambda: A.__setattr__(A(), name, 1),
        lambda: object.__setattr__(A(), name, 1),
        lambda: "{0.%s}".__mod__(name).format(solver),
        lambda: Name("{0.__globals__}").format(solver),
        lambda: str.format(Name("{0.__globals__}"), solver),
        lambda: print(1, sep=name, end=name),
    ):
        try:
            found.append(str(act())[:30])
        except Exception as e:
            found.append(type(e).__name__)
    return found
