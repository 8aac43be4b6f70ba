class AppError(ValueError):
    def __init__(self, code, *args):
        super().__init__(*args)
        self.code = code
    def __str__(self): return f"E{self.code}"
def risky(n):
    try:
        if n == 0: raise AppError(7, "zero") from KeyError("k")
        return 10 // (n - 1)
    except ZeroDivisionError as e:
        return "div " + str(e)
    except (AppError, KeyError) as e:
        return f"{type(e).__name__} {e} {e.code} {e.args}"
    else:
        return "else"
    finally:
        LOG.append(n)
LOG = []
def bare(x):
    try: return int(x)
    except: return "bare"
def base(x):
    try: return int(x)
    except BaseException as e: return type(e).__name__
def solver(n1, n2):
    out = [risky(0), risky(1), risky(int(n1)), bare("q"), base("q")]
    try:
        [][1]
    except LookupError as e:
        out.append(repr(e))
    try:
        getattr(out, "nothing")
    except AttributeError:
        out.append(hasattr(out, "append"))
    it = iter([1])
    next(it)
    try: next(it)
    except StopIteration: out.append("stop")
    return out + LOG[-1:]
