"""Shared memory: the harness writes requests for a worker into it and reads the answers."""

import mmap
import os
import sys
import tempfile
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from solverlearner.execution.sandbox import channel


class SharedJob(NamedTuple):
    """A program, its inputs as a JSON array, and its limits: bytes of memory, bytes of one value, seconds."""

    program: bytes
    inputs: bytes
    memory: int
    output: int
    call_s: float
    program_s: float

    @property
    def size(self) -> int:
        """Bytes of the request."""
        return len(self.program) + len(self.inputs)

    def hurried(self, part: float) -> "SharedJob":
        """The same job with a part (0 to 1) of its time limits."""
        return self._replace(call_s=self.call_s * part, program_s=self.program_s * part)


class Ended(NamedTuple):
    """How a child ended: exit code, reason of a kill (0: none), phase, seconds, answers, printed text.

    `code` is negative for a signal. `killed` and `phase` are values of `channel`.
    """

    code: int
    killed: int
    phase: int
    seconds: float
    answers: bytes
    printed: str


class Again(Enum):
    """How to repeat a program that got no result in its batch: alone in a process, or in another batch."""

    ALONE = "alone"
    SOON = "soon"


def _descriptor() -> int:
    if sys.platform == "linux":
        import fcntl  # missing on Windows, where commands that run no program still work

        descriptor = os.memfd_create("solverlearner", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, channel.SIZE)
        # if a child could shorten the file, the harness would die when it reads there
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        return descriptor
    with tempfile.TemporaryFile() as file:
        os.ftruncate(file.fileno(), channel.SIZE)
        return os.dup(file.fileno())


class SharedMemory:
    """Memory shared with one worker, which inherits its `descriptor`."""

    def __init__(self) -> None:
        self.descriptor = _descriptor()
        self._memory = mmap.mmap(self.descriptor, channel.SIZE)
        self._header = memoryview(self._memory)[: channel.HEADER].cast("Q")
        self._answers_at = 0

    def put(self, jobs: Sequence[SharedJob]) -> bytes:
        """Write a request of programs with the same limits. Returns the message for the control socket."""
        words = channel.WORDS if len(jobs) == 1 else channel.RECORDS + len(jobs) * channel.RECORD
        for word in range(words):
            self._header[word] = 0
        places = channel.places([(len(job.program), len(job.inputs)) for job in jobs])
        for (at, program, inputs), job in zip(places, jobs, strict=True):
            self._memory[at : at + program] = job.program
            self._memory[at + program : at + program + inputs] = job.inputs
        self._answers_at = channel.answers_at(places[-1])
        limits = jobs[0]
        task = channel.TASK.pack(
            len(jobs), self._answers_at, limits.memory, limits.output, limits.call_s, limits.program_s
        )
        return task + b"".join(channel.PLACE.pack(*place) for place in places)

    def ended(self, code: int, killed: int, seconds: float) -> Ended:
        """The result of a child that ran one program."""
        answers = self._answers(0, self._header[channel.ANSWERED])
        printed = self._printed(0, self._header[channel.PRINTED])
        return Ended(code, killed, self._header[channel.PHASE], seconds, answers, printed)

    def ended_together(self, count: int, seconds: float) -> list[Ended | Again]:
        """The result of each program of a batch, or how to repeat it, after the batch's child has ended in any way."""
        found: list[Ended | Again] = []
        start, reached = 0, self._header[channel.INDEX]
        for index in range(count):
            word = channel.RECORDS + index * channel.RECORD
            code, end, printed = self._header[word : word + channel.RECORD]
            if not code:
                found.append(Again.SOON if index > reached else Again.ALONE)
                continue
            answers = self._answers(start, end)
            found.append(Ended(code - 1, 0, channel.PHASE_CALLING, seconds, answers, self._printed(index, printed)))
            start = end
        return found

    def _answers(self, start: int, end: int) -> bytes:
        at = self._answers_at
        return self._memory[at + start : at + min(end, channel.ANSWER_LIMIT)]

    def _printed(self, index: int, size: int) -> str:
        at = channel.HEADER + index * channel.PRINT_LIMIT
        return self._memory[at : at + min(size, channel.PRINT_LIMIT)].decode("utf-8", "replace")

    def close(self) -> None:
        """Release the memory."""
        self._header.release()
        self._memory.close()
