"""Sweep run: what is not finished of a sweep is carried out; what failed is said when it happens and at the end."""

import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from solverlearner.cli.sweep.display import Display
from solverlearner.cli.sweep.grid import SweepPoint
from solverlearner.cli.sweep.status_board import RunStatus, StatusBoard, new_status_board
from solverlearner.cli.sweep.sweep import Sweep
from solverlearner.evaluation.cost import within_budget

Launch = Callable[[StatusBoard, Mapping[str, SweepPoint]], Iterable[RunStatus]]
"""Runs cells with a launcher; gives how each one ended, once that is known. Raises: whatever the launcher does."""

_CTRL_C = 130
_UNHEARD = "was not heard of again; the launcher's log may say why"


def carry_out_sweep(sweep: Sweep, folder: Path, launch: Launch) -> int:
    """Say what it will cost, carry out what is not finished, report; gives the worst exit code of any cell.

    Raises: UsageError where it may cost more than the budget, before anything is started.
    """
    within_budget(sweep.budget, sweep.cost)
    print(sweep.opening(), flush=True)
    labels = {name: sweep.label(name) for name in sweep.todo}
    if not labels:
        return 0
    with new_status_board(folder) as board:
        for name, cost in sweep.costs.items() if sweep.budget is not None else ():
            board.tell(RunStatus(name, "waiting", usd=cost.spent or 0.0))
        with Display(board, labels, sum(sweep.cells[name].plan.calls for name in labels)) as display:
            interrupted = _launched(launch, sweep, board, display)
    ended = display.ended
    interrupted = interrupted or any(standing.code == _CTRL_C for standing in ended.values())
    if interrupted or any(standing.state == "stopped" for standing in ended.values()):
        unheard = RunStatus("", "stopped")
    else:
        unheard = RunStatus("", "failed", line=_UNHEARD, code=1)
    return _reported(labels, {name: ended.get(name, unheard) for name in labels}, sweep, interrupted=interrupted)


def _launched(launch: Launch, sweep: Sweep, board: StatusBoard, display: Display) -> bool:
    """Run the cells; gives whether Ctrl-C ended it."""
    try:
        with _stopped_by_ctrl_c(board):
            for standing in launch(board, sweep.todo):
                display.hear(standing)
    except KeyboardInterrupt:
        board.stop()
    except BrokenPipeError:  # who read our output has gone
        raise
    except Exception as error:  # of the launcher: a worker that was killed, a queue that is not there
        if not board.stopping:
            print(f"solverlearner: the launcher failed: {type(error).__name__}: {error}", file=sys.stderr)
    return board.stopping


@contextmanager
def _stopped_by_ctrl_c(board: StatusBoard) -> Iterator[None]:
    """The first Ctrl-C lets what is under way end, on whatever machine; the second is a KeyboardInterrupt here."""

    def stop(*_: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        board.stop()
        print("\nsolverlearner: stopping after what is under way; Ctrl-C again stops at once", file=sys.stderr)

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _reported(labels: Mapping[str, str], last: Mapping[str, RunStatus], sweep: Sweep, *, interrupted: bool) -> int:
    done = sum(standing.state == "complete" for standing in last.values())
    spent = sum(standing.usd for standing in last.values())
    spent += sum(sweep.costs[name].spent or 0.0 for name in sweep.finished)
    parts = [f"{done} of {len(last)} cells were finished now"]
    parts.append(f"{sum(standing.asked for standing in last.values()):,} calls were made")
    print(" · ".join([*parts, f"${spent:,.4f} spent in all"] if spent else parts), flush=True)
    for trace in sorted({standing.trace for standing in last.values() if standing.trace}):
        print(trace, file=sys.stderr)
    left = f"{len(last) - done} of {len(last)} cells are not finished"
    if interrupted:
        print(f"solverlearner: stopped. {left}; the same command goes on from there", file=sys.stderr)
        return _CTRL_C
    if any(standing.state == "stopped" for standing in last.values()):
        what = f"budget={sweep.budget:g}: is reached; {left}; the same command with a larger budget goes on from there"
        print(f"solverlearner: {what}", file=sys.stderr)
    failed = {name: each for name, each in last.items() if each.state in ("failed", "incomplete")}
    if failed:
        print(
            f"solverlearner: {len(failed)} of {len(last)} cells failed; the same command tries again:", file=sys.stderr
        )
    for name, standing in failed.items():
        print(f"  {labels[name]}: {standing.line}", file=sys.stderr)
    return max(standing.code for standing in last.values())
