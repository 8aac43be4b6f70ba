# z31_enum_tricks [escape]: enum: members that are descriptors, _missing_, other bases, nonmember, verify, flags of names
import enum


def gen():
    yield 1


class E(enum.Enum):
    gi_frame = gen
    f_builtins = enum.nonmember(gen())
    other = enum.member(gen)

    @classmethod
    def _missing_(cls, value):
        return cls.other


def solver(a, b):
    found = []
    for act in (
        lambda: E("nothing").name,
        lambda: enum.Enum("X", [("mro", 1)]),
        lambda: enum.Enum("X", {"__class__": 1}),
        lambda: enum.Enum("X", "a", type=type(E)),
        lambda: enum.Flag("X", "gi_frame tb_frame"),
        lambda: E.__members__ == 1,
        lambda: enum.verify(enum.UNIQUE)(E),
        lambda: enum.pickle_by_global_name(E.other, 2),
        lambda: getattr(E, "_member" + "_map_"),
    ):
        try:
            found.append(str(act())[:40])
        except Exception as e:
            found.append(type(e).__name__)
    return found
