# x05_userstring_format [escape]: UserString.format calls str.format behind the guard
import collections


def solver(n1, n2):
    return collections.UserString("{0.__init__.__globals__}").format(collections.Counter)
