from math import *
import json, copy, textwrap, string, random, statistics, operator, itertools, heapq, bisect, re, collections
from collections import ChainMap, Counter, OrderedDict, deque, namedtuple
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, ROUND_HALF_UP
from fractions import Fraction
from typing import Any, Callable, Dict, Generic, List, Literal, NamedTuple, Optional, Protocol, Tuple, TypedDict, TypeVar, Union
from functools import cmp_to_key, partial, reduce
import contextlib
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self) -> None: self._items: List[T] = []
    def push(self, item: T) -> "Stack[T]":
        self._items.append(item)
        return self
class Row(TypedDict, total=False):
    a: int
class HasLen(Protocol):
    def __len__(self) -> int: ...
Pair = namedtuple("Pair", "left right", defaults=[7])
class Named(NamedTuple):
    a: int
    b: str = "z"
def f(x: Union[int, str], g: Optional[Callable[[int], Any]] = None, mode: Literal["a", "b"] = "a") -> Dict[str, Tuple[int, ...]]:
    return {"x": (int(x),)}
@contextlib.contextmanager
def scope(log):
    log.append("in")
    try:
        yield log
    finally:
        log.append("out")
def solver(n1, n2):
    log = []
    with scope(log), contextlib.suppress(ZeroDivisionError):
        1 / 0
    return [floor(sqrt(17)), json.loads(json.dumps({"a": [1, None, 2.5]})), copy.deepcopy([[1]]), textwrap.wrap("a b c d", 3),
            string.Template("$a!").substitute(a=1), string.capwords("ab cd"), statistics.mean([1, 2, 4]),
            operator.itemgetter(1, 0)("ab"), operator.attrgetter("left")(Pair(1)), operator.methodcaller("upper")("a"),
            list(itertools.pairwise([1, 2, 3])), heapq.nlargest(2, [3, 1, 2]), bisect.insort([1], 2), Pair(1)._asdict(), Named(3)._replace(b="q"),
            dict(ChainMap({"a": 1}, {"b": 2})), Counter("aab").most_common(), OrderedDict(a=1), list(deque([1, 2], maxlen=1)),
            str(datetime.strptime("2024-02-28", "%Y-%m-%d") + timedelta(days=2)), str(Decimal("2.675").quantize(Decimal("0.01"), ROUND_HALF_UP)),
            str(Fraction(3, 9)), sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a)), partial(int, base=9)(n1), reduce(operator.add, [1, 2]),
            isinstance([], Iterable), isinstance({}, Mapping), f(3), Row(a=1), Stack().push(1)._items, log, re.split(r"[,;]", "a,b;c"), (5).to_bytes(2, "big").hex(),
            "é".encode("utf-8").decode("latin-1"), "%s-%05.2f" % ("a", 3.14159), "{0[k]} {1.left}".format({"k": 1}, Pair(2)), "{a:{w}}".format(a=1, w=4), str(2 ** 200), round(-2.5), divmod(-7, 3), complex(1, 2).real]
