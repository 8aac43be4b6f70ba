"""Reply log: the replies of a run, from this session and earlier ones, found by the call that they answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solverlearner.errors import UsageError
from solverlearner.files import read_json
from solverlearner.inference.journal import Journal, Record, reply_of
from solverlearner.inference.usage import Usage
from solverlearner.models.base import ProviderError, Reply, Request
from solverlearner.models.question import Question
from solverlearner.task import JSON


@dataclass
class ReplyLog:
    """An open journal in a run's folder, with an index of the replies that it holds and the sum of their costs."""

    path: Path
    """The run's folder."""
    journal: Journal = field(repr=False)
    usage: Usage = field(default_factory=Usage)
    reported: set[str] = field(default_factory=set)
    """Names that the endpoint called its model by."""
    _answered: dict[str, int] = field(default_factory=dict, repr=False)
    _shared: dict[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for offset, record in self.journal.records():
            self._count(record)
            if "state" in record:
                self._answered[record["id"].rpartition("/")[0]] = offset

    @property
    def answered(self) -> int:
        """Calls that an earlier session got a reply to."""
        return len(self._answered)

    def has(self, place: str) -> bool:
        """Whether an earlier session got a reply to the call at this place, whatever its prompt was."""
        return place in self._answered

    def reply_to(self, call: Question) -> Reply | None:
        """The reply to this very prompt that an earlier session got, or this one where calls share it."""
        offset = self._shared.get(call.place, self._answered.get(call.place))
        record = None if offset is None else self.journal.read(offset)
        return reply_of(record) if record and record["id"] == call.id else None

    def reply_at(self, offset: int) -> Reply:
        """The reply whose line begins there."""
        return reply_of(self.journal.read(offset))

    def begin(self) -> None:
        """A session begins."""
        self._count(self.journal.begin())

    def answered_by(self, identity: Mapping[str, JSON]) -> None:
        """Note who answers from now on. Raises: UsageError where other weights answered before."""
        before = read_json(self.path / "manifest.json").get("model", {})
        if self.answered and before.get("sha256") != identity.get("sha256"):
            problem = "holds replies of other weights under the same path; move it away, or name another results folder"
            raise UsageError(str(self.path), problem)

    def keep(
        self,
        call: Question,
        request: Request | None,
        attempt: int,
        came: Reply | ProviderError,
        source: str | None = None,
    ) -> int:
        """Append an attempt to the journal and count it; `source` is the folder that a reply was taken from.

        Gives the offset of its line.
        """
        offset, record = self.journal.keep(call, request, attempt, came, source)
        self._count(record)
        if call.shared and isinstance(came, Reply):
            self._shared[call.place] = offset
        return offset

    def _count(self, record: Record) -> None:
        self.usage.add(record)
        if name := record.get("reported_model"):
            self.reported.add(name)
