# x17_getattr_hook_globals [escape]: attrgetter paths, getattr on modules and methods
import functools
import json
import operator


def solver(n1, n2):
    out = []
    for path in (
        "JSONEncoder.default.__globals__",
        "dumps.__globals__",
        "JSONDecoder.__init__.__globals__",
        "loads.__code__",
    ):
        try:
            out.append(str(operator.attrgetter(path)(json)))
        except AttributeError:
            pass
    try:
        out.append(str(functools.reduce(getattr, ["dumps", "__globals__"], json)))
    except AttributeError:
        pass
    return out
