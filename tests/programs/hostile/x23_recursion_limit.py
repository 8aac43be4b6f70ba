# x23_recursion_limit [resource]: lifts the recursion limit and overflows the stack in C
import sys

sys.setrecursionlimit(10**9)


class A:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def solver(n1, n2):
    return sorted([A()], key=lambda a: a.b)
