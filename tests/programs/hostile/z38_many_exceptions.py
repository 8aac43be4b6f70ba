# z38_many_exceptions [result]: chains of exceptions, notes, groups of arguments and recursion in their texts
class E(Exception):
    def __str__(self):
        return str(self)


def solver(a, b):
    error = None
    for i in range(100000):
        try:
            raise ValueError(i) from error
        except ValueError as e:
            error = e
    error.add_note("x" * 10**7)
    if a == "12":
        raise error
    if a == "8":
        raise E
    raise KeyError("x" * 10**8)
