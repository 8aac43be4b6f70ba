# z18_annotated_callable_getattr [escape]: a generic alias hands on attributes of what it stands for, by a computed name
import typing


def f():
    return 1


def solver(a, b):
    for make in (lambda: typing.Annotated[f, 1], lambda: typing.Final[f], lambda: typing.Callable[[f], f]):
        try:
            return str(make().__getattr__("_" + "x"))
        except TypeError as e:
            text = str(e)
    return text
