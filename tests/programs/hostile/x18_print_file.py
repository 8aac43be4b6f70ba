# x18_print_file [escape]: print to an object whose write is a guarded attribute; str subclass as text
class F:
    def __getattr__(self, name):
        return lambda text: G.append(type(text))


G = []


class S(str):
    def __getitem__(self, k):
        return self * 10**6

    def encode(self, *a):
        return b"x" * 10**7


def solver(n1, n2):
    print(S("x"), S("y"), sep=S(","), end=S("\n"))
    print("a", file=F())
    return len(G)
