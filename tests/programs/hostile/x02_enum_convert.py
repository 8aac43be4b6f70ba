# x02_enum_convert [escape]: Enum._convert_ makes an enum of another module's namespace
from enum import IntEnum


def solver(n1, n2):
    class _convert_:
        pass

    X = IntEnum._convert_("X", "posix", lambda name: name == "environ")
    return str(list(X))
