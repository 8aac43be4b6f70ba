# z36_mangled_names [escape]: names that are mangled in a class become private names of the library
class abc:
    def look(self, x):
        return x.__impl

    def put(self, x):
        x.__registry = 1


class Enum:
    __member = 1

    def look(self, x):
        return x.__member


def solver(a, b):
    import enum
    import typing

    found = []
    for act in (
        lambda: abc().look(enum.Enum),
        lambda: abc().put(typing.List[int]),
        lambda: Enum().look(Enum),
    ):
        try:
            found.append(str(act())[:30])
        except Exception as e:
            found.append(type(e).__name__)
    return found
