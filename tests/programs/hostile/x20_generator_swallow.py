# x20_generator_swallow [resource]: finally: return, contextmanager and a generator's finally swallow the time limit
from contextlib import contextmanager


@contextmanager
def c():
    try:
        yield
    finally:
        while True:
            try:
                while True:
                    pass
            finally:
                continue


def solver(n1, n2):
    def f():
        try:
            while True:
                pass
        finally:
            return "ANSWER"

    if n1 == "12":
        return f()
    with c():
        while True:
            pass
