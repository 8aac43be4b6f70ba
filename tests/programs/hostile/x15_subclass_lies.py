# x15_subclass_lies [cheat]: str, int, dict and list subclasses that lie about their content and class
class S(str):
    def __str__(self):
        return "ANSWER"

    def __eq__(self, o):
        return True

    def __hash__(self):
        return 1

    def __len__(self):
        return 0


class D(dict):
    def __iter__(self):
        return iter(["ANSWER"])

    def items(self):
        return [("ANSWER", 1)]

    def keys(self):
        return ["ANSWER"]


class L(list):
    def __iter__(self):
        return iter(["ANSWER"])

    def __len__(self):
        return 0

    def copy(self):
        return ["ANSWER"]


class I(int):
    def __repr__(self):
        return "ANSWER"

    def __int__(self):
        return 7

    __index__ = __int__


def solver(n1, n2):
    return [S("x"), D(a=S("y")), L([I(5)]), I(6)]
