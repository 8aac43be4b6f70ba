"""Sweep display: one for all cells, whatever runs them. A line a cell, and on a terminal a bar below them."""

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
_ENDED = ("complete", "incomplete", "stopped", "failed")


class Display:
    """Shows the cells of a board, in a thread. `ended` is how each cell that ended did; `calls` those of all cells."""

    def __init__(self, board: StatusBoard, labels: Mapping[str, str], calls: int) -> None:
        self.ended: dict[str, RunStatus] = {}
        self._board = board
        self._labels = labels
        self._calls = calls
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep_shown, daemon=True)
        self._bar = Progress(
            TextColumn("cells {task.fields[cells]}"), BarColumn(bar_width=24), TextColumn("{task.fields[note]}"),
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

    def hear(self, standing: RunStatus) -> None:
        """A cell ended: say it, once."""
        with self._lock:
            if standing.state not in _ENDED or standing.name in self.ended or standing.name not in self._labels:
                return
            self.ended[standing.name] = standing
            number = len(self.ended)
        if standing.state == "stopped":
            return
        line = f"{number}/{len(self._labels)} {self._labels[standing.name]}: {standing.line}"
        if standing.state == "complete":
            money = f", ${standing.usd:.4f}" if standing.usd else ""
            print(f"{line}; {standing.done} calls{money}; {standing.name}", flush=True)
        else:
            print(f"solverlearner: {line}", file=sys.stderr, flush=True)

    def _keep_shown(self) -> None:
        if not sys.stderr.isatty():
            while not self._over.wait(_DRAWN_EVERY_S):
                self._look()
            return
        with self._bar:
            task = self._bar.add_task("cells", cells="", note="", total=self._calls)
            while not self._over.wait(_DRAWN_EVERY_S):
                standings = self._look()
                cells = f"{len(self.ended)}/{len(self._labels)}"
                done = sum(standing.done for standing in standings)
                self._bar.update(task, completed=done, cells=cells, note=self._note(done, standings), refresh=True)

    def _look(self) -> list[RunStatus]:
        standings = self._board.standings()
        for standing in standings.values():
            self.hear(standing)
        if self._board.stopping and not any(standing.state == "running" for standing in standings.values()):
            self._interrupt()
        return [standings[name] for name in self._labels if name in standings]

    def _interrupt(self) -> None:
        """A launcher may have hundreds of cells left that would each only see that they may not begin."""
        if not self._over.is_set():
            self._over.set()
            _thread.interrupt_main()

    def _note(self, done: int, standings: list[RunStatus]) -> str:
        """Calls, rate, time left, money."""
        rate = sum(standing.asked for standing in standings) / (time.monotonic() - self._started)
        money = sum(standing.usd for standing in standings)
        parts = [
            f"{done:,}/{self._calls:,} calls",
            f"{rate:.1f}/s",
            f"about {duration((self._calls - done) / rate)} left" if rate else "",
            f"${money:.2f}" if money else "",
        ]
        return " · ".join(part for part in parts if part)
