"""Status board: the runs of a sweep report their progress here, from any process and any machine.

It is a folder beside the results with one small file per run. Only the run's own job writes its file, and replaces
it as a whole, which works on a network disk. So display, budget and stopping are the same with every launcher.
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
_BEAT = "beat"


@dataclass(frozen=True)
class RunStatus:
    """The progress of a run: finished calls, all calls, calls made in this session, dollars over all sessions.

    `line` is shown to the user: the accuracies, or the error. `code` is the exit code that the run would have alone;
    `trace` is the traceback of a bug of ours.
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
    """The folder that holds the statuses of one sweep's runs."""

    path: Path
    _seen: dict[str, tuple[int, RunStatus]] = field(default_factory=dict, repr=False)

    def tell(self, status: RunStatus) -> None:
        """Write the status of a run; does nothing after the end of the sweep, when the folder is gone."""
        part = self.path / f".{status.name}.part"
        with contextlib.suppress(FileNotFoundError):
            part.write_text(json.dumps(asdict(status)), encoding="utf-8")
            part.replace(self.path / f"{status.name}.json")

    def statuses(self) -> Mapping[str, RunStatus]:
        """The last status of every run that has begun, by its name."""
        for file in self.path.glob("*.json"):
            with contextlib.suppress(OSError, TypeError):
                changed = file.stat().st_mtime_ns
                if self._seen.get(file.stem, (0,))[0] != changed:
                    self._seen[file.stem] = changed, RunStatus(**read_json(file))
        return {name: status for name, (_, status) in self._seen.items()}

    def spent(self, *, but: str) -> float:
        """Dollars that all runs but one have reported."""
        return sum(status.usd for name, status in self.statuses().items() if name != but)

    def stop(self) -> None:
        """Ask every run to end after its calls in flight, and further runs not to begin."""
        (self.path / _STOP).touch()

    def beat(self) -> None:
        """Tell every run that the sweep is there; to be called every few seconds."""
        with contextlib.suppress(OSError):
            (self.path / _BEAT).touch()

    @property
    def beaten(self) -> int:
        """When the sweep told so last, in the time of its own disk; 0 before it did."""
        with contextlib.suppress(OSError):
            return (self.path / _BEAT).stat().st_mtime_ns
        return 0

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called, on any machine, or the sweep is over."""
        return (self.path / _STOP).exists() or not self.path.exists()


@contextlib.contextmanager
def new_status_board(folder: Path) -> Iterator[StatusBoard]:
    """A board for one sweep, removed at its end; a later sweep does not need it. Raises: UsageError."""
    path = (folder / uuid.uuid4().hex[:12]).absolute()
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise UsageError(f"results={folder.parent}", f"cannot write {path}: {error.strerror or error}") from error
    try:
        yield StatusBoard(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
