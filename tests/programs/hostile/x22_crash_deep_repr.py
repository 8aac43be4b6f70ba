# x22_crash_deep_repr [resource]: deep nesting dropped, printed, compared and copied
import copy


def solver(n1, n2):
    x = []
    for _ in range(10**6):
        x = [x]
    if n1 == "12":
        return str(x == [x])
    if n1 == "8":
        return str(copy.deepcopy(x))[:5]
    return repr(x)[:5]
