"""Compiler: a process beside the zygote that compiles each program before its child is forked.

After a fork, a page is copied when it is first written to. Compiling writes to many pages, so in a child it takes four
times as long as here. The compiler is confined like a child and runs no program; its result is the code only. If
anything fails here, the child compiles the program itself and reports the error.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator

from . import channel

Translate = Callable[[channel.Place, int, bool], channel.CodePlace]
"""Takes a program's place, the first free byte for code, and whether to check that the program may share a process.

It returns the place of the code."""

_NONE: channel.CodePlace = (0, 0, False)


class Compiler:
    """The zygote's side of the compiler.

    The compiler's process calls `become`, which confines it, and then `translate` for each program. `wake` is a file
    descriptor that becomes readable when a child of the zygote has ended.
    """

    def __init__(self, become: Callable[[], None], translate: Translate, wake: int) -> None:
        self._wake = wake
        self._become, self._translate = become, translate
        # made before the zygote is confined, since it may make no pipe afterwards; the next compiler uses them too
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
                while request := os.read(self._requests, channel.PLACE.size * channel.BATCH_LIMIT):
                    os.write(self._tell, b"".join(self._answer([*channel.PLACE.iter_unpack(request)])))
            finally:
                os._exit(0)

    def _answer(self, places: list[channel.Place]) -> Iterator[bytes]:
        code_at = channel.CODE
        for place in places:
            code = self._translate(place, code_at, len(places) > 1)
            yield channel.CODE_PLACE.pack(*code)
            code_at += code[1]

    def codes(self, places: bytes, count: int, seconds: float) -> list[channel.CodePlace]:
        """The place of each program's code. If all together take longer than `seconds`, no program gets code here."""
        os.write(self._ask, places)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            ready = [fd for fd, _ in self._poll.poll(left * 1000 + 1)]
            if self._answers in ready:
                return [*channel.CODE_PLACE.iter_unpack(os.read(self._answers, channel.CODE_PLACE.size * count))]
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
        return [_NONE] * count

    def _drain(self, fd: int) -> None:
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while poll.poll(0):
            os.read(fd, 64)
