# z13_mappingproxy_eq [poison]: mappingproxy hands its real dict to the other side's __eq__
import re


class Thief:
    def __eq__(self, other):
        self.got = other
        return True

    def __ror__(self, other):
        self.got = other
        return self


def solver(a, b):
    t = Thief()
    re.RegexFlag.__members__ == t
    t.got.clear()
    t.got["I"] = "forged"
    return [len(re.RegexFlag.__members__), str(re.compile("a", re.I).flags)]
