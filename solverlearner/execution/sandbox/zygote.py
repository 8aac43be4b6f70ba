"""Zygote: a small interpreter, started once, that forks one confined child per program and limits its time."""

import codecs
import contextlib
import gc
import importlib
import json
import mmap
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from types import ModuleType

from . import channel, facades
from .child import Child
from .compiler import Compiler
from .confine import FILES, Confinement, Steps

# A child is killed if a call uses clearly more processor time than its limit: it hangs in C, or swallows the exception
# of the time limit. It is also killed if a call waits for more than twice its limit: it sleeps, or the machine is
# overloaded.
_STUCK_FACTOR, _STUCK_GRACE = 1.25, 0.05
_STALL_FACTOR, _STALL_GRACE = 2, 0.5
_COMPILER_MEMORY = 2**29
_WARM_UPS = 10
"""Enough for Python to specialise the code. Otherwise each child would do so, and copy pages for it."""


ENCODINGS = "ascii latin-1 utf-8 utf-16 utf-16-le utf-16-be utf-32 cp1252 unicode_escape".split()
"""Encodings of text that a program may use; Python would load any other one from a file."""


class Zygote:
    """Serves tasks from the control socket until the harness ends."""

    def __init__(
        self, control: int, memory: mmap.mmap, without: frozenset[str], modules: dict[str, ModuleType]
    ) -> None:
        self._control = control
        self._header = memoryview(memory)[: channel.HEADER].cast("Q")
        self.confinement = Confinement(without)
        self._child = Child(memory, modules, unrestricted="policy" in without)
        for _ in range(_WARM_UPS):
            self._child.warm_up()
        self._wake, self._wake_end = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._wake_end, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake_end, warn_on_full_buffer=False)
        self._poll = select.poll()
        self._poll.register(self._wake, select.POLLIN)
        self._poll.register(control, 0)  # only the end of the harness
        self._pid = os.getpid()
        self._compiler = Compiler(self._confine_compiler, self._child.translate, self._wake)

    def serve(self) -> None:
        """Run one task after another."""
        self._compiler.start()
        planned: tuple[int, float, int] | None = None
        steps: Steps = []
        while message := self._receive(channel.TASK.size):
            count, answers_at, memory, output, call_s, program_s = channel.TASK.unpack(message)
            places = self._receive(count * channel.PLACE.size)
            started = time.monotonic()
            codes = self._compiler.codes(places, count, call_s)
            items = [*zip(channel.PLACE.iter_unpack(places), codes, strict=True)]
            if (memory, program_s, count) != planned:
                planned, steps = (memory, program_s, count), self.confinement.plan(memory, program_s * count)
            pid = os.fork()
            if pid == 0:
                try:
                    signal.set_wakeup_fd(-1)
                    os.closerange(2, FILES)
                    self.confinement.enter_child(steps, self._pid)
                    self._child.run(items, answers_at, output, call_s)
                finally:
                    os._exit(channel.EXIT_BROKEN)
            ended, killed = self._watch(pid, call_s, program_s, started + program_s * count)
            os.write(self._control, channel.ENDED.pack(ended, killed, time.monotonic() - started))

    def _receive(self, size: int) -> bytes:
        message = b""
        while len(message) < size:
            part = os.read(self._control, size - len(message))
            if not part:
                return b""
            message += part
        return message

    def _confine_compiler(self) -> None:
        signal.set_wakeup_fd(-1)
        for fd in (self._control, self._wake, self._wake_end):
            os.close(fd)
        self.confinement.enter_child(self.confinement.plan(_COMPILER_MEMORY, None), self._pid)

    def _watch(self, pid: int, call_s: float, program_s: float, last: float) -> tuple[int, int]:
        """Wait for the child. Kill it if it gives no answer for too long or the time of a program or batch is over."""
        used = _processor_clock(pid)
        progress, since, used_before = -1, 0.0, 0.0
        index, end = -1, 0.0
        while True:
            now = time.monotonic()
            if self._header[channel.INDEX] != index:
                index, end = self._header[channel.INDEX], min(now + program_s, last)
            if self._progress() != progress:
                progress, since, used_before = self._progress(), now, used()
            wait = min(end - now, since + _STALL_FACTOR * call_s + _STALL_GRACE - now)
            wait = min(wait, max(call_s / 4, 0.01), call_s * _STUCK_FACTOR + _STUCK_GRACE - (used() - used_before))
            if wait <= 0:
                return self._kill(pid), channel.KILLED_PROGRAM if now >= end else channel.KILLED_CALL
            for fd, event in self._poll.poll(wait * 1000 + 1):
                if fd == self._control and event:
                    self._kill(pid)
                    os._exit(0)
                if fd == self._wake:
                    os.read(self._wake, 64)
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                return os.waitstatus_to_exitcode(status), 0

    def _progress(self) -> int:
        """A number that grows with each answer, phase and program."""
        header = self._header
        return header[channel.ANSWERED] + header[channel.PHASE] + header[channel.INDEX] * channel.PHASES

    def _kill(self, pid: int) -> int:
        for kill in (os.killpg, os.kill):
            try:
                kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _processor_clock(pid: int) -> Callable[[], float]:
    """A function that gives the processor seconds of another process; always 0 if the system does not tell."""
    if sys.platform != "linux":
        return lambda: 0.0
    clock = (~pid << 3) | 2  # CPUCLOCK_SCHED of a process, as clock_getcpuclockid(3) makes it

    def used() -> float:
        with contextlib.suppress(OSError):
            return time.clock_gettime(clock)
        return 0.0

    return used


def _load_lazy_parts() -> None:
    """Import modules that the standard library imports at first use: later no file can be opened."""
    for codec in (*ENCODINGS, "rot13", "hex"):
        codecs.lookup(codec)
    for module in ("_strptime", "_pylong"):  # datetime.strptime; int and str of many digits from Python 3.12 on
        with contextlib.suppress(ImportError):
            importlib.import_module(module)


def main() -> None:
    """Start the zygote. Its argument is JSON: control socket, shared memory, layers left out, further modules, core."""
    control, shared, without, extra, core = json.loads(sys.argv[1])
    os.environ.clear()
    if core is not None:
        with contextlib.suppress(OSError):  # the available cores may have changed
            os.sched_setaffinity(0, {core})
    modules = facades.build(extra)
    _load_lazy_parts()
    memory = mmap.mmap(shared, channel.SIZE)
    os.close(shared)
    inherited, control = control, os.dup(control)  # to a low number like all others: a child closes numbers up to FILES
    os.close(inherited)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd)
    os.close(null)
    zygote = Zygote(control, memory, frozenset(without), modules)
    zygote.confinement.enter()
    os.close(2)  # from here on only the exit code reports a fault; exceptions in a program's `__del__` are dropped
    sys.stderr = None
    sys.path.clear()
    gc.collect()
    gc.disable()
    gc.freeze()
    ready = json.dumps(zygote.confinement.active).encode()
    os.write(control, len(ready).to_bytes(4, "little") + ready)
    zygote.serve()
    os._exit(0)
