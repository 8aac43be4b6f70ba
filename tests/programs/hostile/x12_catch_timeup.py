# x12_catch_timeup [resource]: keeps the time limit's class from __exit__ and catches it for ever
got = []


class C:
    def __enter__(self):
        return self

    def __exit__(self, t, v, tb):
        got.append(t)
        return True


def solver(n1, n2):
    with C():
        while True:
            pass
    while True:
        try:
            while True:
                pass
        except got[0]:
            pass
