# z40_reraise_refusal [cheat]: a program catches the policy's exceptions, changes their class and raises them itself
def solver(a, b):
    try:
        import subprocess
    except ImportError as e:
        kind = type(e)
        for name in ("__str__", "__init__", "__reduce__", "rule", "args"):
            try:
                setattr(kind, name, lambda *args: "ANSWER")
            except Exception:
                pass
        if a == "12":
            raise kind("x", "y") from None
    if a == "8":
        raise kind
    return [str(base.__name__) for base in (kind,)]
