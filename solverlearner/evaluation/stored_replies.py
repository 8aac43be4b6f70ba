"""Stored: replies from a file in place of a model, as the calls that they answer."""

import ast
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode, fitting_rules
from solverlearner.design.setting import Setting
from solverlearner.errors import UsageError
from solverlearner.models.base import Reply
from solverlearner.task import Item, Task

_MOST_NAMED = 10


@dataclass(frozen=True)
class StoredLine:
    """One line of the file: the item that it answers, its reply, and somebody's verdict on it, if it has one."""

    number: int
    episode: int
    item: Item
    reply: Reply
    verdict: bool | None


@dataclass(frozen=True)
class StoredReplies:
    """The lines of a file that are of one variant; `left_out` counts the others."""

    path: Path
    sha256: str
    lines: tuple[StoredLine, ...]
    left_out: int

    @property
    def name(self) -> str:
        """The file's name without its endings, in the place of a model's."""
        return bare_name(self.path)

    def notes(self) -> Iterator[str]:
        """What a reader of the scores has to know of the file."""
        if self.left_out:
            yield f"{self.left_out} lines are of another task or variant and are left out."


def read_replies(path: Path, task: Task, options: Mapping[str, Any]) -> StoredReplies:
    """The replies of a JSON-lines file, gzip or not, to items of `task`, whose options these are.

    A line has `input` and `response` (null: no text), and may have `episode`, `expected`, `verdict`, `task` and
    options of the task by name; a line whose task or option is another is left out. Without `episode` each line is an
    episode of its own, by its number. Raises: UsageError that names the file and the line.
    """
    text, sha256 = read_text(path)
    wanted = {"task": task.name, **options}
    lines, left_out = [], 0
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines(), which also breaks at U+2028
        if not line.strip():
            continue
        try:
            record = _record(line)
            if any(key in record and str(record[key]) != str(value) for key, value in wanted.items()):
                left_out += 1
            else:
                lines.append(_line(number, record, task))
        except ValueError as error:
            raise UsageError(f"replies={path}", f"line {number}: {error}") from None
    if not lines:
        raise UsageError(f"replies={path}", f"none of its {left_out} lines is of {task.name} {task.variant}")
    return StoredReplies(path, sha256, tuple(lines), left_out)


def read_text(path: Path) -> tuple[str, str]:
    """A text file, gzip or not, and the SHA-256 of its bytes. Raises: UsageError."""
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content).decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise UsageError(f"replies={path}", f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    return text, hashlib.sha256(content).hexdigest()


def bare_name(path: Path) -> str:
    """A file's name without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json")


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(record, dict):
        raise ValueError('must be an object with "input" and "response"')
    for key in ("input", "response"):
        if key not in record:
            raise ValueError(f'has no "{key}"')
    return record


def _line(number: int, record: Mapping[str, Any], task: Task) -> StoredLine:
    response, verdict, episode = record["response"], record.get("verdict"), record.get("episode", number)
    if not isinstance(response, str | None):
        raise ValueError(f'"response" must be text or null, not {json.dumps(response)[:40]}')
    if not isinstance(verdict, bool | None):
        raise ValueError(f'"verdict" must be true or false, not {json.dumps(verdict)[:40]}')
    if type(episode) is not int:
        raise ValueError(f'"episode" must be a whole number, not {json.dumps(episode)[:40]}')
    item = _item(record["input"], task)
    if "expected" in record and record["expected"] != item.expected:
        theirs, ours = json.dumps(record["expected"])[:40], json.dumps(item.expected)[:40]
        raise ValueError(f'"expected" is {theirs}, but {task.name} {task.variant} gives {ours}; is it another variant?')
    reply = Reply(response or "", "ok" if response is not None else "null")
    return StoredLine(number, episode, item, reply, verdict)


def _item(stored: Any, task: Task) -> Item:
    arguments = ast.parse(f"def {task.signature}: ...").body[0]
    try:
        x = task.load(stored)
        fits = isinstance(arguments, ast.FunctionDef) and len(x) == len(arguments.args.args)
        expected = task.rule.apply(x) if fits else None
    except (LookupError, TypeError, ValueError, AttributeError):  # a shape that the rule did not foresee
        expected = None
    if expected is None:
        raise ValueError(f"{task.name} {task.variant} takes no such input: {json.dumps(stored)[:80]}")
    return Item(x, expected)


def stored_calls(stored: StoredReplies, task: Task, setting: Setting) -> Iterator[tuple[Call, Reply]]:
    """The calls that the lines answer, with their replies. What the model was asked and shown, nobody knows.

    In a setting that writes programs, all lines of an episode hold its one program. Raises: UsageError otherwise.
    """
    ideal, *others = fitting_rules(task, ())
    for index, lines in _episodes(stored).items():
        items = tuple(line.item for line in lines)
        episode = Episode(task, index, (), items, ideal, 1 + len(others), task.uncovered(()))
        if not setting.writes_program:
            for query, line in enumerate(lines):
                yield Call(task, setting, episode, query, list), line.reply
            continue
        for line in lines[1:]:
            if line.reply != lines[0].reply:
                problem = f"line {line.number}: another program than line {lines[0].number} of the same episode"
                raise UsageError(f"replies={stored.path}", problem)
        yield Call(task, setting, episode, None, list), lines[0].reply


@dataclass(frozen=True)
class Agreement:
    """Our verdicts beside the stored ones: rows that have one, those right by ours and by theirs, lines that differ."""

    rows: int
    ours: int
    theirs: int
    differ: tuple[int, ...]

    def record(self) -> dict[str, Any]:
        """As plain values."""
        return {"rows": self.rows, "ours": self.ours, "theirs": self.theirs, "lines_that_differ": list(self.differ)}

    def lines(self) -> Iterator[str]:
        """As text: nothing where no row has a verdict."""
        if not self.rows:
            return
        same = self.rows - len(self.differ)
        yield f"Agreement with the stored verdicts: {same} of {self.rows} rows ({100 * same / self.rows:.2f} %)."
        yield f"Right by our verdicts {self.ours / self.rows:.4f}, by the stored ones {self.theirs / self.rows:.4f}."
        if self.differ:
            more = f" and {len(self.differ) - _MOST_NAMED} more" if len(self.differ) > _MOST_NAMED else ""
            yield f"Lines with another verdict: {', '.join(map(str, self.differ[:_MOST_NAMED]))}{more}"


def agreement(stored: StoredReplies, correct: Mapping[tuple[int, int], bool]) -> Agreement:
    """Our verdicts, by episode and query, beside those of the file."""
    both = [
        (line.number, correct[index, query], line.verdict)
        for index, lines in _episodes(stored).items()
        for query, line in enumerate(lines)
        if line.verdict is not None
    ]
    ours, theirs = (sum(verdicts) for verdicts in ([row[1] for row in both], [row[2] for row in both]))
    return Agreement(len(both), ours, theirs, tuple(number for number, our, their in both if our != their))


def _episodes(stored: StoredReplies) -> dict[int, list[StoredLine]]:
    episodes: dict[int, list[StoredLine]] = {}
    for line in stored.lines:
        episodes.setdefault(line.episode, []).append(line)
    return episodes
