"""Progress: lines on how many calls of a run are done, and what it waits for."""

from solverlearner.inference.engine import Engine
from solverlearner.inference.request_options import Counts
from solverlearner.inference.usage import Price


def progress_line(engine: Engine, price: Price | None, rate: float) -> str:
    """The state of a run in one line, for a log: calls first, then programs, which may go on after the last call."""
    counts = engine.counts
    missing = counts.total - counts.done
    left = f", about {duration(missing / rate)} left" if rate > 0 and missing > 0 else ""
    return f"{counts.done} of {counts.total} calls{left}; {progress_note(engine, price, rate)}"


def rate_of(counts: Counts, seconds: float) -> float:
    """Calls that ended a second. Replies from disk and of other calls took no time, so they are no part of it."""
    return (counts.asked + counts.unanswered) / max(1e-3, seconds)


def progress_note(engine: Engine, price: Price | None, rate: float) -> str:
    """Rate, calls in flight, programs, the reason of a wait, failures, tokens, money."""
    counts, pace, usage = engine.counts, engine.rate_limit, engine.log.usage
    money, others = usage.money(price), counts.reused - counts.repeated
    waits_for = counts.awaits or engine.circuit.waits_for
    parts = [
        *([_speed(rate), waits_for or f"{pace.in_flight} in flight"] if not 0 < counts.total <= counts.done else []),
        f"{counts.programs} {'program runs' if counts.programs == 1 else 'programs run'} or wait"
        if counts.programs
        else "",
        f"endpoint closed for {pace.closed_s:.0f} s" if pace.closed_s else "",
        f"{pace.waiting} wait for the rate limit ({pace.limit} at once)" if pace.waiting else "",
        f"{pace.backing_off} wait to try again ({engine.last_failure})" if pace.backing_off else "",
        f"{counts.unanswered} unanswered: {counts.last_error}" if counts.unanswered else "",
        f"{counts.stored} from disk" if counts.stored else "",
        f"{others} from other runs" if others else "",
        f"{counts.repeated} from the same prompt of this run" if counts.repeated else "",
        f"{_thousands(usage.prompt_tokens)} + {_thousands(usage.completion_tokens)} tokens",
        f"${money:.2f}" if money is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _speed(rate: float) -> str:
    if not rate:
        return "no reply yet"
    return f"{rate:.1f} calls/s" if rate >= 1 else f"{60 * rate:.1f} calls/min"


def _thousands(count: int) -> str:
    return (
        f"{count / 1_000_000:.1f}M" if count >= 1_000_000 else f"{count / 1_000:.1f}k" if count >= 1_000 else str(count)
    )


def duration(seconds: float) -> str:
    """ "2 h 5 min", "3 min 20 s" or "9 s"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
