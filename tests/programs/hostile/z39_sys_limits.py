# z39_sys_limits [resource]: no limit on digits and depth, then the digits of a huge int and a deep call
import sys


def deep(n):
    return deep(n + 1)


def solver(a, b):
    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(2**31 - 1)
    if a == "12":
        return len(str(7 ** 3000000))
    if a == "8":
        return deep(0)
    return hash(10 ** 10 ** 7)
