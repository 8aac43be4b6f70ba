"""Journal: every finished attempt at a call, a JSON line each, appended as it ends and never rewritten."""

import asyncio
import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import fields
from io import FileIO
from pathlib import Path
from typing import Annotated, Any, TypedDict

import msgspec

from solverlearner.errors import warn
from solverlearner.json_text import line_of
from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.question import Question
from solverlearner.models.tokens import Tokens, tokens_of_record

_SYNC_EVERY_S = 0.5
_REPLY = tuple((field.name, field.default) for field in fields(Reply))

Record = dict[str, Any]
"""A line. A session: `session` (UTC). An attempt: `id`, `at` (Unix seconds of its end), `attempt` from 1, `key` and
`request` (all that was sent but the messages) where there is one, and a reply's fields or `error` and `status`.
`from` names the run folder that a reply was taken from instead of being asked for."""


class Journal:
    """An open journal. A torn last line, left by a kill or a full disk, is cut off when its records are read.

    `check` raises where this process may not write any more. Raises: OSError, and what `check` raises.
    """

    def __init__(self, path: Path, check: Callable[[], None] = lambda: None) -> None:
        self.path = path
        self._check = check
        self._file = FileIO(path, "a+")
        self._size = os.fstat(self._file.fileno()).st_size
        self._synced = self._size

    def records(self) -> Iterator[tuple[int, Record]]:
        """All records with their lines' offsets in bytes; cuts the torn line off at the end.

        A damaged line stays in the file and is no record; a line that stands there twice counts once. A warning names
        the first damaged line.
        """
        offset = 0
        damaged: list[int] = []
        seen: set[bytes] = set()
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                if record := record_of(line):
                    digest = hashlib.blake2b(line, digest_size=12).digest()
                    if digest not in seen:
                        seen.add(digest)
                        yield offset, record
                else:
                    damaged.append(number)
                offset += len(line)
        if damaged:
            told = f"{len(damaged)} damaged lines, the first is line {damaged[0]}; their calls are made again"
            warn(f"{self.path}: {told}")
        if offset != self._size:
            os.truncate(self._file.fileno(), offset)
            self._size = offset

    def read(self, offset: int) -> Record:
        """The line that begins there."""
        return record_at(self._file.fileno(), offset)

    def begin(self) -> Record:
        """Note that a session begins: the times of its attempts count from here."""
        record = {"session": round(time.time(), 3)}
        self._append(record)
        return record

    def keep(
        self,
        call: Question,
        request: Request | None,
        attempt: int,
        came: Reply | ProviderError,
        source: str | None = None,
    ) -> tuple[int, Record]:
        """Append an attempt; it is the system's to keep when this returns, whatever becomes of us.

        `source` names the folder that the reply comes from where it was not asked for now. Gives the line's offset.
        """
        record: Record = {"id": call.id, "at": round(time.time(), 3), "attempt": attempt}
        if request is not None:
            record["key"] = request.key
            record["request"] = request.parameters
        if source:
            record["from"] = source
        if isinstance(came, Reply):
            record |= {name: _plain(value) for name, default in _REPLY if (value := getattr(came, name)) != default}
            record["state"] = came.state
        else:
            record |= {"error": str(came), "status": came.status}
        offset = self._size
        self._append(record)
        return offset, record

    async def keep_synced(self) -> None:
        """Bring what was appended to the disk twice a second, in a thread; runs until it is cancelled."""
        while True:
            await asyncio.sleep(_SYNC_EVERY_S)
            if self._synced != self._size:
                self._synced = self._size
                await asyncio.to_thread(os.fsync, self._file.fileno())

    def close(self) -> None:
        """Bring everything to the disk and let go of the file."""
        if self._synced != self._size:
            os.fsync(self._file.fileno())
        self._file.close()

    def _append(self, record: Record) -> None:
        self._check()
        self._size = append(self._file, line_of(record), self._size)


def record_of(line: bytes) -> Record:
    """A line as a record whose fields have their types; empty for a damaged line and for one of another kind."""
    try:
        record: Record = {**_decode(line)}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:  # msgspec takes no half of a surrogate pair, which json does
            record = {**msgspec.convert(json.loads(line), _Line)}
        except (ValueError, RecursionError):
            return {}
    is_session = "session" in record and not {"id", "state", "error"} & record.keys()
    return record if is_session or _is_attempt(record) else {}


def readable(line: bytes) -> bytes:
    """A line of ours as JSON that strict readers take as well.

    A half of a surrogate pair, which UTF-8 has no bytes for, becomes the replacement character U+FFFD. A number that
    JSON has not (nan, inf) or that Python does not read (more than 4,300 characters) becomes null. Raises: ValueError
    if the line is no JSON, RecursionError.
    """
    value = json.loads(line, parse_constant=lambda _: None, parse_float=_finite, parse_int=_short_int)
    text = json.dumps(value, ensure_ascii=False)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _finite(digits: str) -> float | None:
    return number if math.isfinite(number := float(digits)) else None


def _short_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= 4300 else None


def reply_of(record: Record) -> Reply:
    """The reply of an attempt that got one."""
    told = {name: record[name] for name, _ in _REPLY[1:] if name in record}
    if told.get("tokens"):
        told["tokens"] = tokens_of_record(told["tokens"])
    return Reply(record.get("text", ""), **told)


def _plain(value: Any) -> Any:
    return value.record if isinstance(value, Tokens) else value


def record_at(descriptor: int, offset: int) -> Record:
    """The line of an open journal that begins at `offset`. Raises: ValueError where none does."""
    line, size = b"", 8192
    while not line.endswith(b"\n"):
        part = os.pread(descriptor, size, offset + len(line))
        if not part:
            raise ValueError("no whole line begins there")
        end = part.find(b"\n")
        line += part if end < 0 else part[: end + 1]
        size *= 4
    if not (record := record_of(line)):
        raise ValueError("no record begins there")
    return record


def append(file: FileIO, lines: bytes, size: int) -> int:
    """Append whole lines to an unbuffered file of `size` bytes, in one write as a rule; gives its new size.

    Where only a part fits on the disk, none of it stays. Raises: OSError.
    """
    rest = lines
    end = size + len(rest)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        os.truncate(file.fileno(), size)
        raise
    return end


_Count = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e12)]
_Probability = Annotated[float, msgspec.Meta(ge=0, le=1.001)]


class _Tokens(TypedDict):
    chosen: list[float]
    mean: dict[str, _Probability]
    tail: _Probability


_Line = TypedDict(
    "_Line",
    {
        "session": _Seconds, "id": str, "at": _Seconds, "attempt": _Count, "from": str, "error": str,
        "key": Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")], "request": dict[str, Any],
        "status": int | None, "text": str, "state": str, "seconds": _Seconds, "reported_model": str | None,
        "reasoning": str | None, "batch": str | None, "prompt_tokens": _Count | None,
        "completion_tokens": _Count | None, "reasoning_tokens": _Count | None, "cached_tokens": _Count | None,
        "tokens": _Tokens | None,
    },
    total=False,
)  # fmt: skip
_decode = msgspec.json.Decoder(_Line).decode


def _is_attempt(record: Record) -> bool:
    """Whether a line tells how an attempt at a call ended, and all that every such line tells."""
    told = "session" not in record and {"id", "at"} <= record.keys() and ("key" in record) == ("request" in record)
    return told and ("state" in record or {"error", "status"} <= record.keys())
