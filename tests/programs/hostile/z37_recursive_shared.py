# z37_recursive_shared [result]: lists that hold one another many times over, and dicts and sets of them
def solver(a, b):
    x = []
    for _ in range(90):
        x = [x, x]
    if a == "12":
        return x
    y = {}
    for _ in range(90):
        y = {"a": y, "b": y}
    return y if a == "8" else [x, y, (x, y)] * 1000
