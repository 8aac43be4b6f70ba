from enum import Enum, IntEnum, Flag, auto, unique
@unique
class Color(Enum):
    RED = auto()
    GREEN = auto()
    @property
    def nice(self): return self.name.title()
    @classmethod
    def _missing_(cls, value): return cls.RED
class Level(IntEnum):
    LOW = 1
    HIGH = 2
class Perm(Flag):
    R = auto()
    W = auto()
class Planet(Enum):
    EARTH = (1, 2)
    def __init__(self, a, b): self.total = a + b
def solver(n1, n2):
    return [Color(99).nice, [c.value for c in Color], Color["GREEN"].name, Level.HIGH > Level.LOW, Level.HIGH, (Perm.R | Perm.W).value,
            Perm.R in (Perm.R | Perm.W), Planet.EARTH.total, str(Color.RED), list(Color.__members__), isinstance(Color.RED, Color), type(Color.RED).__name__]
