"""Worker: the harness's end of one zygote process, which runs one program at a time."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from solverlearner.execution.sandbox import channel
from solverlearner.execution.shared_memory import Again, Ended, SharedJob, SharedMemory

START_LIMIT_S = 30.0
HANG_S = 2.0
"""Seconds after a program's time limit at which the harness gives up its worker. The zygote acts earlier."""

# -I would also ignore PYTHONHASHSEED, which makes the order of sets the same in every worker. With an environment of
# our own, -s and -P have the other effects of -I. The package's folder comes last on the path, so that none of its
# modules hides one of the standard library. No module may run code at each fork: `random` would seed its generator,
# which costs 0.15 ms per program, and programs get another generator.
_START = (
    "import os, sys; os.register_at_fork = lambda **hooks: None; sys.path += {path!r}; "
    "from sandbox import zygote; zygote.main()"
)


class WorkerDiedError(Exception):
    """The zygote ended, while a program ran or before one started."""


def _search_path() -> list[str]:
    spec = find_spec("RestrictedPython")
    if spec is None or spec.origin is None:
        raise WorkerDiedError("RestrictedPython is not installed")
    return [str(Path(spec.origin).parent.parent), str(Path(__file__).parent)]


def _wake(arrival: asyncio.Future[None]) -> None:
    if not arrival.done():
        arrival.set_result(None)


class Worker:
    """One zygote process, bound to one core or to none.

    `start` it, `run` programs, then `kill` it. If the zygote ends or hangs, methods raise WorkerDiedError.
    """

    def __init__(self, without: Sequence[str], modules: Sequence[str], core: int | None, hash_seed: int = 0) -> None:
        self.core = core
        self._hash_seed = hash_seed
        self._without = list(without)
        self._modules = list(modules)
        self.protections: list[str] = []
        self._control, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None
        self._received = b""
        self._gone = False
        self._arrival: asyncio.Future[None] | None = None

    async def start(self) -> None:
        """Start the zygote and wait until it is confined.

        Raises: WorkerDiedError with the text that the zygote wrote to standard error.
        """
        self._control.setblocking(False)
        with tempfile.TemporaryFile() as errors:
            try:
                self._spawn(errors)
                asyncio.get_running_loop().add_reader(self._control, self._read)
                size = int.from_bytes(await self._receive(4, START_LIMIT_S), "little")
                self.protections = json.loads(await self._receive(size, START_LIMIT_S))
            except OSError as error:
                raise WorkerDiedError(str(error)) from None
            except WorkerDiedError:
                errors.seek(0)
                raise WorkerDiedError(errors.read().decode(errors="replace").strip()[-2000:]) from None
            finally:
                self._theirs.close()

    def _spawn(self, errors: IO[bytes]) -> None:
        self._memory = SharedMemory()
        shared = self._memory.descriptor
        arguments = json.dumps([self._theirs.fileno(), shared, self._without, self._modules, self.core])
        command = [sys.executable, "-s", "-P", "-S", "-X", "utf8", "-c", _START.format(path=_search_path()), arguments]
        # bind symbols now: binding them in every child costs 15 page faults per program
        environment = {"PYTHONHASHSEED": str(self._hash_seed), "LD_BIND_NOW": "1"}
        if "LD_LIBRARY_PATH" in os.environ:  # some interpreters find their own library through it
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        try:
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=(self._theirs.fileno(), shared), cwd="/",
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(shared)

    def _read(self) -> None:
        """The event loop calls this when the zygote has written something or has ended."""
        try:
            part = self._control.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        self._received += part
        if not part:
            asyncio.get_running_loop().remove_reader(self._control)
            self._gone = True
        if self._arrival:
            _wake(self._arrival)

    async def _receive(self, size: int, seconds: float) -> bytes:
        """The next `size` bytes from the zygote.

        Raises: WorkerDiedError if it has ended or does not write them within `seconds`.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while len(self._received) < size and not self._gone and loop.time() < end:
            self._arrival = loop.create_future()
            timer = loop.call_at(end, _wake, self._arrival)
            try:
                await self._arrival
            finally:
                timer.cancel()
        if len(self._received) < size:
            raise WorkerDiedError("the zygote is gone" if self._gone else "the zygote does not answer")
        message, self._received = self._received[:size], self._received[size:]
        return message

    async def run(self, job: SharedJob) -> Ended:
        """Run one program. Returns the answers that it gave before its process ended.

        Raises: WorkerDiedError.
        """
        return self._memory.ended(*await self._carry_out([job]))

    async def run_together(self, jobs: Sequence[SharedJob]) -> list[Ended | Again]:
        """Run several programs with the same limits in one process.

        Returns a result for each program that ended there, and for the others how to repeat them.
        Raises: WorkerDiedError.
        """
        _, _, seconds = await self._carry_out(jobs)
        return self._memory.ended_together(len(jobs), seconds)

    async def _carry_out(self, jobs: Sequence[SharedJob]) -> tuple[int, int, float]:
        message = self._memory.put(jobs)
        try:
            self._control.sendall(message)  # the socket's buffer is larger than any task
        except OSError:
            raise WorkerDiedError("the zygote is gone") from None
        limit = sum(job.call_s + job.program_s for job in jobs) + HANG_S
        message = await self._receive(channel.ENDED.size, limit)
        code, killed, seconds = channel.ENDED.unpack(message)
        return code, killed, seconds

    @property
    def pid(self) -> int:
        """The zygote's process id; 0 before the start."""
        return self._process.pid if self._process else 0

    def kill(self) -> None:
        """End the zygote immediately; its child dies with it."""
        with contextlib.suppress(RuntimeError):  # the event loop has ended
            asyncio.get_running_loop().remove_reader(self._control)
        self._control.close()
        if self._process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._memory.close()
