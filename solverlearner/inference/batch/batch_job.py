"""Batch job: one batch from its input file to its last line here, a step at a time, each noted before the next."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.files import read_json, write_json
from solverlearner.inference.batch.batch_api import BatchAPI, BatchStatus
from solverlearner.inference.batch.batch_files import input_path
from solverlearner.models.base import ProviderError

_UNKNOWN = 408  # of the refusals the one after which a batch may be there all the same


@dataclass
class BatchJob:
    """A batch. `submitted` is noted before the request is sent, so that a batch whose id never came is looked for.

    Every step may be taken again: what is done already is not done twice. Files beside the input: `001.json` (this),
    `001.output.jsonl` and `001.errors.jsonl`, as the endpoint wrote them.
    """

    folder: Path
    number: int
    sha256: str
    file_id: str | None = None
    submitted: bool = False
    done: bool = False
    status: BatchStatus | None = None

    @property
    def path(self) -> Path:
        """The file that keeps how far it is."""
        return self.folder / f"{self.number:03}.json"

    @property
    def input(self) -> Path:
        """The file of its calls."""
        return input_path(self.folder, self.number)

    @property
    def came(self) -> list[Path]:
        """The files that came back: failures first, so that a reply goes before one."""
        return [path for path in (self._back("errors"), self._back("output")) if path.exists()]

    @property
    def line(self) -> str:
        """How far it is, in a few words."""
        if self.status is None:
            return f"{self.input.name} is being sent"
        return f"{self.status.id} {self.status.status}, {self.status.completed} of {self.status.total} answered"

    @property
    def why_nothing(self) -> str:
        """The reason that a call has no result."""
        if self.status is None:
            return f"{self.input.name} was not sent"
        words = self.status.words or "the endpoint sent no line for this call"
        return f"{self.status.id} {self.status.status}: {words}"

    async def upload(self, api: BatchAPI) -> None:
        """Send the input file. Raises: ProviderError, OSError."""
        if self.file_id is None:
            self.file_id = await api.upload(self.input)
            self.save()

    async def submit(self, api: BatchAPI) -> None:
        """Have a batch made of the uploaded file, once. Raises: ProviderError, OSError."""
        if self.file_id is None:
            raise RuntimeError("upload it first")
        if self.status is None and self.submitted:
            self.status = await self._found(api, self.file_id)
        if self.status is None:
            self.submitted = True
            self.save()
            try:
                self.status = await api.create(self.file_id)
            except ProviderError as error:
                refused = 400 <= (error.status or 0) < 500 and error.status != _UNKNOWN
                self.submitted = not (refused or error.unreachable)
                self.save()
                raise
        self.save()

    async def follow(self, api: BatchAPI) -> None:
        """Ask how far it is. Raises: ProviderError, OSError."""
        if self.status is not None:
            self.status = await api.status(self.status.id)
            self.save()

    async def fetch(self, api: BatchAPI) -> None:
        """Download the results of a batch that ended. Raises: ProviderError, RunStopped, OSError."""
        if self.status is None:
            raise RuntimeError("submit it first")
        for file_id, name in ((self.status.error_file_id, "errors"), (self.status.output_file_id, "output")):
            if file_id:
                await api.download(file_id, self._back(name))
        self.done = True
        self.save()

    def save(self) -> None:
        """Note how far it is."""
        kept = asdict(self)
        del kept["folder"]
        write_json(self.path, kept)

    def forget(self) -> None:
        """Remove a batch that was never submitted."""
        self.path.unlink()
        self.input.unlink(missing_ok=True)

    async def _found(self, api: BatchAPI, file_id: str) -> BatchStatus | None:
        try:
            return await api.find(file_id)
        except ProviderError as error:
            if error.retry:
                raise
            unknown = (
                f"its batches cannot be listed ({error}), so it is not known whether {self.input.name} was submitted"
            )
            raise ProviderError(f"{unknown}; without {self.path} its calls are asked anew") from error

    def _back(self, name: str) -> Path:
        return self.folder / f"{self.number:03}.{name}.jsonl"


def last_number(folder: Path) -> int:
    """The highest number that a file of a batch has, even if its other files are gone; 0 without files."""
    numbers = (path.name.partition(".")[0] for path in folder.glob("[0-9]*.json*"))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def new_job(folder: Path, number: int) -> BatchJob:
    """A batch of an input file that has just been written."""
    with input_path(folder, number).open("rb") as file:
        return BatchJob(folder, number, hashlib.file_digest(file, "sha256").hexdigest())


def jobs_in(folder: Path) -> Iterator[BatchJob]:
    """The batches of earlier sessions, in order. Raises: UsageError for a file that cannot be read."""
    for path in sorted(folder.glob("*.json"), key=lambda path: (len(path.name), path.name)):
        kept = read_json(path)
        try:
            status = BatchStatus(**kept["status"]) if kept["status"] else None
            yield BatchJob(folder, **{**kept, "status": status})
        except (KeyError, TypeError):
            raise UsageError(str(path), "does not say how far a batch is; move it away") from None
