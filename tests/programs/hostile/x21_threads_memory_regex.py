# x21_threads_memory_regex [resource]: nested quantifiers, huge repeat, big alternation, sum of an endless repeat
import itertools
import re


def solver(n1, n2):
    if n1 == "12":
        return str(re.fullmatch(r"(?:(?:a|a)*)*b", "a" * 60))
    if n1 == "8":
        return sum(itertools.repeat(0))
    return len("x" * 10**9)
