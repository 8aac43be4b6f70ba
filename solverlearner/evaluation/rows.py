"""Rows: one a query in one setting, as JSON lines, derived from the journal."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from solverlearner.design.verdict import QueryStatus
from solverlearner.files import whole_file
from solverlearner.inference.journal import append, line_of
from solverlearner.models.question import Message
from solverlearner.task import JSON

Key = tuple[str, int, int, int]
"""Setting, episode, query, sample: what a row is known by."""


@dataclass(frozen=True)
class Row:
    """One sample of one query in one setting: what was asked, what came back, what became of it.

    `rule` is the hidden one's name. `ideal` and `default_world` are the answers of the two references that need no
    model; of a real function there are none, and no `ambiguity`. `seconds` is the call's latency; a program's call
    serves all queries of its episode, so its tokens and seconds stand in each of their rows. Where a program took
    several `calls`, those are of all of them, `prompt` is the whole conversation, `reply` the last one, `program` the
    one that counts; `own_rule` is the model's, in words, that it or the answer goes by. `shots_right`: of the `shots`
    that the program was written from, those that it gives right; None for what was not written from shots.
    `corrupted` counts the episode's wrong shots. A comprehension check (setting "check") has no references.
    `reply_state` is "api_error" where no reply came; `message` then holds the endpoint's words.
    """

    setting: str
    episode: int
    query: int
    sample: int
    status: QueryStatus
    task: str
    variant: str
    rule: str
    model: str
    seed: int
    input: JSON
    expected: JSON
    value: JSON
    correct: bool | None
    recited: bool
    message: str
    unstable: str
    ambiguity: int | None
    uncovered: str | None
    corrupted: int
    ideal: JSON
    ideal_correct: bool | None
    default_world: JSON
    default_world_correct: bool | None
    program: str | None
    prompt: Sequence[Message]
    reply: str | None
    reply_state: str
    reasoning: str | None
    prompt_tokens: int | None
    completion_tokens: int | None
    reasoning_tokens: int | None
    cached_tokens: int | None
    seconds: float | None
    calls: int = 1
    own_rule: str | None = None
    shots: int | None = None
    shots_right: int | None = None


# The first five fields of a row stand at the beginning of its line, so that it is known without parsing the rest.
_HEAD = re.compile(rb'\{"setting": "(\w+)", "episode": (\d+), "query": (\d+), "sample": (\d+), "status": "(\w+)"')


class RowFile:
    """An open `rows.jsonl`. Rows come as calls end; where two have the same key, the later one counts.

    `keep`: go on with the rows that are there, of which `scored` then counts the answered ones by setting and
    episode and the queries that have one; else begin anew. A torn last line is cut off. Raises: OSError.
    """

    def __init__(self, path: Path, *, keep: bool) -> None:
        self.path = path
        self._file = FileIO(path, "a+")
        if not keep:
            os.truncate(self._file.fileno(), 0)
        self.scored: set[Key] = set()
        self._size = 0
        for key, answered, _, length in _lines(path):
            self._size += length
            if answered:
                self.scored.add(key)
        os.truncate(self._file.fileno(), self._size)

    def add(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call."""
        self._size = append(self._file, "".join(line_of(vars(row)) for row in rows), self._size)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def sort(self) -> None:
        """Bring the rows into the order of their keys, one a key; memory is for their keys only."""
        places = {key: (offset, length) for key, _, offset, length in _lines(self.path)}
        with whole_file(self.path) as ordered:
            for _, (offset, length) in sorted(places.items()):
                ordered.write(os.pread(self._file.fileno(), length, offset))
        self._file.close()
        self._file = FileIO(self.path, "a+")


def key_of(line: bytes) -> Key | None:
    """What the row on this line is known by; None for a torn line and for one that is no row of this version."""
    head = _head(line)
    return head[0] if head else None


def _head(line: bytes) -> tuple[Key, bool] | None:
    """Its key, and whether it is answered."""
    head = _HEAD.match(line) if line.endswith(b"\n") else None
    if head is None:
        return None
    setting, *numbers, status = head.groups()
    episode, query, sample = map(int, numbers)
    return (setting.decode(), episode, query, sample), status != b"unanswered"


def _lines(path: Path) -> Iterator[tuple[Key, bool, int, int]]:
    """Key, whether it is answered, offset and length in bytes of every whole line, up to the first that is no row."""
    offset = 0
    with path.open("rb") as file:
        for line in file:
            head = _head(line)
            if head is None:
                return
            yield *head, offset, len(line)
            offset += len(line)


def read_rows(folder: Path) -> Iterator[dict[str, Any]]:
    """The rows of a run folder, one by one."""
    with (folder / "rows.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
