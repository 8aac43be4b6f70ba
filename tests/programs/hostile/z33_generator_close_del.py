# z33_generator_close_del [poison]: finally blocks and __del__ that run after the answer, write, loop and raise
def gen():
    try:
        yield 1
    finally:
        print("forged")
        while True:
            pass


class A:
    def __init__(self, g):
        self.me = self
        self.g = g

    def __del__(self):
        raise SystemExit("ANSWER")


kept = []


def solver(a, b):
    g = gen()
    next(g)
    A(g)
    kept.append(g)
    return len(kept)
