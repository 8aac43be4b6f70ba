from functools import lru_cache
import sys
sys.setrecursionlimit(20000)
def depth(n): return 0 if n == 0 else 1 + depth(n - 1)
def gen():
    got = yield 1
    while got:
        got = yield got * 2
    return "end"
def outer():
    r = yield from gen()
    yield r
def compose(*fs):
    def run(x):
        for f in fs: x = f(x)
        return x
    return run
def posonly(a, /, b, *, c=3, **kw): return [a, b, c, kw]
counter = 0
def bump():
    global counter
    counter += 1
    return counter
def solver(n1, n2):
    g = outer()
    a, *b, c = "spam eggs ham".split()
    (x, [y, z]), w = (1, [2, 3]), 4
    matrix = [[1, 2], [3, 4]]
    matrix[0][1] += 10
    d = {**{"a": 1}, "b": 2, **dict(zip("cd", (3, 4)))}
    d["a"] |= 6
    del d["b"]
    sq = {k: v for k, v in sorted(d.items(), key=lambda kv: -kv[1])}
    return [next(g), g.send(5), g.send(0), depth(5000), compose(len, str, "n{}".format)(n1), posonly(1, 2, z=4), bump(),
            [a, b, c, x, y, z, w], matrix, list(map(list, zip(*matrix))), sq, [i for i in range(20) if i % 3 if i % 2],
            (lambda *a, k=1: [a, k])(*[1, 2], k=3), [*range(3), *"ab"], "".join(chr((ord(ch) - 97 + 13) % 26 + 97) for ch in "uryyb"),
            [n for n in range(2, 30) if all(n % p for p in range(2, n))], sorted({3, 1, 2} ^ {3, 5}), 0x1f ^ 0b101, ~5 & 0xFF, 7 // -2, -7 % 3, 2 ** -1, 1_000, 'a' < 'b' <= 'c']
