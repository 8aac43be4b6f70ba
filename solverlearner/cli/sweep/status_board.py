"""Board: where the cells of a sweep tell how far they are, in whatever process or on whatever machine they run.

A folder beside the results with a small file a cell, each written by its own job alone and whole or not at all: what a
network disk can do. So the display, the budget and the end of a sweep are the same with every launcher.
"""

import contextlib
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from solverlearner.errors import UsageError
from solverlearner.files import read_json

State = Literal["waiting", "running", "complete", "incomplete", "stopped", "failed"]
"""`incomplete`: calls stayed unanswered. `stopped`: by Ctrl-C or the budget, perhaps before it began."""

_STOP = "stop"


@dataclass(frozen=True)
class RunStatus:
    """How far a cell is: calls over, calls in all, calls asked in this session, dollars over all sessions.

    `line` is what a person should read: the accuracies, or what went wrong. `code` is the exit code that a run of its
    own would have; `trace` the traceback where the fault is ours.
    """

    name: str
    state: State
    done: int = 0
    total: int = 0
    asked: int = 0
    usd: float = 0.0
    line: str = ""
    code: int = 0
    trace: str = ""


@dataclass(frozen=True)
class StatusBoard:
    """The place of one sweep's standings."""

    path: Path
    _seen: dict[str, tuple[int, RunStatus]] = field(default_factory=dict, repr=False)

    def tell(self, standing: RunStatus) -> None:
        """Note how far a cell is; nothing where the sweep is over and its board gone."""
        part = self.path / f".{standing.name}.part"
        with contextlib.suppress(FileNotFoundError):
            part.write_text(json.dumps(asdict(standing)), encoding="utf-8")
            part.replace(self.path / f"{standing.name}.json")

    def standings(self) -> Mapping[str, RunStatus]:
        """What every cell that has begun told last, by its name."""
        for file in self.path.glob("*.json"):
            with contextlib.suppress(OSError, TypeError):
                changed = file.stat().st_mtime_ns
                if self._seen.get(file.stem, (0,))[0] != changed:
                    self._seen[file.stem] = changed, RunStatus(**read_json(file))
        return {name: standing for name, (_, standing) in self._seen.items()}

    def spent(self, *, but: str) -> float:
        """Dollars that all cells but one have told of."""
        return sum(standing.usd for name, standing in self.standings().items() if name != but)

    def stop(self) -> None:
        """Ask every cell to end after what is under way, and none to begin."""
        (self.path / _STOP).touch()

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called, on whatever machine, or the sweep is over."""
        return (self.path / _STOP).exists() or not self.path.exists()


@contextlib.contextmanager
def new_status_board(folder: Path) -> Iterator[StatusBoard]:
    """A board for one sweep, gone at its end: nothing on it is needed to go on. Raises: UsageError."""
    path = (folder / uuid.uuid4().hex[:12]).absolute()
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"results={folder.parent}", f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield StatusBoard(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
