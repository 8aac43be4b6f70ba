# x26_builtins_dict [escape]: names that only a later Python or a class scope would hand out
class A:
    here = [x for x in ("__builtins__", "__loader__", "__spec__")]


def solver(n1, n2):
    try:
        return str(__builtins__)
    except NameError:
        return "no"
