# z23_slots_computed [escape]: slots whose names are computed, bound by loops, walrus and imports
NAME = "__get" + "state__"


class A:
    for __slots__ in [(NAME,)]:
        pass


def solver(a, b):
    return str(A)
