# x37_adaptive_raise_limits [resource]: raises its own limits, masks signals, disarms the timer, then takes memory and time
import sys
def solver(n1, n2):
    r, s = sys.modules['resource'], sys.modules['signal']
    for kind in (r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_NPROC):
        try: r.setrlimit(kind, (r.RLIM_INFINITY, r.RLIM_INFINITY))
        except (ValueError, OSError): pass
    s.setitimer(s.ITIMER_PROF, 0)
    s.pthread_sigmask(s.SIG_BLOCK, range(1, 65))
    x = bytearray(300_000_000)
    while True: pass
