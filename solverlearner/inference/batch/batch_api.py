"""Batch API: requests that send a file of calls to OpenAI's batch API, ask for its status, and download its results."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from solverlearner.errors import RunStopped
from solverlearner.files import whole_file
from solverlearner.inference.batch.batch_files import words_of
from solverlearner.models.base import ProviderError
from solverlearner.models.openai import OpenAIModel

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_PAGE = 100  # batches in one page of the list
_ENDED = {"completed", "failed", "expired", "cancelled"}


@dataclass(frozen=True)
class BatchStatus:
    """The status of a batch: progress, ids of the files with results, and the endpoint's words if it failed."""

    id: str
    status: str
    total: int = 0
    completed: int = 0
    failed: int = 0
    words: str = ""
    output_file_id: str | None = None
    error_file_id: str | None = None

    @property
    def ended(self) -> bool:
        """Whether it changes no more."""
        return self.status in _ENDED


class BatchAPI:
    """The routes for files and batches of the endpoint of a model that is open. Each method is one attempt.

    Raises: ProviderError.
    """

    def __init__(self, model: OpenAIModel) -> None:
        from solverlearner.inference.batch.official_client import OfficialClient  # importing openai takes 0.6 s

        self._model, self._client = model, OfficialClient(model)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the connections; batches go on."""
        await self._client.aclose()

    async def upload(self, path: Path) -> str:
        """Send an input file; gives the endpoint's id for it."""

        with path.open("rb") as file:

            async def send(client: "AsyncOpenAI") -> bytes:
                return (await client.files.with_raw_response.create(file=file, purpose="batch")).content

            sent = await self._client.using(send)
        return str(_sent(sent, "file")["id"])

    async def create(self, file_id: str) -> BatchStatus:
        """Have the calls of an uploaded file answered within a day."""

        async def send(client: "AsyncOpenAI") -> bytes:
            response = await client.batches.with_raw_response.create(
                completion_window="24h", endpoint="/v1/chat/completions", input_file_id=file_id
            )
            return response.content

        return _status(_sent(await self._client.using(send), "batch"))

    async def find(self, file_id: str) -> BatchStatus | None:
        """The batch that was made from an uploaded file; None where there is none among the latest."""

        async def send(client: "AsyncOpenAI") -> bytes:
            return (await client.batches.with_raw_response.list(limit=_PAGE)).content

        batches = _parsed(await self._client.using(send)).get("data")
        if not isinstance(batches, list):
            raise ProviderError("the endpoint sent no list of batches", retry=True)
        found = (one for one in batches if isinstance(one, dict) and one.get("input_file_id") == file_id)
        return next((_status(one) for one in found if isinstance(one.get("id"), str)), None)

    async def status(self, batch_id: str) -> BatchStatus:
        """How far a batch is."""

        async def send(client: "AsyncOpenAI") -> bytes:
            return (await client.batches.with_raw_response.retrieve(batch_id)).content

        return _status(_sent(await self._client.using(send), "batch"))

    async def download(self, file_id: str, path: Path) -> None:
        """Bring a file of the endpoint's here, whole or not at all. Raises: ProviderError, RunStopped, OSError."""
        with whole_file(path) as file:

            async def receive(client: "AsyncOpenAI") -> None:
                stream: Callable[..., Any] = client.files.with_streaming_response.content
                rest = b""
                async with stream(file_id) as response:
                    async for piece in response.iter_bytes():
                        lines, end, rest = (rest + piece).rpartition(b"\n")
                        _write(file, self._model.without_secrets(lines + end))
                _write(file, self._model.without_secrets(rest))

            await self._client.using(receive)


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:  # the disk's fault, not the endpoint's
        problem = f"cannot write {file.name}: {error.strerror or error}; the same command goes on from there"
        raise RunStopped(problem) from error


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        sent = None
    return sent if isinstance(sent, dict) else {}


def _sent(body: bytes, what: str) -> dict[str, Any]:
    """The object that the endpoint made. Raises: ProviderError where what it sent is none."""
    sent = _parsed(body)
    if not isinstance(sent.get("id"), str):
        raise ProviderError(f"the endpoint sent no {what} with status 200", retry=True)
    return sent


def _status(sent: dict[str, Any]) -> BatchStatus:
    counts, errors = sent.get("request_counts"), sent.get("errors")

    def count(name: str) -> int:
        number = counts.get(name) if isinstance(counts, dict) else None
        return number if type(number) is int else 0

    def file(name: str) -> str | None:
        return sent[name] if isinstance(sent.get(name), str) else None

    return BatchStatus(
        id=sent["id"],
        status=str(sent.get("status")),
        total=count("total"),
        completed=count("completed"),
        failed=count("failed"),
        words=words_of(errors.get("data") if isinstance(errors, dict) else None),
        output_file_id=file("output_file_id"),
        error_file_id=file("error_file_id"),
    )
