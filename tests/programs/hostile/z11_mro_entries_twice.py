# z11_mro_entries_twice [escape]: a base whose __mro_entries__ answers the check with int and the class statement with type
import typing

real = typing.get_origin(typing.Type)


class Base:
    count = 0

    def __getattr__(self, name):
        if name == "__mro_entries__":
            return self.entries
        raise AttributeError(name)

    def entries(self, bases):
        Base.count += 1
        return (int,) if Base.count == 1 else (real,)


class M(Base()):
    def __call__(cls, *args):
        return 5


def solver(a, b):
    C = M("C", (), {"__reduce__": 1})
    return [str(C), issubclass(M, real)]
