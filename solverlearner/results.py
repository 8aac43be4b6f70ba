"""Results: a run's folder. The journal as replies come, rows derived from it, and what the run was."""

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from solverlearner.accounting import Totals
from solverlearner.call import place_of
from solverlearner.errors import RunStopped, UsageError
from solverlearner.journal import Journal, reply_of
from solverlearner.model import Call, ProviderError, Question, Reply, Request
from solverlearner.plan import Plan
from solverlearner.rows import Row, RowFile
from solverlearner.setting import RULE, Setting
from solverlearner.task import JSON
from solverlearner.whole_file import whole_file


@dataclass
class RunFolder:
    """An open run folder. What earlier sessions of the same configuration were answered is there again.

    Files: `replies.jsonl` (the journal, appended to as attempts end and never rewritten), `rows.jsonl` (derived from
    it), `config.json`, `manifest.json`, `summary.json`.
    """

    path: Path
    totals: Totals
    reported: set[str]
    """Names that the endpoint called its model by."""
    _journal: Journal = field(repr=False)
    _rows: RowFile = field(repr=False)
    _answered: dict[str, int] = field(default_factory=dict, repr=False)
    _shared: dict[str, int] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for offset, record in self._journal.records():
            self._count(record)
            if "state" in record:
                self._answered[record["id"].rpartition("/")[0]] = offset

    @property
    def answered(self) -> int:
        """Calls that an earlier session got a reply to."""
        return len(self._answered)

    def is_scored(self, call: Call) -> bool:
        """Whether the reply to this call and all its rows are there, made by the same code from the same options."""
        return self._has(call.setting, call.episode.index, call.query, call.sample, len(call.items))

    def has_scored(self, plan: Plan, episode: int) -> bool:
        """Whether that is so of all calls of an episode, which need not be drawn to know it."""
        queries = plan.queries_in(episode)
        return all(
            self._has(setting, episode, query, sample, queries)
            for setting in plan.settings
            for query, sample in plan.asked_in(setting, queries)
        )

    def rounds(self, call: Call) -> int:
        """How many rounds of a call an earlier session got a reply to; the one that it needs is none of them."""
        place = (call.setting, call.episode.index, call.query, call.sample)
        return sum(place_of(*place, number) in self._answered for number in range(call.rounds))

    def answered_in(self, plan: Plan, episode: int) -> int:
        """How many calls of an episode, checks apart, an earlier session got a reply to."""
        if not plan.spared:
            return plan.calls_in(episode)
        queries = plan.queries_in(episode)
        return sum(
            place_of(setting, episode, query, sample, number) in self._answered
            for setting in (*plan.settings, *([RULE] if plan.learner.states_rule else []))
            for query, sample in plan.asked_in(setting, queries)
            for number in range(plan.learner.rounds(setting))
        )

    def _has(self, setting: Setting, episode: int, query: int | None, sample: int, queries: int) -> bool:
        asked = range(queries) if query is None else (query,)
        return place_of(setting, episode, query, sample) in self._answered and all(
            (setting.name, episode, each, sample) in self._rows.scored for each in asked
        )

    def reply_to(self, call: Question) -> Reply | None:
        """The reply to this very prompt that an earlier session got, or this one where calls share it."""
        offset = self._shared.get(call.place, self._answered.get(call.place))
        record = None if offset is None else self._journal.read(offset)
        return reply_of(record) if record and record["id"] == call.id else None

    def reply_at(self, offset: int) -> Reply:
        """The reply whose line begins there."""
        return reply_of(self._journal.read(offset))

    def begin(self) -> None:
        """A session begins."""
        self._count(self._journal.begin())

    def answered_by(self, identity: Mapping[str, JSON]) -> None:
        """Note who answers from now on. Raises: UsageError where other weights answered before."""
        before = self.read("manifest.json").get("model", {})
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
        offset, record = self._journal.keep(call, request, attempt, came, source)
        self._count(record)
        if call.shared and isinstance(came, Reply):
            self._shared[call.place] = offset
        return offset

    async def keep_synced(self) -> None:
        """Bring the journal to the disk twice a second, until cancelled."""
        await self._journal.keep_synced()

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call."""
        self._rows.add(rows)

    def sort_rows(self) -> None:
        """Bring the rows into order, one a query."""
        self._rows.sort()

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file whole or not at all."""
        write_json(self.path / name, content)

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of an earlier session; empty where there is none."""
        return read_json(self.path / name)

    def _count(self, record: dict[str, Any]) -> None:
        self.totals.add(record)
        if name := record.get("reported_model"):
            self.reported.add(name)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole or not at all."""
    with whole_file(path) as file:
        file.write((json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """A file that holds a JSON object; empty where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


@contextmanager
def open_folder(results: Path, name: str, config: Mapping[str, Any], derivation: str) -> Iterator[RunFolder]:
    """The run's folder, new or gone on with, locked against a second writer.

    `derivation` says what rows are derived by; those of another one are derived anew. Raises: UsageError where the
    folder cannot be opened or another process is writing it, RunStopped where the disk fails later.
    """
    path = results / name
    with ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
            _lock(stack.enter_context(FileIO(path / ".lock", "w")), path)
            same = read_json(path / "config.json").get("derivation") == derivation
            journal = stack.enter_context(closing(Journal(path / "replies.jsonl")))
            rows = stack.enter_context(closing(RowFile(path / "rows.jsonl", keep=same)))
            folder = RunFolder(path, Totals(), set(), journal, rows)
            folder.write("config.json", {**config, "derivation": derivation})  # only now: the other rows are gone
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
