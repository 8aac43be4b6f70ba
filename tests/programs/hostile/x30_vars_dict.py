# x30_vars_dict [escape]: __dict__ of a built-in type gives str.format past the guard
def solver(n1, n2):
    class S(str):
        pass

    f = str.__dict__["format"]
    return f("{0.__class__.__base__}", 1)
