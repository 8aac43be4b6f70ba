"""Answers into the shared memory, and the clock that watches whether they come."""

import mmap
import signal
import time
from types import FrameType

from . import channel

TICKS = 10
"""Looks at the clock in one call's time limit, so that a loop costs at most a tenth more than its limit."""


class TimeUp(BaseException):
    """The call's time limit passed. No program can name this class."""


class FullError(Exception):
    """There is no room for another answer."""


class Answers:
    """Writes answers, and what the program prints, into the shared memory."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._put = memory.write
        self._header = memoryview(memory)[: channel.HEADER].cast("Q")
        self._printed_at = channel.HEADER
        self.used = 0

    def start(self, at: int) -> None:
        """Answers begin here."""
        self._memory.seek(at)

    def turn(self, index: int) -> None:
        """What follows is of this program of the batch."""
        self._header[channel.INDEX] = index
        self._header[channel.PRINTED] = 0
        self._printed_at = channel.HEADER + index * channel.PRINT_LIMIT

    def record(self, index: int, exit_code: int) -> None:
        """The program came to its end: what was written since its turn holds."""
        word = channel.RECORDS + index * channel.RECORD
        self._header[word + 1], self._header[word + 2] = self.used, self._header[channel.PRINTED]
        self._header[word] = exit_code + 1

    def write(self, text: str) -> None:
        """Add one answer. It counts from the moment when the header says so.

        Raises: FullError.
        """
        used = self.used + len(text)
        if used > channel.ANSWER_LIMIT:
            raise FullError
        self._put(text.encode("ascii"))
        self._header[channel.ANSWERED] = self.used = used

    def enter(self, phase: int) -> None:
        """Tell how far the child is."""
        self._header[channel.PHASE] = phase

    def print(self, text: str) -> None:
        """Keep the first 4 KiB of what the program prints."""
        used = self._header[channel.PRINTED]
        room = channel.PRINT_LIMIT - used
        if room > 0:
            data = str.__str__(text)[:room].encode("utf-8", "backslashreplace")[:room]
            at = self._printed_at + used
            self._memory[at : at + len(data)] = data
            self._header[channel.PRINTED] = used + len(data)


class Clock:
    """The time limit of a call, in processor time of this process, so that a busy machine fails nobody.

    A tick raises `TimeUp` in a program that has answered nothing for that long. One that swallows it (`finally:
    return`, an `__exit__`) is late all the same; one that runs on is ended by the zygote. While
    `paused`, our own code is at work, which must not be interrupted.
    """

    def __init__(self, answers: Answers) -> None:
        self.late = False
        self.paused = False
        self._answers = answers
        self._seen = -1
        self._since = self.limit = 0.0
        signal.signal(signal.SIGPROF, self._tick)

    def start(self, limit: float) -> None:
        """Tick from now on."""
        self.limit = limit
        self.late = self.paused = False
        self._seen = -1
        signal.setitimer(signal.ITIMER_PROF, limit / TICKS, limit / TICKS)

    def _tick(self, number: int, frame: FrameType | None) -> None:
        if self.paused:
            return
        now = time.process_time()
        if self._answers.used != self._seen:
            self._seen = self._answers.used
            self._since = now - self.limit / TICKS
        elif now - self._since >= self.limit:
            self.late = True
            raise TimeUp
