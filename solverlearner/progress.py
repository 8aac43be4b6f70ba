"""Progress: how far a run is and what it waits for. A bar on a terminal, a line now and then elsewhere; on stderr."""

import asyncio
import sys
import time

from solverlearner.accounting import Price
from solverlearner.engine import Engine

_LINE_EVERY_S = 15.0
_DRAWN_EVERY_S = 0.2


async def keep_shown(engine: Engine, price: Price | None) -> None:
    """Show how the run goes on, whether calls end or not; runs until it is cancelled."""
    started = time.monotonic()

    def rate() -> float:
        counts = engine.counts
        return (counts.done - counts.stored) / max(1e-3, time.monotonic() - started)

    if not sys.stderr.isatty():
        while True:
            await asyncio.sleep(_LINE_EVERY_S)
            print(line(engine, price, rate()), file=sys.stderr, flush=True)
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
            what = Text(note(engine, price, rate()), no_wrap=True, overflow="ellipsis", style="dim")
            live.update(Group(bar, what), refresh=True)
            await asyncio.sleep(_DRAWN_EVERY_S)


def line(engine: Engine, price: Price | None, rate: float) -> str:
    """The state of a run in one line, for a log."""
    counts = engine.counts
    left = f", about {duration((counts.total - counts.done) / rate)} left" if rate > 0 else ""
    return f"{counts.done} of {counts.total} calls{left}; {note(engine, price, rate)}"


def note(engine: Engine, price: Price | None, rate: float) -> str:
    """Rate, what is under way, what it waits for, failures, tokens, money."""
    counts, pace, totals = engine.counts, engine.pace, engine.folder.totals
    money = totals.money(price)
    parts = [
        f"{rate:.1f}/s",
        counts.awaits or f"{pace.in_flight} in flight",
        f"endpoint closed for {pace.closed_s:.0f} s" if pace.closed_s else "",
        f"{pace.waiting} wait for the rate limit ({pace.limit} at once)" if pace.waiting else "",
        f"{pace.backing_off} wait to try again ({engine.last_failure})" if pace.backing_off else "",
        f"{counts.unanswered} unanswered: {counts.last_error}" if counts.unanswered else "",
        f"{counts.stored} from disk" if counts.stored else "",
        f"{counts.reused} from other runs" if counts.reused else "",
        f"{_thousands(totals.prompt_tokens)} + {_thousands(totals.completion_tokens)} tokens",
        f"${money:.2f}" if money is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _thousands(count: int) -> str:
    return (
        f"{count / 1_000_000:.1f}M" if count >= 1_000_000 else f"{count / 1_000:.1f}k" if count >= 1_000 else str(count)
    )


def duration(seconds: float) -> str:
    """ "2 h 5 min", "3 min 20 s" or "9 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
