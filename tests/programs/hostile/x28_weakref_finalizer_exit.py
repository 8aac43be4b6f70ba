# x28_weakref_finalizer_exit [resource]: __del__ at module teardown, and SystemExit from everywhere
class D:
    def __del__(self):
        raise SystemExit(3)


KEEP = D()


def solver(n1, n2):
    D()
    if n1 == "12":
        raise SystemExit("ANSWER")
    if n1 == "8":
        raise KeyboardInterrupt
    raise GeneratorExit
