"""The compiler: a process beside the zygote that compiles each program, so that its child need not.

After a fork every page that is written to is copied first. Compiling touches many, so it takes four times as long in
a child as in a process that does nothing else. This one is confined like a child, runs no code of any program, and
its result is only the code; whatever goes wrong here, the child compiles the program itself and says what is wrong.
"""

import os
import select
import signal
import struct
import time
from collections.abc import Callable, Iterator

from . import channel

_REQUEST, _RESULT = struct.Struct("<QQQQ?"), struct.Struct("<Q?")

Translate = Callable[[channel.Item, bool], channel.Item]
"""The item with its code; the flag asks whether it may share a process."""


class Compiler:
    """The zygote's end. `become` confines the process and `translate` does the work, both in the compiler's process;
    `wake` can be read when a child of the zygote has ended.
    """

    def __init__(self, become: Callable[[], None], translate: Translate, wake: int) -> None:
        self._wake = wake
        self._become, self._translate = become, translate
        # made before the zygote is confined, which then may make none, and kept for the next process
        self._requests, self._ask = os.pipe()
        self._answers, self._tell = os.pipe()
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)
        self._poll.register(wake, select.POLLIN)
        self._pid = 0

    def start(self) -> None:
        """Fork the process."""
        self._pid = os.fork()
        if self._pid == 0:
            try:
                os.close(self._ask)
                os.close(self._answers)
                self._become()
                while request := os.read(self._requests, _REQUEST.size):
                    *place, judge = _REQUEST.unpack(request)
                    item = self._translate(channel.Item(*place), judge)
                    os.write(self._tell, _RESULT.pack(item.code, item.separable))
            finally:
                os._exit(0)

    def compiled(self, items: list[channel.Item], seconds: float) -> Iterator[channel.Item]:
        """The items, each with its code; without where there is none within so many seconds."""
        code_at = channel.CODE
        for item in items:
            os.write(self._ask, _REQUEST.pack(*item[:3], code_at, len(items) > 1))
            size, separable = self._result(seconds)
            yield item._replace(code_at=code_at, code=size, separable=separable)
            code_at += size

    def _result(self, seconds: float) -> tuple[int, bool]:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready = [fd for fd, _ in self._poll.poll(left * 1000 + 1)]
            if self._answers in ready:
                size, separable = _RESULT.unpack(os.read(self._answers, _RESULT.size))
                return size, separable
            if self._wake in ready:
                os.read(self._wake, 64)
                if os.waitpid(self._pid, os.WNOHANG)[0]:
                    break
        else:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        self._drain(self._requests)
        self._drain(self._answers)
        self.start()
        return 0, False

    def _drain(self, fd: int) -> None:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while poll.poll(0):
            os.read(fd, 64)
