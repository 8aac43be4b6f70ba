# x27_flood_answers [resource]: values just under the limit, lists of lists of the same text, exponential size
def solver(n1, n2):
    x = ["y" * 1000]
    for _ in range(40):
        x = [x, x]
    return x
