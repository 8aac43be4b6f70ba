import functools
from abc import ABC, ABCMeta, abstractmethod
from functools import total_ordering, cached_property, wraps, lru_cache
class Shape(metaclass=ABCMeta):
    @abstractmethod
    def area(self): ...
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        cls.label = cls.__name__.lower()
@total_ordering
class Square(Shape):
    def __init__(self, side): self._side = side
    @property
    def side(self): return self._side
    @side.setter
    def side(self, value): self._side = value
    @cached_property
    def cost(self): return self._side ** 2 * 3
    def area(self): return self._side ** 2
    def __eq__(self, other): return isinstance(other, Square) and self.area() == other.area()
    def __lt__(self, other): return self.area() < other.area()
    def __hash__(self): return hash(self._side)
    def __call__(self, x): return x * self._side
    def __contains__(self, x): return x < self._side
    def __bool__(self): return self._side > 0
    def __radd__(self, other): return other + self._side
    def __format__(self, spec): return format(self._side, spec)
    def __getattr__(self, name): return "no " + name
class Counter2:
    def __init__(self, n): self.__n, self.i = n, 0
    def __iter__(self): return self
    def __next__(self):
        if self.i >= self.__n: raise StopIteration
        self.i += 1
        return self.i
    def __enter__(self): return self
    def __exit__(self, kind, value, tb): return kind is KeyError
def log(f):
    @wraps(f)
    def inner(*args, **kwargs):
        inner.calls += 1
        return f(*args, **kwargs)
    inner.calls = 0
    return inner
@log
@lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def solver(n1, n2):
    s, t = Square(3), Square(int(n1))
    t.side += 1
    with Counter2(1): raise KeyError("gone")
    return [s <= t, s == Square(3), sum([s, t]), f"{s:>4}", "{:03d}|{!r:>5}".format(int(t.side), n2), s.cost, 2 in s,
            s(4), list(Counter2(3)), fib(20), fib.__name__, fib.calls, Square.label, type(s).__name__, s.missing,
            s.__class__.__name__, isinstance(Square, type), issubclass(Square, Shape), len({Square(1), Square(1)})]
