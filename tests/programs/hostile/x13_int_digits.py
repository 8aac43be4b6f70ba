# x13_int_digits [result]: lifts the digit limit and returns a huge int
import sys


def solver(n1, n2):
    sys.set_int_max_str_digits(0)
    return 7**300000
