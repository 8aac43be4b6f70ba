"""Run: the line itself. Calls become replies, replies programs or answers, and those become rows."""

import asyncio
from collections.abc import Iterator

from solverlearner.design.call import Call
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.rollout import Rollout, examined, roll_out, score
from solverlearner.evaluation.row_maker import RowMaker
from solverlearner.evaluation.row_schema import Row
from solverlearner.evaluation.run_folder import RunFolder
from solverlearner.execution.executor import Executor, ExecutorError
from solverlearner.inference.engine import Engine
from solverlearner.inference.rate_limit import Stopping
from solverlearner.models.base import ProviderError, Reply

_SKIPPED_AT_ONCE = 256

_GRACE_S = 20.0
"""Seconds that calls under way get to end in when the run has to stop."""

_SCORED_AT_ONCE = 16
"""Calls that may be scored beside those that are under way, so that a slow program holds up no call."""


async def run(calls: Iterator[Call], seed: int, engine: Engine, folder: RunFolder, executor: Executor) -> None:
    """Answer every call, score every reply, and bring the rows into order.

    A few workers pull from the one iterator, so nothing is held for calls that are far ahead. Every call that ended
    has its rows in the folder, also when this raises; what is under way when the run has to stop is paid for, and is
    given some time to end. Raises: UsageError, RunStopped, ExecutorError, OSError.
    """
    workers: list[asyncio.Task[None]] = []
    reasons: list[Exception] = []
    rows = RowMaker(seed)

    async def work() -> None:
        try:
            await _work(calls, rows, engine, folder, executor)
        except (UsageError, RunStopped, ExecutorError) as reason:
            reasons.append(reason)
            engine.rate_limit.stop()
            asyncio.get_running_loop().call_later(_GRACE_S, lambda: [worker.cancel() for worker in workers])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(engine.request_options.most + _SCORED_AT_ONCE, engine.counts.total)):
                workers.append(group.create_task(work()))
    except ExceptionGroup as group:
        raise (group.subgroup(OSError) or group).exceptions[0] from None
    finally:
        folder.sort_rows()
    if reasons:
        raise reasons[0]


async def _work(calls: Iterator[Call], rows: RowMaker, engine: Engine, folder: RunFolder, executor: Executor) -> None:
    """One worker: call after call, until none is left or the run is stopping."""
    for call in calls:
        if engine.rate_limit.stopping:
            return
        if folder.is_scored(call):
            _pass_over(call, engine, folder)
            if engine.counts.stored % _SKIPPED_AT_ONCE == 0:
                await asyncio.sleep(0)  # a long run that is gone on with still hears Ctrl-C
            continue
        try:
            rollout = await _rolled_out(call, engine, executor)
        except Stopping:
            return
        engine.counts.total -= call.rounds - len(rollout.rounds) if rollout.last.answered else 0
        folder.add_rows(rows.rows(engine.model.name, call, rollout))


async def _rolled_out(call: Call, engine: Engine, executor: Executor) -> Rollout:
    """The call's rollout; between a program and what follows it, the counts say that a program runs or waits."""
    running = 0

    async def ask(following: Call) -> Reply | ProviderError:
        nonlocal running
        engine.counts.programs -= running
        running = 0
        came = await engine.answer(following)
        running = int(following.setting.writes_program and isinstance(came, Reply))
        engine.counts.programs += running
        return came

    try:
        return await roll_out(call, ask, executor)
    finally:
        engine.counts.programs -= running


def _pass_over(call: Call, engine: Engine, folder: RunFolder) -> None:
    """Count a call that has its rows, with all the replies that it took."""
    taken = folder.rounds(call)
    engine.counts.total -= call.rounds - taken
    if call.needs and engine.first_mention(call.needs):
        taken += 1
    engine.counts.stored += taken


async def score_call(seed: int, model: str, call: Call, came: Reply | ProviderError, executor: Executor) -> list[Row]:
    """The rows of one call that is over with its first reply."""
    rollout = Rollout([await score(call, came, executor)])
    return RowMaker(seed).rows(model, call, await examined(rollout, executor))
