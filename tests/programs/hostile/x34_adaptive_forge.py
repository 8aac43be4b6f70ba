# x34_adaptive_forge [cheat]: finds the answers object and writes garbage, deep nesting and a wrong length
import sys
def solver(n1, n2):
    kind = sys.modules['sandbox.answers'].Answers
    for o in sys.modules['gc'].get_objects():
        if type(o) is kind:
            o.write('[' * 100000)
            o.write('{"a": NaN},[1e999,1],["ok"],' + '1' * 5000 + ',')
            o._header[0] = 2 ** 63
            o._header[1] = 2 ** 63
            o._header[2] = 0
    sys.modules['posix']._exit(5)
