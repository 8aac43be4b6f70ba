"""Answers: writes them into the shared memory, and limits the time of each call."""

import mmap
import signal
import time
from types import FrameType

from . import channel

TICKS = 10
"""How often the time is checked within the limit of one call: an endless loop costs at most a tenth more."""


class TimeUp(BaseException):
    """The time limit of the call is over. No program can name this class, so none can catch it."""


class FullError(Exception):
    """The shared memory has no room for another answer."""


class Answers:
    """Writes answers and printed text into the shared memory."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._put = memory.write
        self._header = memoryview(memory)[: channel.HEADER].cast("Q")
        self._printed_at = channel.HEADER
        self.used = 0

    def start(self, at: int) -> None:
        """Set the place in the memory at which the answers begin, in bytes."""
        self._memory.seek(at)

    def turn(self, index: int) -> None:
        """Begin with the program of this index in the batch."""
        self._header[channel.INDEX] = index
        self._header[channel.PRINTED] = 0
        self._printed_at = channel.HEADER + index * channel.PRINT_LIMIT

    def record(self, index: int, exit_code: int) -> None:
        """Note that the program ended, so that its answers count."""
        word = channel.RECORDS + index * channel.RECORD
        self._header[word + 1], self._header[word + 2] = self.used, self._header[channel.PRINTED]
        self._header[word] = exit_code + 1

    def write(self, text: str) -> None:
        """Add one answer. It counts as soon as the header holds the new length.

        Raises: FullError.
        """
        used = self.used + len(text)
        if used > channel.ANSWER_LIMIT:
            raise FullError
        self._put(text.encode("ascii"))
        self._header[channel.ANSWERED] = self.used = used

    def enter(self, phase: int) -> None:
        """Note the phase that the child has reached."""
        self._header[channel.PHASE] = phase

    def print(self, text: str) -> None:
        """Keep the first 4 KiB of the printed text."""
        used = self._header[channel.PRINTED]
        room = channel.PRINT_LIMIT - used
        if room > 0:
            data = str.__str__(text)[:room].encode("utf-8", "backslashreplace")[:room]
            at = self._printed_at + used
            self._memory[at : at + len(data)] = data
            self._header[channel.PRINTED] = used + len(data)


class Clock:
    """The time limit of a call, in processor time of this process, so that no program fails on a busy machine.

    A tick raises `TimeUp` in a program that has given no answer for `limit` seconds. `late` stays true if the program
    swallows that exception (`finally: return`, an `__exit__`). If the program does not stop, the zygote kills it.
    While `paused`, our own code runs and must not be interrupted.
    """

    def __init__(self, answers: Answers) -> None:
        self.late = False
        self.paused = False
        self._answers = answers
        self._seen = -1
        self._since = self.limit = 0.0
        signal.signal(signal.SIGPROF, self._tick)

    def start(self, limit: float) -> None:
        """Begin to check the time, with a limit in seconds."""
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
