"""Results: a run's folder. The journal as replies come, rows derived from it, and what the run was."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solverlearner.design.call import Call, place_of
from solverlearner.design.plan import Plan
from solverlearner.design.setting import RULE, Setting
from solverlearner.errors import RunStopped, UsageError, warn
from solverlearner.evaluation import row_parquet
from solverlearner.evaluation.row_file import RowFile
from solverlearner.evaluation.row_parquet import unpack, write_parquet
from solverlearner.evaluation.row_schema import Row
from solverlearner.evaluation.run_owner import RunInUse, RunOwner, owned
from solverlearner.files import read_json, write_json
from solverlearner.inference.journal import Journal, record_of
from solverlearner.inference.reply_log import ReplyLog


@dataclass
class RunFolder:
    """An open run folder. What earlier sessions of the same configuration were answered is there again.

    Files: `replies.jsonl` (the journal, appended to as attempts end and never rewritten), `rows.jsonl` (derived from
    it; a finished run may have `rows.parquet` in its place), `config.json`, `manifest.json`, `summary.json`.
    """

    log: ReplyLog
    _rows: RowFile = field(repr=False)
    _owner: RunOwner = field(repr=False)

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self.log.path

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
        return sum(self.log.has(place_of(*place, number)) for number in range(call.rounds))

    def answered_in(self, plan: Plan, episode: int) -> int:
        """How many calls of an episode, checks apart, an earlier session got a reply to."""
        if not plan.spared:
            return plan.calls_in(episode)
        queries = plan.queries_in(episode)
        return sum(
            self.log.has(place_of(setting, episode, query, sample, number))
            for setting in (*plan.settings, *([RULE] if plan.states_rule else []))
            for query, sample in plan.asked_in(setting, queries)
            for number in range(plan.rounds_in(setting))
        )

    def _has(self, setting: Setting, episode: int, query: int | None, sample: int, queries: int) -> bool:
        asked = range(queries) if query is None else (query,)
        return self.log.has(place_of(setting, episode, query, sample)) and all(
            (setting.name, episode, each, sample) in self._rows.scored for each in asked
        )

    def add_rows(self, rows: Sequence[Row]) -> None:
        """Append the rows of one scored call. Raises: RunStopped where another machine has taken the run over."""
        self._owner.check()
        self._rows.add(rows)

    def pack_rows(self) -> None:
        """Keep the rows as Parquet from now on; none can be added any more. Raises: OSError, RunStopped."""
        self._owner.check()
        self._rows.close()
        write_parquet(self._rows.path, self.path / row_parquet.NAME)
        self._rows.path.unlink()

    def rows(self) -> Iterator[dict[str, Any]]:
        """The sorted rows, each with every column of the schema."""
        return self._rows.rows()

    def sort_rows(self) -> None:
        """Bring the rows into order, one a query. Raises: RunStopped."""
        self._owner.check()
        self._rows.sort()

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a JSON file whole or not at all. Raises: RunStopped."""
        self._owner.check()
        write_json(self.path / name, content)

    def read(self, name: str) -> dict[str, Any]:
        """A JSON file of an earlier session; empty where there is none."""
        return read_json(self.path / name)


@contextmanager
def open_folder(results: Path, name: str, config: Mapping[str, Any], derivation: str) -> Iterator[RunFolder]:
    """The run's folder, new or gone on with, owned by this process.

    `derivation` says what rows are derived by; those of another one are derived anew. Raises: UsageError where the
    folder cannot be opened or another process is writing it, RunStopped where the disk fails later.
    """
    path = results / name
    with _nothing_left_of_a_refusal(path), ExitStack() as stack:
        try:
            path.mkdir(parents=True, exist_ok=True)
            owner = stack.enter_context(owned(path))
            same = read_json(path / "config.json").get("derivation") == derivation
            journal = stack.enter_context(closing(Journal(path / "replies.jsonl", owner.check)))
            _unpack_rows(path, keep=same)
            rows = stack.enter_context(closing(RowFile(path / "rows.jsonl", keep=same)))
            folder = RunFolder(ReplyLog(path, journal), rows, owner)
            folder.write("config.json", {**config, "derivation": derivation})  # only now: the other rows are gone
        except OSError as error:
            raise UsageError(f"results={results}", f"cannot write {path}: {error.strerror or error}") from error
        try:
            yield folder
        except OSError as error:
            problem = f"cannot write {path}: {error.strerror or error}; the same command goes on from there"
            raise RunStopped(problem) from error


def _unpack_rows(path: Path, *, keep: bool) -> None:
    """Make lines of rows that an earlier session packed. Rows that cannot be read are derived from the replies."""
    packed, lines = path / row_parquet.NAME, path / "rows.jsonl"
    if keep and packed.exists() and not lines.exists():
        try:
            unpack(packed, lines)
        except OSError as error:
            warn(f"{path}: {error}; its rows are derived again from the replies")
    packed.unlink(missing_ok=True)


@contextmanager
def _nothing_left_of_a_refusal(path: Path) -> Iterator[None]:
    """Remove the folder that a refused run has made, as long as it holds no reply: every reader would complain of it.

    The index of replies that lies beside it goes too where no other run is there; it can be made again.
    """
    made = [each for each in (path, *path.parents) if not each.exists()]
    try:
        yield
    except UsageError as error:
        in_use = isinstance(error, RunInUse)  # the other process may have made it, a moment after we looked
        if path in made and not in_use and not _has_replies(path / "replies.jsonl"):
            shutil.rmtree(path, ignore_errors=True)
            for folder in made[1:]:
                if all(file.name.startswith(".replies.sqlite") for file in folder.glob("*")):
                    for file in folder.glob(".replies.sqlite*"):
                        file.unlink(missing_ok=True)
                with suppress(OSError):  # something else lies there
                    folder.rmdir()
        raise


def _has_replies(journal: Path) -> bool:
    """Whether more stands in a journal than sessions that began and attempts that failed."""
    if not journal.exists():
        return False
    with journal.open("rb") as lines:
        return not all({"session", "error"} & record_of(line).keys() for line in lines)
