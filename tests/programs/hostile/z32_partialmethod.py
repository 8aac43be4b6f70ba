# z32_partialmethod [escape]: partialmethod, total_ordering, lru_cache and reduce read and set attributes of others
import functools
import json


class Lie:
    def __get__(self, obj, kind):
        return self

    def __call__(self, *args):
        return "called"

    def __getattr__(self, name):
        if name == "__self__":
            return json
        raise AttributeError(name)


class A:
    m = functools.partialmethod(Lie(), 1)


def solver(a, b):
    found = []
    for act in (
        lambda: A().m(),
        lambda: functools.total_ordering(json.JSONEncoder),
        lambda: functools.lru_cache(None)(json.loads).__wrapped__.__name__,
        lambda: functools.reduce(getattr, ["gi_" + "frame"], (x for x in "a")),
        lambda: functools.partial(getattr, solver)("__glo" + "bals__"),
        lambda: functools.partial(len).__getattr__("func"),
        lambda: functools.cmp_to_key(lambda x, y: 0)(1).obj,
        lambda: functools.singledispatch(len).dispatch(type).__name__,
    ):
        try:
            found.append(str(act())[:60])
        except Exception as e:
            found.append(type(e).__name__)
    return found
