from dataclasses import dataclass
@dataclass
class P:
    x: int
    y: int
class Q:
    __match_args__ = ("a",)
    def __init__(self, a): self.a = a
def what(v):
    match v:
        case 0 | 1: return "small"
        case int(n) if n > 100: return f"big {n}"
        case int() | float(): return "number"
        case str() as s: return "text " + s
        case [first, *rest]: return [first, len(rest)]
        case {"k": k, **more}: return [k, sorted(more)]
        case P(0, y): return f"on the axis {y}"
        case P(x=x, y=y) if x == y: return "diagonal"
        case P(x, P(y, z)): return [x, y, z]
        case Q(a): return ["q", a]
        case None: return "none"
        case _: return "other"
def solver(n1, n2):
    values = [0, 7, 101, 2.5, "x", "word", [1, 2, 3], (), {"k": 1, "z": 2}, P(0, 5), P(2, 2), P(1, P(2, 3)), Q(4),
              None, {1}]
    return [what(v) for v in values]
