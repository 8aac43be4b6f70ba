"""Stored: replies from a file in place of a model, as the calls that they answer."""

import ast
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode, fitting_rules
from solverlearner.design.setting import Setting
from solverlearner.errors import UsageError
from solverlearner.evaluation.stored_lines import (
    LOOKED_FOR,
    Refused,
    beginning,
    read_lines,
    record_of_line,
    refusals,
)
from solverlearner.models.base import Reply
from solverlearner.task import Item, Task

_MOST_NAMED = 10
_MOST_EPISODES = 2**31


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
    """The lines of a file that are of one variant, those that are refused, and how many differ in which option."""

    path: Path
    sha256: str
    lines: tuple[StoredLine, ...]
    refused: tuple[Refused, ...]
    left_out: Mapping[str, int]

    @property
    def name(self) -> str:
        """The file's name without its endings, in the place of a model's."""
        return bare_name(self.path)

    def notes(self) -> Iterator[str]:
        """Remarks on the file that a reader of the scores needs."""
        if self.left_out:
            options = ", ".join(f"{count} with another {key}" for key, count in self.left_out.items())
            lines = sum(self.left_out.values())
            yield f"{lines} lines are of another task or variant and are left out: {options}."
        yield from refusals(self.refused)


def read_replies(path: Path, task: Task, options: Mapping[str, Any]) -> StoredReplies:
    """The replies of a JSON-lines file, gzip or not, to items of `task`, whose options these are.

    A line has `input` and `response` (null: no text), and may have `episode`, `expected`, `verdict`, `task` and
    options of the task by name; a line whose task or option is another is left out. Without `episode` each line is an
    episode of its own, by its number. A line that is no such line is refused, with its number and the reason. Raises:
    UsageError where the file cannot be read or no line is left.
    """
    numbered, sha256 = read_lines(path)
    wanted = {"task": task.name, **options}
    lines: list[StoredLine] = []
    refused: list[Refused] = []
    left_out = Counter[str]()
    numbered_by_us: set[int] = set()
    for number, content in numbered:
        try:
            try:
                record = record_of_line(content, ("input", "response"))
            except ValueError as error:
                refused.append(Refused(number, str(error), beginning(content)))
                continue
            other = next((key for key in wanted if key in record and _differ(record[key], wanted[key])), None)
            if other:
                left_out[other] += 1
                continue
            lines.append(_line(number, record, task))
            if record.get("episode") is None:
                numbered_by_us.add(number)
        except ValueError as error:
            refused.append(Refused(number, str(error)))
    given = {line.episode: line.number for line in lines if line.number not in numbered_by_us}
    clashing = numbered_by_us & {*given}
    reason = 'has no "episode", and line {} gives its number as one; give one in every line'
    refused += [Refused(number, reason.format(given[number])) for number in clashing]
    kept = tuple(line for line in lines if line.number not in clashing)
    stored = StoredReplies(path, sha256, kept, tuple(sorted(refused)), left_out)
    if not kept:
        raise UsageError(f"replies={path}", _nothing_left(stored, task))
    return stored


def _nothing_left(stored: StoredReplies, task: Task) -> str:
    if not stored.refused:
        return f"none of its {sum(stored.left_out.values())} lines is of {task.name} {task.variant}"
    first, *others = stored.refused
    more = f" ({len(others)} more lines are refused, and none is left)" if others else ""
    return f"{first}{more}; looked for {LOOKED_FOR}"


def _differ(theirs: Any, ours: Any) -> bool:
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (theirs, ours))
    return bool(theirs != ours) if numbers else str(theirs) != str(ours)


def bare_name(path: Path) -> str:
    """A file's name without its endings."""
    return path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".json")


def _line(number: int, record: Mapping[str, Any], task: Task) -> StoredLine:
    response, verdict, episode = record["response"], record.get("verdict"), record.get("episode")
    episode = number if episode is None else episode
    if not isinstance(response, str | None):
        raise ValueError(f'"response" must be text or null, not {_short(response)}')
    if not isinstance(verdict, bool | None):
        raise ValueError(f'"verdict" must be true or false, not {_short(verdict)}')
    if isinstance(episode, float) and episode.is_integer():
        episode = int(episode)
    if type(episode) is not int or not 0 <= episode < _MOST_EPISODES:
        raise ValueError(f'"episode" must be a whole number from 0 to 2147483647, not {_short(episode)}')
    item = _item(record["input"], task)
    if "expected" in record and record["expected"] != item.expected:
        theirs, ours = _short(record["expected"]), _short(item.expected)
        raise ValueError(f'"expected" is {theirs}, but {task.name} {task.variant} gives {ours}; is it another variant?')
    reply = Reply(response or "", "ok" if response is not None else "null")
    return StoredLine(number, episode, item, reply, verdict)


def _short(value: Any, most: int = 40) -> str:
    return json.dumps(value)[:most]


def _item(stored: Any, task: Task) -> Item:
    arguments = ast.parse(f"def {task.signature}: ...").body[0]
    try:
        x = task.load(stored)
        fits = isinstance(arguments, ast.FunctionDef) and len(x) == len(arguments.args.args)
        expected = task.rule.apply(x) if fits else None
    except (LookupError, TypeError, ValueError, AttributeError):  # a shape that the rule did not foresee
        expected = None
    if expected is None:
        raise ValueError(f"{task.name} {task.variant} takes no such input: {_short(stored, 80)}")
    return Item(x, expected)


def one_program_an_episode(stored: StoredReplies) -> StoredReplies:
    """For a setting that writes programs: all lines of an episode hold its one program, another one is refused."""
    first = {index: lines[0] for index, lines in _episodes(stored).items()}
    others = [line for line in stored.lines if line.reply != first[line.episode].reply]
    reason = "another program than line {} of the same episode"
    refused = [Refused(line.number, reason.format(first[line.episode].number)) for line in others]
    lines = tuple(line for line in stored.lines if line.reply == first[line.episode].reply)
    return replace(stored, lines=lines, refused=tuple(sorted([*stored.refused, *refused])))


def stored_calls(stored: StoredReplies, task: Task, setting: Setting) -> Iterator[tuple[Call, Reply]]:
    """The calls that the lines answer, with their replies. Their prompts and shots are unknown."""
    ideal, *others = fitting_rules(task, ())
    for index, lines in _episodes(stored).items():
        items = tuple(line.item for line in lines)
        episode = Episode(task, index, (), items, ideal, 1 + len(others), task.uncovered(()))
        if setting.writes_program:
            yield Call(task, setting, episode, None, list), lines[0].reply
        else:
            for query, line in enumerate(lines):
                yield Call(task, setting, episode, query, list), line.reply


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
