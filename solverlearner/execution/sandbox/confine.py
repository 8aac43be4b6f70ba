"""Confinement: the rights that a worker and its children give up before they read a program."""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from functools import partial

from . import kernel, landlock, seccomp

NOBODY = 65534
FILES = 16
"""Most file descriptors of a worker; all have numbers below this one."""


def base_memory() -> int:
    """Bytes of address space that this process has now."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


Steps = list[Callable[[], int | None]]
"""Prepared system calls. A result other than None or 0 is a failure."""


def _limiter(kind: int, value: int) -> Callable[[], None]:
    return partial(resource.setrlimit, kind, (value, value))


class Confinement:
    """The layers of one worker: the zygote calls `enter` once, every child calls `enter_child`."""

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
        """Confine the zygote. Afterwards `active` lists the layers that work on this system."""
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
            _limiter(resource.RLIMIT_CORE, 0)()
            _limiter(resource.RLIMIT_FSIZE, 0)()
            _limiter(resource.RLIMIT_NOFILE, FILES)()
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
            pass  # the container lacks that user

    def plan(self, memory: int, seconds: float | None) -> Steps:
        """The steps of `enter_child`, prepared before the fork, since each object used after it costs a page fault.

        `memory` is in bytes, `seconds` is processor time or None for no limit.
        """
        steps: Steps = [partial(os.setpgid, 0, 0)]
        if self._linux:
            steps.append(partial(kernel.libc.prctl, kernel.PR_SET_PDEATHSIG, int(signal.SIGKILL), None, 0, 0))
        if self._wanted("rlimits"):
            steps.append(_limiter(resource.RLIMIT_AS, self._base + memory))
            steps.append(_limiter(resource.RLIMIT_NPROC, 0))
            if seconds is not None:  # the zygote ends it earlier; this holds if the zygote cannot
                steps.append(_limiter(resource.RLIMIT_CPU, int(seconds) + 2))
        if self._child_filter:
            steps.append(self._child_filter.installer())
        return steps

    def enter_child(self, steps: Steps, parent: int) -> None:
        """Confine a child: own process group, dies with the zygote, limits, no new processes or signals.

        Raises: OSError.
        """
        for step in steps:
            if step():
                raise OSError(ctypes.get_errno(), "a child can't be confined")
        if self._linux and os.getppid() != parent:  # the zygote had ended before PR_SET_PDEATHSIG was set
            os._exit(1)
