"""Batch files: calls as the lines that OpenAI's batch API takes, and the lines that it gives back. Asks nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from solverlearner.errors import UsageError
from solverlearner.models import openai_response as wire
from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.question import Question

MOST_LINES = 50_000
BATCH_BYTES = 190_000_000  # OpenAI takes 200 MB
_URL = "/v1/chat/completions"


def input_line(call: Question, request: Request) -> bytes:
    """The line that asks a call: its `custom_id` is the call's id, its body the one that is sent live."""
    line = {"custom_id": call.id, "method": "POST", "url": _URL, "body": request.body}
    return json.dumps(line).encode() + b"\n"


def ids_in(path: Path) -> Iterator[str]:
    """The ids of the calls that an input file of ours asks."""
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)["custom_id"]


def parsed(line: bytes | str) -> dict[str, Any]:
    """A line of an output or error file as a record; empty for a line that cannot be read."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) and isinstance(record.get("custom_id"), str) else {}


def came(record: dict[str, Any]) -> Reply | ProviderError:
    """The reply or failure of the call that a line answers. A failed line does not affect other calls."""
    response, error = record.get("response"), record.get("error")
    try:
        if isinstance(response, dict):
            body, status = json.dumps(response.get("body")).encode(), response.get("status_code", 200)
            if status == 200:
                return wire.reply(body, 0.0)
            raise wire.status_error(status if type(status) is int else 0, {}, body)
        raise ProviderError(words_of([error]) or "the batch's line holds neither a response nor an error")
    except ProviderError as failure:
        return ProviderError(str(failure), alone=True, status=failure.status)


def words_of(errors: Any) -> str:
    """The messages in a list of the batch API's errors, in one line; "" without any."""
    said = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
    texts = (error.get("message") or error.get("code") for error in said)
    return wire.one_line("; ".join(dict.fromkeys(text for text in texts if isinstance(text, str))))


class Came:
    """Results of batches, found by the calls' ids. Only their positions in the files are held in memory."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Path, str, int]] = {}

    def add(self, path: Path, batch: str, *, failures: bool) -> None:
        """Take in a file of a batch, whose lines go before those of earlier files; failures only where wanted."""
        offset = 0
        with path.open("rb") as file:
            for line in file:
                record = parsed(line)
                if record and (failures or isinstance(came(record), Reply)):
                    self._places[record["custom_id"]] = path, batch, offset
                offset += len(line)

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._places

    def find(self, call_id: str) -> Reply | ProviderError | None:
        """The reply or failure of a call; None if no line answers it."""
        if call_id not in self._places:
            return None
        path, batch, offset = self._places[call_id]
        with path.open("rb") as file:
            file.seek(offset)
            found = came(parsed(file.readline()))
        return replace(found, batch=batch) if isinstance(found, Reply) else found


class InputFiles:
    """Writes calls into as few files as the API takes them in: `001.input.jsonl` and so on from a number."""

    def __init__(self, folder: Path, first: int) -> None:
        self.numbers: list[int] = []
        self.folder, self._next = folder, first
        self._file: BinaryIO | None = None
        self._lines = self._size = 0

    def add(self, line: bytes) -> int:
        """Append a line; gives the number of its file. Raises: UsageError, OSError."""
        if len(line) > BATCH_BYTES:
            raise UsageError("batch=true", "a call is larger than a batch file may be; ask without batch")
        if self._file is None or self._lines == MOST_LINES or self._size + len(line) > BATCH_BYTES:
            self.close()
            self._file = input_path(self.folder, self._next).open("wb")
            self.numbers.append(self._next)
            self._next, self._lines, self._size = self._next + 1, 0, 0
        self._file.write(line)
        self._lines, self._size = self._lines + 1, self._size + len(line)
        return self.numbers[-1]

    def close(self) -> None:
        """Everything is in the files."""
        if self._file:
            self._file.close()


def input_path(folder: Path, number: int) -> Path:
    """The file that a batch was made from."""
    return folder / f"{number:03}.input.jsonl"
