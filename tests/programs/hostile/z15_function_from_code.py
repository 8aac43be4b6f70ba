# z15_function_from_code [escape]: type(f) and type(m) make functions and methods; is there any code object to be had?
def f():
    return 1


F = type(f)


def solver(a, b):
    for each in (f, solver, print, len, "x", b"x"):
        try:
            return str(F(each, {}))
        except TypeError as e:
            text = str(e)
    return text
