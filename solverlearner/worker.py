"""Worker: the harness's end of one zygote process, which runs one program at a time."""

import asyncio
import contextlib
import fcntl
import json
import mmap
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, NamedTuple

from solverlearner.sandbox import channel

START_LIMIT_S = 30.0
HANG_S = 2.0
"""Seconds beyond a program's time after which its worker is taken for dead; the zygote itself ends it in time."""

# -I would also ignore PYTHONHASHSEED, which makes the order of sets the same in every worker; with an environment of
# our own, -s and -P leave nothing else of what -I is for. The package's folder comes last on the path, so that none
# of its modules hides one of the standard library. No module may run code of its own at each fork: `random` would seed
# its generator, which costs 0.15 ms a program and is not the generator that programs get.
_START = (
    "import os, sys; os.register_at_fork = lambda **hooks: None; sys.path += {path!r}; "
    "from sandbox import zygote; zygote.main()"
)


class WorkerDiedError(Exception):
    """The zygote is gone, in the middle of a program or before it could start one."""


class Job(NamedTuple):
    """A program and its inputs as a JSON array, with limits: bytes of memory and of one value, seconds."""

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


class Ended(NamedTuple):
    """How a child ended, and everything that it left behind."""

    code: int
    killed: int
    phase: int
    seconds: float
    answers: list[Any]
    printed: str


def _shared_memory() -> int:
    if sys.platform == "linux":
        descriptor = os.memfd_create("solverlearner", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(descriptor, channel.SIZE)
        # a child that could cut the file short would kill the harness when it reads there
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL)
        return descriptor
    with tempfile.TemporaryFile() as file:
        os.ftruncate(file.fileno(), channel.SIZE)
        return os.dup(file.fileno())


def _search_path() -> list[str]:
    spec = find_spec("RestrictedPython")
    if spec is None or spec.origin is None:
        raise WorkerDiedError("RestrictedPython is not installed")
    return [str(Path(spec.origin).parent.parent), str(Path(__file__).parent)]


class Worker:
    """One zygote; `run` a task, then `close` it. A fault of the zygote raises WorkerDiedError."""

    def __init__(self, without: Sequence[str], modules: Sequence[str]) -> None:
        self._without = list(without)
        self._modules = list(modules)
        self.protections: list[str] = []
        self._control, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start the zygote and wait until it is confined.

        Raises: WorkerDiedError, with what it wrote to standard error.
        """
        self._control.setblocking(False)
        with tempfile.TemporaryFile() as errors:
            try:
                self._spawn(errors)
                async with asyncio.timeout(START_LIMIT_S):
                    size = int.from_bytes(await self._receive(4), "little")
                    self.protections = json.loads(await self._receive(size))
            except OSError as error:
                raise WorkerDiedError(str(error)) from None
            except (WorkerDiedError, TimeoutError):
                errors.seek(0)
                raise WorkerDiedError(errors.read().decode(errors="replace").strip()[-2000:]) from None
            finally:
                self._theirs.close()

    def _spawn(self, errors: IO[bytes]) -> None:
        shared = _shared_memory()
        self._memory = mmap.mmap(shared, channel.SIZE)
        self._header = memoryview(self._memory)[: channel.HEADER].cast("Q")
        arguments = json.dumps([self._theirs.fileno(), shared, self._without, self._modules])
        command = [sys.executable, "-s", "-P", "-S", "-X", "utf8", "-c", _START.format(path=_search_path()), arguments]
        environment = {"PYTHONHASHSEED": "0"}
        if "LD_LIBRARY_PATH" in os.environ:  # some interpreters find their own library by it
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        try:
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=(self._theirs.fileno(), shared), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(shared)

    async def _receive(self, size: int) -> bytes:
        loop = asyncio.get_running_loop()
        message = b""
        while len(message) < size:
            try:
                part = await loop.sock_recv(self._control, size - len(message))
            except OSError:
                part = b""
            if not part:
                raise WorkerDiedError("the zygote is gone")
            message += part
        return message

    async def run(self, job: Job) -> Ended:
        """Run one program; what it answered before it ended.

        Raises: WorkerDiedError.
        """
        at, middle = channel.REQUEST, channel.REQUEST + len(job.program)
        for word in range(channel.WORDS):
            self._header[word] = 0
        self._memory[at:middle] = job.program
        self._memory[middle : middle + len(job.inputs)] = job.inputs
        task = channel.TASK.pack(len(job.program), len(job.inputs), *job[2:])
        try:
            async with asyncio.timeout(job.program_s + HANG_S):
                await asyncio.get_running_loop().sock_sendall(self._control, task)
                message = await self._receive(channel.ENDED.size)
        except (OSError, TimeoutError):
            raise WorkerDiedError("the zygote does not answer") from None
        code, killed, seconds = channel.ENDED.unpack(message)
        return Ended(code, killed, self._header[channel.PHASE], seconds, self._answers(job), self._printed())

    def _answers(self, job: Job) -> list[Any]:
        start = channel.answers_at(len(job.program), len(job.inputs))
        used = min(self._header[channel.ANSWERED], channel.ANSWER_LIMIT)
        text = self._memory[start : start + used]
        try:
            answers = json.loads(b"[" + text[:-1] + b"]")
        except (ValueError, RecursionError):
            return []  # written by something else than our child: as good as no answer
        return answers if isinstance(answers, list) else []

    def _printed(self) -> str:
        size = min(self._header[channel.PRINTED], channel.PRINT_LIMIT)
        return self._memory[channel.HEADER : channel.HEADER + size].decode("utf-8", "replace")

    @property
    def pid(self) -> int:
        """The zygote's process id, 0 before it was started."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """End the zygote at once; its child dies with it."""
        self._control.close()
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._header.release()
            self._memory.close()
