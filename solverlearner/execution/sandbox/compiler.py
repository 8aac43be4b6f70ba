"""The compiler: a process beside the zygote that compiles each program, so that its child need not.

After a fork every page that is written to is copied first. Compiling touches many, so it takes four times as long in
a child as in a process that does nothing else. This one is confined like a child, runs no code of any program, and
its result is only the code; whatever goes wrong here, the child compiles the program itself and says what is wrong.
"""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator

from . import channel

Translate = Callable[[channel.Place, int, bool], channel.CodePlace]
"""From a program's place, where its code may go, and whether to look if it may share a process, to the code's place."""

_NONE: channel.CodePlace = (0, 0, False)


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
        """The code of each program; none of any when all take longer than so many seconds."""
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
