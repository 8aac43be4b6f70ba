"""Reply cache: replies in the journals of all runs in a results folder, found by the request that was sent.

A reply lies once, in the journal of the run that asked for it. `.replies.sqlite` is an index over those journals and no
more: it is brought up to date as a run begins, from what was appended since, and may be deleted at any time. Nothing is
written to it while a run goes on, so jobs that share a results folder on a network disk do not depend on its locks.
"""

import contextlib
import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from solverlearner.inference.journal import Record, record_at, record_of, reply_of
from solverlearner.models.base import Reply, Request
from solverlearner.models.question import Question

KEPT = ("ok", "truncated")
"""States of the replies that other runs use; a call with a withheld or empty reply is made again."""

_INDEX = ".replies.sqlite"
_log = logging.getLogger(__name__)
_TABLES = """
CREATE TABLE IF NOT EXISTS folders (id INTEGER PRIMARY KEY, name TEXT UNIQUE, file INTEGER, size INTEGER);
CREATE TABLE IF NOT EXISTS replies (key BLOB PRIMARY KEY, folder INTEGER, offset INTEGER) WITHOUT ROWID;
"""


class ReplyCache:
    """The replies of all runs under `results`.

    Raises: sqlite3.Error, OSError where the index can neither be read nor made.
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        self._index = self._caught_up()
        # A run's own replies come in only as the next one begins, so an empty index stays so: no need to look.
        self._empty = self._index.execute("SELECT 1 FROM replies LIMIT 1").fetchone() is None

    def find(self, request: Request) -> tuple[Reply, str] | None:
        """The kept reply to the same request and the name of the run folder that it lies in.

        One that is no longer where the index says is a miss.
        """
        if self._empty:
            return None
        select = "SELECT name, offset FROM replies JOIN folders ON folders.id = folder WHERE key = ?"
        try:
            place = self._index.execute(select, (bytes.fromhex(request.key),)).fetchone()
        except sqlite3.Error as error:  # the file was damaged since; the next run makes it anew
            self._empty = True
            _log.warning("replies of other runs are not looked for any more: %s: %s", self.results / _INDEX, error)
            return None
        if place is None:
            return None
        with contextlib.suppress(OSError, ValueError, TypeError, OverflowError):  # a damaged index says anything
            record = _record_in(_journal(self.results / place[0]), place[1])
            if record.get("key") == request.key and record.get("state") in KEPT:
                return reply_of(record), place[0]
        return None

    def close(self) -> None:
        """Let go of the index."""
        self._index.close()

    def _caught_up(self) -> sqlite3.Connection:
        """The index, up to date; one that is damaged is made anew."""
        path = self.results / _INDEX
        for last in (False, True):
            self._index = _opened(path)
            try:
                with self._index:
                    self._catch_up()
                return self._index
            except sqlite3.OperationalError:
                self._index.close()
                raise
            except (sqlite3.DatabaseError, TypeError, ValueError, OverflowError):
                self._index.close()
                if last:
                    raise
                path.unlink(missing_ok=True)
        raise AssertionError("the second round returns or raises")

    def _catch_up(self) -> None:
        known = {name: (file, size) for name, file, size in self._index.execute("SELECT name, file, size FROM folders")}
        there = {folder.name: os.stat(_journal(folder)) for folder in _folders(self.results)}
        if any(name not in there or there[name].st_ino != file or there[name].st_size < size
               for name, (file, size) in known.items()):  # fmt: skip
            # A journal is gone or is another one. What it held may lie in later journals, too: begin anew.
            self._index.execute("DELETE FROM replies")
            self._index.execute("DELETE FROM folders")
            known = {}
        damaged: list[tuple[str, int]] = []
        for name, status in there.items():
            size = known.get(name, (0, 0))[1]
            if size < status.st_size:
                damaged += self._read_on(name, status.st_ino, size)
        if damaged:
            told = "%s: %d damaged lines in journals are left out of the reply cache, the first in %s at byte %d"
            _log.warning(told, self.results, len(damaged), *damaged[0])

    def _read_on(self, name: str, file: int, start: int) -> list[tuple[str, int]]:
        """Index what a journal holds from `start` on. Gives its folder and the offset of each damaged line."""
        insert = "INSERT OR IGNORE INTO folders (name, file, size) VALUES (?, ?, 0)"
        self._index.execute(insert, (name, file))
        number = self._index.execute("SELECT id FROM folders WHERE name = ?", (name,)).fetchone()[0]
        size = start
        damaged: list[tuple[str, int]] = []

        def rows() -> Iterator[tuple[bytes, int, int]]:
            nonlocal size
            for end, offset, record in _whole_lines(_journal(self.results / name), start):
                size = end
                if not record:
                    damaged.append((name, offset))
                elif "key" in record and record.get("state") in KEPT:
                    yield bytes.fromhex(record["key"]), number, offset

        self._index.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", rows())
        self._index.execute("UPDATE folders SET size = ? WHERE id = ?", (size, number))
        return damaged


@contextlib.contextmanager
def opened_cache(results: Path, *, wanted: bool) -> Iterator[ReplyCache | None]:
    """The cache, open during a run; None if it is off or, with a warning, cannot be opened."""
    store = None
    if wanted:
        try:
            store = ReplyCache(results)
        except (sqlite3.Error, OSError) as error:
            told = "replies of other runs are not looked for (cache=off saves the attempt): %s: %s"
            _log.warning(told, results / _INDEX, error)
    try:
        yield store
    finally:
        if store:
            store.close()


def kept_where(results: Path, request: Request | None, call: Question) -> str:
    """Which run under `results` keeps a reply to a call, or why none does: how the nearest request differs."""
    if request is None:
        return "not kept for other runs: this model has no requests, or its weights are not here yet"
    if not results.is_dir():
        return f"none is kept: there is no folder {results}"
    try:
        with contextlib.closing(ReplyCache(results)) as store:
            found = store.find(request)
    except (sqlite3.Error, OSError) as error:
        return f"not known: {results / _INDEX} cannot be brought up to date ({error}); give a folder you may write to"
    return f"kept in {found[1]}" if found else f"none is kept: {_why_not(results, request, call)}"


def _why_not(results: Path, request: Request, call: Question) -> str:
    prompt = call.id.rpartition("/")[2]
    wanted = request.parameters
    nearest: tuple[int, str] | None = None
    for folder in _folders(results):
        for _, _, record in _whole_lines(_journal(folder), 0):
            if "request" not in record or str(record["id"]).rpartition("/")[2] != prompt:
                continue
            if record["key"] == request.key:
                return f"{folder.name} sent the same, but got {record.get('state', 'no reply')}"
            differ = _differences(record["request"], wanted)
            if nearest is None or len(differ) < nearest[0]:
                nearest = len(differ), f"{folder.name} sent the same messages, but {'; '.join(differ)}"
    return nearest[1] if nearest else "no run here sent these messages"


def _differences(there: Record, here: Record) -> list[str]:
    return [
        f"{name}={json.dumps(there.get(name))} there, {json.dumps(here.get(name))} here"
        for name in sorted({*there, *here})
        if there.get(name) != here.get(name)
    ]


def _opened(path: Path) -> sqlite3.Connection:
    try:
        return _connected(path)
    except sqlite3.OperationalError:  # locked, read-only, no disk: not the file's fault
        raise
    except sqlite3.DatabaseError:  # no index at all; it is made again
        path.unlink()
        return _connected(path)


def _connected(path: Path) -> sqlite3.Connection:
    index = sqlite3.connect(path, timeout=10)
    try:
        index.execute("PRAGMA synchronous = OFF")
        index.executescript(_TABLES)
    except sqlite3.Error:
        index.close()
        raise
    return index


def _journal(folder: Path) -> Path:
    return folder / "replies.jsonl"


def _folders(results: Path) -> Iterator[Path]:
    with os.scandir(results) as entries:
        yield from sorted(Path(entry.path) for entry in entries if _journal(Path(entry.path)).is_file())


def _whole_lines(path: Path, start: int) -> Iterator[tuple[int, int, Record]]:
    """End, offset and record of each whole line from `start` on; empty for a line that is none."""
    with path.open("rb") as file:
        file.seek(start)
        offset = start
        for line in file:
            if not line.endswith(b"\n"):
                return
            end = offset + len(line)
            yield end, offset, record_of(line)
            offset = end


def _record_in(path: Path, offset: int) -> Record:
    with path.open("rb") as file:
        return record_at(file.fileno(), offset)
