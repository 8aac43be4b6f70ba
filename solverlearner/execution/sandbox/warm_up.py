"""Warm-up: a program with common constructs, run in the zygote so that children find Python's caches filled."""

WARM_UP_PROGRAM = """
import math
from collections import Counter
class A:
    def __init__(self, x: int) -> None:
        self.x = x
    def total(self, *more, key=None):
        return sum([self.x, *more])
def digits(n):
    while n > 0:
        n, r = divmod(n, 9)
        yield str(r)
def solver(n):
    a = A(n)
    a.x += 1
    table = {k: v for k, v in zip("abc", range(3)) if v != 1}
    try:
        text = "".join(reversed(list(digits(a.total(2))))) + f"{n:>3}|{table['a']!r}"
    except (KeyError, ValueError) as error:
        raise TypeError("x") from error
    if not text or n is None and n in (1, 2):
        return [(text, 1.5, None, True)]
    return sorted(map(str, Counter(text).items()), key=lambda item: item[0])[-1].strip().split(",")[0:1]
"""

INPUTS = b"[[1]]"
