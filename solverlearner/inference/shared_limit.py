"""Shared limit: the requests and tokens a minute of one account, shared by all processes that name the same file.

A token bucket in the form of the generic cell rate algorithm (ITU-T I.371): the file holds the times up to which the
account's limits of requests and tokens are used. A process locks the file for the moment in which it moves these times
on, and then waits, without the lock, for its own turn. A process that dies leaves no lock, and only the turns that it
had not used are lost. It works on any disk whose locks hold between the machines, whose clocks must agree.

Some disks keep locks to each machine, and say so to nobody. There one machine's turns overwrite another's. So each turn
leaves a random mark, and the file keeps the last marks. A process whose mark is no longer among them knows it.
"""

import asyncio
import errno
import fcntl
import os
import random
import struct
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from solverlearner.errors import RunStopped, UsageError
from solverlearner.files import lock

_MINUTE_S = 60.0
_MARKS = 128
_HEAD = struct.Struct("<ddQQ")  # the two times, a number of this file, the number of turns; then come the marks
_MARK = 8
_SIZE = _HEAD.size + _MARKS * _MARK
_FARTHEST_S = 86_400.0  # a time farther ahead comes from a wrong clock
_LOOK_AGAIN_S = 0.002
_OPEN_AGAIN_S = 1.0
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
        self._begun, self._turn, self._mark = 0, 0, b""  # our last turn
        self._opened = 0.0

    async def acquire(self, tokens: float) -> None:
        """Wait for the turn of one request of so many tokens.

        Raises: RunStopped where the file stays locked, or its disk keeps locks to each machine.
        """
        wait = await self._reserved(tokens)
        if wait > 0:
            await asyncio.sleep(wait)

    async def _reserved(self, tokens: float) -> float:
        """Take the next turn; gives the seconds until it comes."""
        await self._locked()
        try:
            now = time.time()
            content = self._read()
            requests, used, begun, turns = _HEAD.unpack_from(content)
            requests, used = _plausible(requests, now), _plausible(used, now)
            turn = now
            if self._rpm:
                turn = max(turn, requests)
                requests = turn + _MINUTE_S / self._rpm
            if self._tpm:
                used = max(now, used) + tokens * _MINUTE_S / self._tpm
                turn = max(turn, used - _MINUTE_S)
            self._begun, self._turn, self._mark = begun, (turns + 1) % 2**63, random.randbytes(_MARK)
            _HEAD.pack_into(content, 0, requests, used, begun, self._turn)
            content[self._place] = self._mark
            self._file.seek(0)
            self._file.write(content)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)
        return turn - now

    @property
    def _place(self) -> slice:
        """Where the mark of our last turn stands."""
        start = _HEAD.size + self._turn % _MARKS * _MARK
        return slice(start, start + _MARK)

    def _read(self) -> bytearray:
        """The file; a new one where it holds too little. Raises: RunStopped where our last turn is lost."""
        content = bytearray(self._content())
        if len(content) < _SIZE:
            content = bytearray(_SIZE)
            _HEAD.pack_into(content, 0, 0.0, 0.0, random.getrandbits(64), 0)
        _, _, begun, turns = _HEAD.unpack_from(content)
        newer = turns - self._turn
        kept = newer >= _MARKS or (newer >= 0 and content[self._place] == self._mark)
        if self._mark and begun == self._begun and not kept:
            lost = "another machine has overwritten a turn, so this disk keeps locks to each machine"
            fix = "mount it with locks that hold between them, or give each machine a file and its part of rpm and tpm"
            raise RunStopped(f"shared_limit={self._path}: {lost}; {fix}; the same command goes on from there")
        return content

    def _content(self) -> bytes:
        """The bytes of the file. Once a second it is opened anew: an open one may show a machine's own turns alone."""
        if (now := time.monotonic()) > self._opened + _OPEN_AGAIN_S:
            self._opened = now
            with suppress(FileNotFoundError), FileIO(self._path) as anew:
                if os.path.sameopenfile(anew.fileno(), self._file.fileno()):
                    return anew.read(_SIZE) or b""
        self._file.seek(0)
        return self._file.read(_SIZE) or b""

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


def _plausible(until: float, now: float) -> float:
    return until if until < now + _FARTHEST_S else 0.0  # false for nan, too
