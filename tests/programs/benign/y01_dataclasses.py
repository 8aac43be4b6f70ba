from __future__ import annotations
from dataclasses import dataclass, field, asdict, astuple, replace, fields
from typing import ClassVar, Optional
@dataclass(order=True)
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list, compare=False)
    count: ClassVar[int] = 0
    def __post_init__(self):
        Point.count += 1
        self._norm = abs(self.x) + abs(self.y)
@dataclass(frozen=True)
class Box:
    size: int
    half: Optional[float] = None
    def __post_init__(self):
        object.__setattr__(self, "half", self.size / 2)
def solver(n1, n2):
    p, q = Point(int(n1)), Point(3, int(n2), ["a"])
    return [repr(p), p < q, asdict(q), astuple(replace(q, x=9)), [f.name for f in fields(Box)], Box(3).half, p._norm,
            hash(Box(1)) == hash(Box(1)), vars_of(q)]
def vars_of(o):
    return sorted(o.__dict__)
