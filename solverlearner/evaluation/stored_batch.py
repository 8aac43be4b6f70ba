"""Batch score: the output file of a batch API, scored as the calls of the run that it answers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from solverlearner.design.call import Call
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import CHECK
from solverlearner.errors import UsageError
from solverlearner.evaluation.stored_lines import LOOKED_FOR, Refused, beginning, read_lines, record_of_line, refusals
from solverlearner.inference.batch.batch_files import came
from solverlearner.models.base import ProviderError, Reply


@dataclass(frozen=True)
class AnsweredBatch:
    """The calls that a file has lines for. `borrowed`: those of them that sent what another call with a line did.

    `unmatched` counts lines that answer no call. `refused` holds those that are no line of a batch. `doubled` counts
    those whose call another line answers.
    """

    path: Path
    sha256: str
    plan: Plan
    calls: tuple[Call, ...]
    replies: Mapping[str, Reply | ProviderError]
    lines: int
    unmatched: int
    borrowed: int
    refused: tuple[Refused, ...] = ()
    doubled: int = 0

    def notes(self) -> Iterator[str]:
        """Remarks on the file that a reader of the scores needs."""
        failed = sum(isinstance(self.replies[call.id], ProviderError) for call in self.calls)
        drawn = f"{len(self.calls)} of the {self.plan.calls} calls that these options draw in its settings"
        answering = self.lines - self.unmatched - len(self.refused) - self.doubled
        yield f"{answering} of {self.lines} lines answer {drawn}; the other calls are left out."
        if self.unmatched:
            yield f"{self.unmatched} lines answer none: are episodes, shots, seed and the others those of the run?"
        if self.borrowed:
            yield f"{self.borrowed} calls have the reply to the same prompt in another episode."
        if self.doubled:
            yield f"{self.doubled} lines are about a call that another line answers: its last completion counts."
        if failed:
            yield f"{failed} calls failed in the batch and are unanswered."
        yield from refusals(self.refused)


def is_batch(path: Path) -> bool:
    """Whether a file is the output of a batch API: the first line that is a JSON object has a `custom_id`."""
    try:
        numbered, _ = read_lines(path)
    except UsageError:  # `read_batch` or `read_replies` reports it
        return False
    for _, line in numbered:
        try:
            record = record_of_line(line, ())
        except ValueError:
            continue
        return "custom_id" in record and "input" not in record
    return False


def read_batch(path: Path, plan: Plan) -> AnsweredBatch:
    """The calls of a plan, in whatever settings the file has, that its lines answer.

    A call is found by its id, which has a hash of its prompt. The same request is sent once: so in the file's episodes
    a call without a line has that of the one line with its setting and prompt. Raises: UsageError where no line answers
    a call.
    """
    numbered, sha256 = read_lines(path)
    records, refused = _records(numbered)
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
        drawn_by = [field.name for field in fields(Plan) if field.name not in ("settings", "checks", "learner")]
        wanted = ", ".join([*drawn_by, "system"])
        problem = f"none of its {len(numbered)} lines answers a call that these options draw"
        first = f" ({refused[0]}; looked for {LOOKED_FOR})" if refused else ""
        raise UsageError(f"replies={path}", f"{problem}{first}; {wanted} must be those of the run that wrote it")
    borrowed = sum(call.id not in by_id for call in calls)
    unmatched, doubled = len(by_id) - len(matched), len(records) - len(by_id)
    return AnsweredBatch(
        path, sha256, plan, tuple(calls), replies, len(numbered), unmatched, borrowed, tuple(refused), doubled
    )


def _records(numbered: Sequence[tuple[int, bytes]]) -> tuple[list[dict[str, Any]], list[Refused]]:
    records, refused = [], []
    for number, line in numbered:
        try:
            record = record_of_line(line, ("custom_id",))
            if not isinstance(record["custom_id"], str):
                raise ValueError('"custom_id" must be text')
            records.append(record)
        except ValueError as error:
            refused.append(Refused(number, str(error), beginning(line)))
    return records, refused


def _by_id(records: Sequence[dict[str, Any]]) -> dict[str, Reply | ProviderError]:
    by_id: dict[str, Reply | ProviderError] = {}
    for record in records:
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
