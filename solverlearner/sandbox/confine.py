"""What a worker and its children give up before they see a program."""

import os
import resource
import signal
import sys

from . import kernel, landlock, seccomp

NOBODY = 65534
_FILES = 16


def base_memory() -> int:
    """Bytes of address space that this process has now."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _limit(kind: int, value: int) -> None:
    resource.setrlimit(kind, (value, value))


class Confinement:
    """The layers of one worker: `enter` once in the zygote, `enter_child` in every child."""

    def __init__(self, without: frozenset[str]) -> None:
        self._without = without
        self._linux = sys.platform == "linux"
        self._machine = kernel.machine() if self._linux else None
        self._base = base_memory()
        self._child_filter: seccomp.Filter | None = None
        self.active: list[str] = []

    def _wanted(self, layer: str) -> bool:
        return layer not in self._without

    def enter(self) -> None:
        """Confine the zygote; `active` then lists the layers."""
        if self._linux:
            if os.geteuid() == 0 and self._wanted("uid"):
                self._leave_root()
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
            kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        if self._wanted("policy"):
            self.active.append("policy")
        if self._wanted("rlimits"):
            self.active.append("rlimits")
            _limit(resource.RLIMIT_CORE, 0)
            _limit(resource.RLIMIT_FSIZE, 0)
            _limit(resource.RLIMIT_NOFILE, _FILES)
        if self._linux and self._wanted("landlock") and landlock.version():
            landlock.restrict()
            self.active.append("landlock")
        if self._machine and self._wanted("seccomp"):
            self._child_filter = seccomp.Filter(seccomp.child_filter(self._machine))
            seccomp.Filter(seccomp.worker_filter(self._machine)).install()
            self.active.append("seccomp")

    def _leave_root(self) -> None:
        try:
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            self.active.append("uid")
        except OSError:
            pass  # a container without that user

    def enter_child(self, memory: int, seconds: float | None, parent: int) -> None:
        """Confine a child: own process group, dies with the zygote, limits, no new processes or signals."""
        os.setpgid(0, 0)
        if self._linux:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)
        if self._wanted("rlimits"):
            _limit(resource.RLIMIT_AS, self._base + memory)
            _limit(resource.RLIMIT_NPROC, 0)
            if seconds is not None:
                _limit(resource.RLIMIT_CPU, int(seconds) + 2)  # the zygote ends it before; this is for when it can't
        if self._child_filter:
            self._child_filter.install()
