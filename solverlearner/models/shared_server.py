"""Shared server: one server of a machine for all runs that give the same command, whichever of them starts it."""

import asyncio
import fcntl
import hashlib
import json
import os
import tempfile
from io import FileIO
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.files import read_json, write_json
from solverlearner.models import server_watch
from solverlearner.models.server_process import Command, address_at, free_port, last_lines, watched

_LOOK_AGAIN_S = 0.02
_STARTS_S = 30.0


class SharedServer:
    """A server that this process uses, and others may. It ends when nobody has used it for a while.

    Its folder is the user's own, in the temporary folder of this machine. It holds `users`, of which each run has a
    shared lock as long as it uses the server, and `alive`, which `server_watch` has locked as long as the server lives.
    The system frees locks when a process ends, so no kill leaves a server behind or ends one that is used.
    """

    def __init__(self, users: FileIO, folder: Path, log: Path) -> None:
        self._users, self._folder = users, folder
        told = read_json(folder / "server.json")
        self.log = Path(str(told.get("log", folder / "server.log")))
        self.address = address_at(int(told.get("port", 0)))
        self.of_another = self.log != log.absolute()
        """Whether another run has started it."""

    @classmethod
    async def joined(cls, command: Command, log: Path) -> "SharedServer":
        """Use the server of this command, which is started with this log where there is none. Raises: UsageError."""
        folder = _folder_of(command)
        with FileIO(folder / "start", "a") as turn:
            await _locked(turn, fcntl.LOCK_EX)  # while another run starts it
            users = FileIO(folder / "users", "a")
            try:
                await _locked(users, fcntl.LOCK_SH)  # while it ends
                if not _is_alive(folder):
                    await _started(command, folder, log)
            except BaseException:
                users.close()
                raise
            server = cls(users, folder, log)
        if server.of_another:
            with log.open("a", encoding="utf-8") as told:
                told.write(f"the server of another run is shared; its log: {server.log}\n")
        return server

    @property
    def ended(self) -> str:
        """That it has ended, with the last lines of its log; empty as long as it lives."""
        return "" if _is_alive(self._folder) else f"the shared server has ended; {self.last_lines}"

    @property
    def last_lines(self) -> str:
        """The last lines of its log, in one line, with the log's path."""
        return last_lines(self.log) if self.log.exists() else f"its log {self.log} is gone"

    async def aclose(self) -> None:
        """Use it no longer; without another user it ends after a while."""
        self._users.close()


async def _started(command: Command, folder: Path, log: Path) -> None:
    port = free_port()
    watch = watched(command, port, log, server_watch.USERS, str(folder), str(server_watch.LINGER_S))
    write_json(folder / "server.json", {"port": port, "log": str(log.absolute())})
    loop = asyncio.get_running_loop()
    until = loop.time() + _STARTS_S
    while not _is_alive(folder) and watch.poll() is None and loop.time() < until:
        await asyncio.sleep(_LOOK_AGAIN_S)


def _folder_of(command: Command) -> Path:
    """The folder of a command on this machine, or on a node of Slurm that shares one. Raises: UsageError."""
    seen = [command.text, os.path.expandvars(command.text), os.getcwd(), os.environ.get("SLURMD_NODENAME", "")]
    name = hashlib.blake2b(json.dumps(seen).encode(), digest_size=8).hexdigest()
    own = Path(tempfile.gettempdir()) / f"solverlearner-servers-{os.getuid()}"
    try:
        own.mkdir(mode=0o700, exist_ok=True)
        theirs = own.stat().st_uid != os.getuid() or own.is_symlink()
        (own / name).mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError("shared", f"cannot write {own}: {error.strerror or error}; set TMPDIR") from error
    if theirs:
        raise UsageError("shared", f"{own} belongs to another user; remove it, or set TMPDIR")
    return own / name


async def _locked(file: FileIO, kind: int) -> None:
    try:
        while not _is_free(file, kind):
            await asyncio.sleep(_LOOK_AGAIN_S)
    except OSError as error:
        problem = f"{file.name} cannot be locked ({error.strerror}); set TMPDIR to a folder on a local disk"
        raise UsageError("shared", problem) from error


def _is_free(file: FileIO, kind: int) -> bool:
    """Whether a lock of this kind could be taken; it is held then until the file is closed."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(folder: Path) -> bool:
    with FileIO(folder / "alive", "a") as file:
        return not _is_free(file, fcntl.LOCK_SH)
