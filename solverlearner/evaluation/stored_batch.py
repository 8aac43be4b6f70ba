"""Batch score: the output file of a batch API, scored as the calls of the run that it answers."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from solverlearner.design.call import Call
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import CHECK
from solverlearner.errors import UsageError
from solverlearner.evaluation.stored_replies import read_text
from solverlearner.inference.batch.batch_files import came, parsed
from solverlearner.models.base import ProviderError, Reply


@dataclass(frozen=True)
class AnsweredBatch:
    """The calls that a file has lines for. `borrowed`: those of them that sent what another call with a line did."""

    path: Path
    sha256: str
    plan: Plan
    calls: tuple[Call, ...]
    replies: Mapping[str, Reply | ProviderError]
    lines: int
    unmatched: int
    borrowed: int

    def notes(self) -> Iterator[str]:
        """What a reader of the scores has to know of the file."""
        failed = sum(isinstance(self.replies[call.id], ProviderError) for call in self.calls)
        drawn = f"{len(self.calls)} of the {self.plan.calls} calls that these options draw in its settings"
        yield f"{self.lines - self.unmatched} of {self.lines} lines answer {drawn}; the other calls are left out."
        if self.unmatched:
            yield f"{self.unmatched} lines answer none: are episodes, shots, seed and the others those of the run?"
        if self.borrowed:
            yield f"{self.borrowed} calls have the reply to the same prompt in another episode."
        if failed:
            yield f"{failed} calls failed in the batch and are unanswered."


def is_batch(path: Path) -> bool:
    """Whether a file is what a batch API gives back: its first line has a `custom_id`."""
    try:
        with path.open("rb") as file:
            opened = gzip.open if file.read(2) == b"\x1f\x8b" else open
        with opened(path, "rb") as file:
            return bool(parsed(next((line for line in file if line.strip()), b"")))
    except (OSError, EOFError, zlib.error):  # whoever reads it says so
        return False


def read_batch(path: Path, plan: Plan) -> AnsweredBatch:
    """The calls of a plan, in whatever settings the file has, that its lines answer.

    A call is found by its id, which has a hash of its prompt. The same request is sent once: so in the file's episodes
    a call without a line has that of the one line with its setting and prompt. Raises: UsageError where no line answers
    a call.
    """
    text, sha256 = read_text(path)
    records = [parsed(line) for line in text.split("\n") if line.strip()]
    by_id = _by_id(records)
    counted = Counter(map(_setting_and_prompt, by_id))
    senders = {prompt: call_id for call_id in by_id if counted[prompt := _setting_and_prompt(call_id)] == 1}
    names = {call_id.partition("/")[0] for call_id in by_id}
    settings = tuple(setting for setting in plan.settings if setting.name in names)
    plan = replace(plan, settings=settings, checks=CHECK.name in names)
    last = max(map(_episode, by_id), default=-1)
    calls, replies, matched = [], {}, set()
    for call in draw_calls(plan):
        sender = call.id
        if sender not in by_id and call.episode.index <= last:
            sender = senders.get(_setting_and_prompt(call.id), sender)
        if sender in by_id:
            calls.append(call)
            replies[call.id] = by_id[sender]
            matched.add(sender)
    if not calls:
        wanted = ", ".join(field.name for field in fields(Plan) if field.name not in ("settings", "checks", "learner"))
        problem = f"none of its {len(records)} lines answers a call that these options draw"
        raise UsageError(f"replies={path}", f"{problem}; {wanted} must be those of the run that wrote it")
    borrowed = sum(call.id not in by_id for call in calls)
    unmatched = len(by_id) - len(matched) + records.count({})
    return AnsweredBatch(path, sha256, plan, tuple(calls), replies, len(records), unmatched, borrowed)


def _by_id(records: list[dict[str, Any]]) -> dict[str, Reply | ProviderError]:
    by_id: dict[str, Reply | ProviderError] = {}
    for record in filter(None, records):
        found = came(record)
        if isinstance(found, Reply) or record["custom_id"] not in by_id:  # a file may hold failures and later replies
            by_id[record["custom_id"]] = found
    return by_id


def _episode(call_id: str) -> int:
    _, _, index = call_id.partition("/")
    index, _, _ = index.partition("/")
    return int(index) if index.isdecimal() else -1


def _setting_and_prompt(call_id: str) -> tuple[str, str]:
    return call_id.partition("/")[0], call_id.rpartition("/")[2]
