# x19_exception_str_loops [result]: the error's message runs for ever, or is a lying str
class E(Exception):
    def __str__(self):
        while True:
            pass


class S(str):
    def __getitem__(self, k):
        return "ANSWER" * 10**6


class F(Exception):
    def __str__(self):
        return S("\x1b[2Jé" * 1000)


def solver(n1, n2):
    raise E() if n1 == "12" else F()
