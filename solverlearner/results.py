"""Results: a run's folder. Replies as they come, rows derived from them, and what the run was."""

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from solverlearner.errors import RunStopped, UsageError
from solverlearner.model import Reply
from solverlearner.prompt import Message
from solverlearner.score import Status
from solverlearner.task import JSON


@dataclass(frozen=True)
class Row:
    """One query in one setting: what was asked, what came back, what became of it.

    `ideal` and `default_world` are the answers of the two references that need no model. `seconds` is the call's
    latency; a program's call serves all queries of its episode, so its tokens and seconds stand in each of their rows.
    `corrupted` counts the episode's wrong shots. A comprehension check (setting "check") has no references.
    """

    task: str
    variant: str
    setting: str
    model: str
    seed: int
    episode: int
    query: int
    input: JSON
    expected: JSON
    status: Status
    value: JSON
    correct: bool | None
    recited: bool
    message: str
    unstable: str
    ambiguity: int
    uncovered: str | None
    corrupted: int
    ideal: JSON
    ideal_correct: bool
    default_world: JSON
    default_world_correct: bool
    program: str | None
    prompt: Sequence[Message]
    reply: str | None
    reply_state: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    seconds: float | None


@dataclass
class RunFolder:
    """An open run folder. `replies` holds what earlier runs of the same configuration were already answered.

    Files: `replies.jsonl` (the journal, appended to as replies come and never rewritten), `rows.jsonl` (derived from
    it), `config.json`, `manifest.json`, `summary.json`.
    """

    path: Path
    replies: dict[str, Reply]
    _journal: FileIO = field(repr=False)
    _rows: FileIO = field(repr=False)

    def keep_reply(self, call_id: str, reply: Reply) -> None:
        """Append a reply to the journal; it is the system's to keep when this returns, whatever becomes of us."""
        self.replies[call_id] = reply
        _append(self._journal, _line({"id": call_id, **asdict(reply)}))

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call."""
        _append(self._rows, "".join(_line(asdict(row)) for row in rows))

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file whole or not at all."""
        _replace(self.path / name, json.dumps(content, indent=2, ensure_ascii=False) + "\n")

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of an earlier run of this configuration; empty where there is none."""
        try:
            content = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def sort_rows(self) -> None:
        """Bring the rows, which came as calls ended, into the order setting, episode, query."""
        lines = (self.path / "rows.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        keys = [(row["setting"], row["episode"], row["query"]) for row in map(json.loads, lines)]
        _replace(self.path / "rows.jsonl", "".join(line for _, line in sorted(zip(keys, lines, strict=True))))


def folder_name(config: Mapping[str, Any], label: str) -> str:
    """A name that the same configuration always gets: the readable label and a hash of what changes answers."""
    canonical = json.dumps(config, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    readable = re.sub(r"[^\w.-]+", "-", label)
    return f"{readable}-{hashlib.blake2b(canonical.encode(), digest_size=4).hexdigest()}"


@contextmanager
def open_folder(results: Path, name: str, config: Mapping[str, Any]) -> Iterator[RunFolder]:
    """The run's folder, new or gone on with, locked against a second writer.

    Raises: UsageError where it cannot be opened or another process is writing it, RunStopped where the disk fails
    later.
    """
    path = results / name
    with ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
            _lock(stack.enter_context(FileIO(path / ".lock", "w")), path)
            replies = _read_journal(path / "replies.jsonl")
            journal = stack.enter_context(FileIO(path / "replies.jsonl", "a"))
            rows = stack.enter_context(FileIO(path / "rows.jsonl", "w"))
            folder = RunFolder(path, replies, journal, rows)
            folder.write("config.json", config)
        except OSError as error:
            raise UsageError(f"results={results}", f"cannot write {path}: {error.strerror or error}") from error
        try:
            yield folder
        except OSError as error:
            problem = f"cannot write {path}: {error.strerror or error}; the same command goes on from there"
            raise RunStopped(problem) from error


def _lock(file: FileIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UsageError(f"results={path}", "another process is writing this run; wait for it or stop it") from None


def _read_journal(path: Path) -> dict[str, Reply]:
    """The replies so far. A torn last line, left by a kill or a full disk, is cut off."""
    replies: dict[str, Reply] = {}
    if not path.exists():
        return replies
    good = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            try:
                record = json.loads(line)
                call_id = record.pop("id")
                replies[call_id] = Reply(**record)
            except (ValueError, TypeError, KeyError):
                problem = f"has a line that is no reply after {len(replies)} good ones; move this folder away"
                raise UsageError(str(path), problem) from None
            good += len(line)
    os.truncate(path, good)
    return replies


def _append(file: FileIO, text: str) -> None:
    """Unbuffered whole lines, in one write as a rule; where only a part fits on the disk, none of it stays."""
    rest = text.encode()
    size = os.fstat(file.fileno()).st_size
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        os.truncate(file.fileno(), size)
        raise


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
