# x25_object_setattr [escape]: object.__setattr__ swaps code, class and module attributes
import json


def solver(n1, n2):
    def f():
        return 1

    for target, name in ((f, "__code__"), (f, "__globals__"), (json, "__class__"), (json.dumps, "__defaults__")):
        try:
            object.__setattr__(target, name, None)
        except AttributeError:
            pass
        else:
            return "set " + name
    return "no"
