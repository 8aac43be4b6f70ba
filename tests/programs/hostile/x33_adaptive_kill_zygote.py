# x33_adaptive_kill_zygote [poison]: kills or stops the zygote over and over
import sys
def solver(n1, n2):
    l = sys.modules['sandbox.kernel'].libc
    return l.kill(l.getppid(), 9 if n1 == '12' else 19)
