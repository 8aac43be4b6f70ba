# z22_raise_timeup [cheat]: a program raises the time limit's own exception in later calls and at unusual places
kept = []


class Keep:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        kept.append(kind)
        return True


class Late(Exception):
    def __str__(self):
        raise kept[0]


def solver(a, b):
    if not kept:
        with Keep():
            while True:
                pass
        return "first"
    raise Late() if a == "8" else kept[0]
