# x14_deep_json_dict [result]: nested 99 deep, wide, with NUL, surrogates, nan and inf
def solver(n1, n2):
    x = ["\x00", "\ud800", float("nan"), float("inf"), -0.0, 10**4000]
    for _ in range(99):
        x = {"k": x}
    return x if n1 == "8" else ["\x00", -0.0, 10**4000] if n1 == "3" else float("nan")
