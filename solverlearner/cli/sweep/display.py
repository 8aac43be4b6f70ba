"""Display of a sweep, for every launcher: one line for each run that ended, and on a terminal a progress bar."""

import _thread
import sys
import threading
import time
from collections.abc import Mapping
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from solverlearner.cli.sweep.status_board import RunStatus, StatusBoard
from solverlearner.inference.progress import duration

_DRAWN_EVERY_S = 0.3
_BEAT_EVERY_S = 5.0
_ENDED = ("complete", "incomplete", "stopped", "failed")


class Display:
    """Shows the runs on a status board, in a thread. `ended`: final statuses by run; `calls`: calls of all runs."""

    def __init__(self, board: StatusBoard, labels: Mapping[str, str], calls: int, *, bar: bool = True) -> None:
        self.ended: dict[str, RunStatus] = {}
        self._board = board
        self._labels = labels
        self._calls = calls
        self._drawn = bar and sys.stderr.isatty()
        self._started = self._beats_at = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_shown, daemon=True)
        self._bar = Progress(
            TextColumn("runs {task.fields[runs]}"), BarColumn(bar_width=24), TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True), transient=True, auto_refresh=False, redirect_stdout=sys.stdout.isatty(),
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self._over.set()
        self._thread.join()
        self._look()

    def hear(self, status: RunStatus) -> None:
        """Print the final status of a run, once."""
        with self._lock:
            if status.state not in _ENDED or status.name in self.ended or status.name not in self._labels:
                return
            self.ended[status.name] = status
            number = len(self.ended)
        if status.state == "stopped":
            return
        line = f"{number}/{len(self._labels)} {self._labels[status.name]}: {status.line}"
        if status.state == "complete":
            money = f", ${status.usd:.4f}" if status.usd else ""
            print(f"{line}; {status.done} calls{money}; {status.name}", flush=True)
        else:
            print(f"solverlearner: {line}", file=sys.stderr, flush=True)

    def _keep_shown(self) -> None:
        if not self._drawn:
            while not self._over.wait(_DRAWN_EVERY_S):
                self._look()
            return
        with self._bar:
            task = self._bar.add_task("runs", runs="", note="", total=self._calls)
            while not self._over.wait(_DRAWN_EVERY_S):
                statuses = self._look()
                runs = f"{len(self.ended)}/{len(self._labels)}"
                done = sum(status.done for status in statuses)
                self._bar.update(task, completed=done, runs=runs, note=self._note(done, statuses), refresh=True)

    def _look(self) -> list[RunStatus]:
        if (now := time.monotonic()) >= self._beats_at:
            self._board.beat()
            self._beats_at = now + _BEAT_EVERY_S
        statuses = self._board.statuses()
        for status in statuses.values():
            self.hear(status)
        if self._board.stopping and not any(status.state == "running" for status in statuses.values()):
            self._interrupt()
        return [statuses[name] for name in self._labels if name in statuses]

    def _interrupt(self) -> None:
        """End a launcher that would start hundreds of further runs, each of which would stop at once."""
        if not self._over.is_set():
            self._over.set()
            _thread.interrupt_main()

    def _note(self, done: int, statuses: list[RunStatus]) -> str:
        """The text beside the bar: calls, rate, time left, cost."""
        rate = sum(status.asked for status in statuses) / (time.monotonic() - self._started)
        money = sum(status.usd for status in statuses)
        parts = [
            f"{done:,}/{self._calls:,} calls",
            f"{rate:.1f}/s",
            f"about {duration((self._calls - done) / rate)} left" if rate else "",
            f"${money:.2f}" if money else "",
        ]
        return " · ".join(part for part in parts if part)
