"""Progress: how far a run is and what it waits for. A bar on a terminal, a line now and then elsewhere; on stderr."""

import asyncio
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from solverlearner.inference.engine import Engine
from solverlearner.inference.progress import progress_line, progress_note, rate_of
from solverlearner.inference.usage import Price

T = TypeVar("T")

_LINE_EVERY_S = 15.0
_DRAWN_EVERY_S = 0.2
_NOTED_EVERY_S = 0.5
_QUIET_S = 1.0


async def keep_shown(engine: Engine, price: Price | None = None) -> None:
    """Show how the run goes on, whether calls end or not; runs until it is cancelled."""
    started = time.monotonic()

    def rate() -> float:
        return rate_of(engine.counts, time.monotonic() - started)

    if not sys.stderr.isatty():
        while True:
            await asyncio.sleep(_LINE_EVERY_S)
            print(progress_line(engine, price, rate()), file=sys.stderr, flush=True)
    # Off a terminal nothing of it is needed, and importing it takes time before the first call.
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    columns = (
        TextColumn("calls"), BarColumn(bar_width=40), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("left"),
        TimeRemainingColumn(),
    )  # fmt: skip
    bar = Progress(*columns)
    task = bar.add_task("calls", total=engine.counts.total)
    with Live(console=Console(stderr=True), transient=True, auto_refresh=False) as live:
        while True:
            bar.update(task, completed=engine.counts.done, total=engine.counts.total)
            what = Text(progress_note(engine, price, rate()), no_wrap=True, overflow="ellipsis", style="dim")
            live.update(Group(bar, what), refresh=True)
            await asyncio.sleep(_DRAWN_EVERY_S)


async def keep_noted(engine: Engine, price: Price | None = None) -> None:
    """Show how the run goes on in one line that is written over itself, as a notebook shows it; until cancelled."""
    started, width = time.monotonic(), 0

    def note() -> None:
        nonlocal width
        line = progress_line(engine, price, rate_of(engine.counts, time.monotonic() - started))
        print(f"\r{line:<{width}}", end="", file=sys.stderr, flush=True)
        width = len(line)

    try:
        while True:
            note()
            await asyncio.sleep(_NOTED_EVERY_S)
    finally:
        note()
        print(file=sys.stderr, flush=True)


def watched(items: Sequence[T], what: str) -> Iterator[T]:
    """Hand on the items; on a terminal, if they take more than a second, a line says how many are done."""
    drawn, last, width = sys.stderr.isatty(), time.monotonic() + _QUIET_S - _DRAWN_EVERY_S, 0
    try:
        for number, item in enumerate(items):
            if drawn and time.monotonic() - last > _DRAWN_EVERY_S:
                line = f"{number:,} of {len(items):,} {what}"
                print(f"\r{line:<{width}}", end="", file=sys.stderr, flush=True)
                last, width = time.monotonic(), len(line)
            yield item
    finally:
        if width:
            print(f"\r{'':<{width}}\r", end="", file=sys.stderr, flush=True)
