"""Carry out a sweep: start its unfinished runs and report failures, at once and again at the end."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solverlearner.cli.next_steps import after_sweep
from solverlearner.cli.sweep.display import Display
from solverlearner.cli.sweep.grid import SweepPoint
from solverlearner.cli.sweep.status_board import RunStatus, StatusBoard, new_status_board
from solverlearner.cli.sweep.sweep import Sweep
from solverlearner.errors import stop_signals, warn
from solverlearner.evaluation.cost import within_budget
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.pipeline import limit_line

Launch = Callable[[StatusBoard, Mapping[str, SweepPoint]], Iterable[RunStatus]]
"""Starts runs with a launcher and yields the final status of each. Raises: any error of the launcher."""

_CTRL_C = 130
_UNHEARD = "was not heard of again; the launcher's log may say why"


def carry_out_sweep(sweep: Sweep, folder: Path, launch: Launch) -> int:
    """Print the cost, carry out the unfinished runs, report; gives the worst exit code of any run.

    Raises: UsageError where it may cost more than the budget, before anything is started.
    """
    within_budget(sweep.budget, sweep.cost)
    print(sweep.opening(), flush=True)
    for line in dict.fromkeys(filter(None, (limit_line(sweep.runs[name]) for name in sweep.todo))):
        warn(line)
    labels = {name: sweep.label(name) for name in sweep.todo}
    if not labels:
        _next(sweep, sweep.finished)
        return 0
    with new_status_board(folder) as board:
        for name, cost in sweep.costs.items() if sweep.budget is not None else ():
            board.tell(RunStatus(name, "waiting", usd=cost.spent or 0.0))
        calls = sum(sweep.runs[name].plan.calls for name in labels)
        quiet = all(run.log == "quiet" for run in sweep.runs.values())
        with Display(board, labels, calls, bar=not quiet) as display:
            interrupted = _launched(launch, sweep, board, display)
    ended = display.ended
    interrupted = interrupted or any(status.code == _CTRL_C for status in ended.values())
    if interrupted or any(status.state == "stopped" for status in ended.values()):
        unheard = RunStatus("", "stopped")
    else:
        unheard = RunStatus("", "failed", line=_UNHEARD, code=1)
    return _reported(labels, {name: ended.get(name, unheard) for name in labels}, sweep, interrupted=interrupted)


def _launched(launch: Launch, sweep: Sweep, board: StatusBoard, display: Display) -> bool:
    """Start the runs; gives whether Ctrl-C ended the sweep."""
    try:
        with _stopped_by_signals(board):
            for status in launch(board, sweep.todo):
                display.hear(status)
    except KeyboardInterrupt:
        board.stop()
    except BrokenPipeError:  # who read our output has gone
        raise
    except Exception as error:  # of the launcher: a worker that was killed, a queue that is not there
        if not board.stopping:
            print(f"solverlearner: the launcher failed: {type(error).__name__}: {error}", file=sys.stderr)
    return board.stopping


@contextmanager
def _stopped_by_signals(board: StatusBoard) -> Iterator[None]:
    """The first signal lets what is under way end, on whatever machine; the second is a KeyboardInterrupt here."""

    def stop(*_: Any) -> None:
        for number in before:
            signal.signal(number, signal.default_int_handler)
        board.stop()
        with contextlib.suppress(OSError):  # a closed terminal takes no line
            print("\nsolverlearner: stopping after what is under way; Ctrl-C again stops at once", file=sys.stderr)

    before = {number: signal.signal(number, stop) for number in stop_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next(sweep: Sweep, finished: Set[str]) -> None:
    """Print what follows from the finished runs together, and the commands that show them."""
    runs = {name: run for name, run in sweep.runs.items() if name in finished}
    print("\n".join([*_knowledge(runs), *after_sweep(runs)]), flush=True)


def _knowledge(runs: Mapping[str, RunSpec]) -> Iterator[str]:
    """The knowledge effects of a sweep over symbols."""
    if len({run.kept.get("symbols") for run in runs.values()}) < 2:
        return
    from solverlearner.analysis.cells import pool  # pandas takes half a second
    from solverlearner.analysis.runs import read_runs
    from solverlearner.analysis.tables.knowledge import knowledge_effects
    from solverlearner.reporting.knowledge_text import knowledge_lines

    cells = pool(read_runs([str(run.path) for run in runs.values()], warn), warn)
    yield from knowledge_lines(knowledge_effects(cells))


def _reported(labels: Mapping[str, str], last: Mapping[str, RunStatus], sweep: Sweep, *, interrupted: bool) -> int:
    done = sum(status.state == "complete" for status in last.values())
    spent = sum(status.usd for status in last.values())
    spent += sum(sweep.costs[name].spent or 0.0 for name in sweep.finished)
    parts = [f"{done} of {len(last)} runs were finished now"]
    parts.append(f"{sum(status.asked for status in last.values()):,} calls were made")
    print(" · ".join([*parts, f"${spent:,.4f} spent in all"] if spent else parts), flush=True)
    for trace in sorted({status.trace for status in last.values() if status.trace}):
        print(trace, file=sys.stderr)
    _next(sweep, sweep.finished | {name for name, status in last.items() if status.state == "complete"})
    left = f"{len(last) - done} of {len(last)} runs are not finished"
    if interrupted:
        print(f"solverlearner: stopped. {left}; the same command goes on from there", file=sys.stderr)
        return _CTRL_C
    if any(status.state == "stopped" for status in last.values()):
        what = f"budget={sweep.budget:g}: is reached; {left}; the same command with a larger budget goes on from there"
        print(f"solverlearner: {what}", file=sys.stderr)
    failed = {name: each for name, each in last.items() if each.state in ("failed", "incomplete")}
    if failed:
        print(
            f"solverlearner: {len(failed)} of {len(last)} runs failed; the same command tries again:", file=sys.stderr
        )
    for name, status in failed.items():
        print(f"  {labels[name]}: {status.line}", file=sys.stderr)
    return max(status.code for status in last.values())
