"""Shared limit: the requests and tokens a minute of one account, shared by all processes that name the same file.

A token bucket in the form of the generic cell rate algorithm (ITU-T I.371): the file holds the times up to which the
account's limits of requests and tokens are used. A process locks the file for the moment in which it moves these times
on, and then waits, without the lock, for its own turn. A process that dies leaves no lock, and only the turns that it
had not used are lost. It works on any disk whose locks hold between the machines, whose clocks must agree.
"""

import asyncio
import errno
import fcntl
import random
import struct
import time
from io import FileIO
from pathlib import Path

from solverlearner.errors import RunStopped, UsageError
from solverlearner.files import lock

_MINUTE_S = 60.0
_TIMES = struct.Struct("<dd")
_FARTHEST_S = 86_400.0  # a time farther ahead comes from a wrong clock
_LOOK_AGAIN_S = 0.002
_LOCKED_S = 60.0
_BUSY = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


class SharedLimit:
    """The account's limit of `rpm` requests and `tpm` tokens a minute; null is no limit. `file` is made where missing.

    Requests are spread evenly, as endpoints count over seconds too. Of tokens a whole minute's may go at once.
    Raises: UsageError where the file cannot be written or its disk has no locks.
    """

    def __init__(self, file: Path, rpm: float | None, tpm: float | None) -> None:
        self._path, self._rpm, self._tpm = file, rpm, tpm
        try:
            with FileIO(file, "a") as probe:
                lock(probe)
        except BlockingIOError:  # another process moves the time on, so the disk has locks
            pass
        except OSError as error:
            raise UsageError(f"shared_limit={file}", f"cannot be written: {error.strerror or error}") from error
        self._file = FileIO(file, "r+")

    async def acquire(self, tokens: float) -> None:
        """Wait for the turn of one request of so many tokens. Raises: RunStopped where the file stays locked."""
        wait = await self._reserved(tokens)
        if wait > 0:
            await asyncio.sleep(wait)

    async def _reserved(self, tokens: float) -> float:
        """Take the next turn; gives the seconds until it comes."""
        await self._locked()
        try:
            now = time.time()
            requests, used = self._read(now)
            turn = now
            if self._rpm:
                turn = max(turn, requests)
                requests = turn + _MINUTE_S / self._rpm
            if self._tpm:
                used = max(now, used) + tokens * _MINUTE_S / self._tpm
                turn = max(turn, used - _MINUTE_S)
            self._file.seek(0)
            self._file.write(_TIMES.pack(requests, used))
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return turn - now

    def _read(self, now: float) -> tuple[float, float]:
        self._file.seek(0)
        content = self._file.read(_TIMES.size) or b""
        times = _TIMES.unpack(content) if len(content) == _TIMES.size else (0.0, 0.0)
        requests, used = (each if each < now + _FARTHEST_S else 0.0 for each in times)  # false for nan, too
        return requests, used

    async def _locked(self) -> None:
        until = time.monotonic() + _LOCKED_S
        while True:
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _BUSY:
                    raise
            if time.monotonic() > until:
                told = f"another process has held its lock for {_LOCKED_S:g} s; end it"
                raise RunStopped(f"shared_limit={self._path}: {told}; the same command goes on from there")
            await asyncio.sleep(_LOOK_AGAIN_S * random.uniform(0.2, 1.0))
