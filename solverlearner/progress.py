"""Progress: how far a run is. A bar on a terminal, a line now and then elsewhere; always on standard error."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from solverlearner.run import Counts

_LINE_EVERY_S = 15.0


@contextmanager
def progress() -> Iterator[Callable[[Counts], None]]:
    """A function to call with the counts after every call of the run."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    columns = (
        TextColumn("calls"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("calls", note="")

        def report(counts: Counts) -> None:
            bar.update(task, total=counts.total, completed=counts.done, note=_note(counts))

        yield report


def _lines() -> Callable[[Counts], None]:
    start = last = time.monotonic()

    def report(counts: Counts) -> None:
        nonlocal last
        if time.monotonic() - last >= _LINE_EVERY_S:
            last = time.monotonic()
            line = f"{counts.done} of {counts.total} calls after {last - start:.0f} s {_note(counts)}".rstrip()
            print(line, file=sys.stderr, flush=True)

    return report


def _note(counts: Counts) -> str:
    notes = [f"{counts.stored} from disk"] if counts.stored else []
    notes += [f"{counts.unanswered} unanswered: {counts.last_error}"] if counts.unanswered else []
    return f"({', '.join(notes)})" if notes else ""
