"""Run: the line itself. Calls become replies, replies programs or answers, and those become rows."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from solverlearner.engine import Engine
from solverlearner.errors import RunStopped, UsageError
from solverlearner.executor import Executor, ExecutorError
from solverlearner.model import Call, ProviderError, Reply
from solverlearner.pace import Stopping
from solverlearner.program import cut_program
from solverlearner.rows import Row
from solverlearner.score import Verdict, score_answer, score_check, score_outcome, unanswered
from solverlearner.task import JSON, Item, Rule

_SKIPPED_AT_ONCE = 256
_OF_REPLY = ("reasoning", "prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds")

_GRACE_S = 20.0
"""Seconds that calls under way get to end in when the run has to stop."""

_SCORED_AT_ONCE = 16
"""Calls that may be scored beside those that are under way, so that a slow program holds up no call."""


async def run(calls: Iterator[Call], seed: int, engine: Engine, executor: Executor) -> None:
    """Answer every call, score every reply, and bring the rows into order.

    A few workers pull from the one iterator, so nothing is held for calls that are far ahead. Every call that ended
    has its rows in the folder, also when this raises; what is under way when the run has to stop is paid for, and is
    given some time to end. Raises: UsageError, RunStopped, ExecutorError, OSError.
    """
    workers: list[asyncio.Task[None]] = []
    reasons: list[Exception] = []

    async def work() -> None:
        try:
            await _work(calls, seed, engine, executor)
        except (UsageError, RunStopped, ExecutorError) as reason:
            reasons.append(reason)
            engine.pace.stop()
            asyncio.get_running_loop().call_later(_GRACE_S, lambda: [worker.cancel() for worker in workers])

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(engine.asking.concurrency + _SCORED_AT_ONCE, engine.counts.total)):
                workers.append(group.create_task(work()))
    except ExceptionGroup as group:
        if failed := group.subgroup(OSError):
            raise failed.exceptions[0] from None
        raise
    finally:
        engine.folder.sort_rows()
    if reasons:
        raise reasons[0]


async def _work(calls: Iterator[Call], seed: int, engine: Engine, executor: Executor) -> None:
    """One worker: call after call, until none is left or the run is stopping."""
    for call in calls:
        if engine.pace.stopping:
            return
        if engine.folder.is_scored(call):
            engine.counts.stored += 1
            if engine.counts.stored % _SKIPPED_AT_ONCE == 0:
                await asyncio.sleep(0)  # a long run that is gone on with still hears Ctrl-C
            continue
        try:
            came = await engine.answer(call)
        except Stopping:
            return
        engine.folder.add_rows(await score_call(seed, engine.model.name, call, came, executor))


async def score_call(seed: int, model: str, call: Call, came: Reply | ProviderError, executor: Executor) -> list[Row]:
    """The rows of one call: one for an answer, one a query of the episode for a program."""
    reply = came if isinstance(came, Reply) else None
    program = cut_program(reply.text) if reply and call.query is None else None
    if reply is None:
        verdicts = [unanswered(str(came)) for _ in call.items]
    else:
        verdicts = await _verdicts(call, reply, program, executor)
    first = call.query or 0
    return [
        _row(seed, model, call, reply, program, first + offset, item, verdict)
        for offset, (item, verdict) in enumerate(zip(call.items, verdicts, strict=True))
    ]


async def _verdicts(call: Call, reply: Reply, program: str | None, executor: Executor) -> list[Verdict]:
    if call.check:
        return [score_check(call.check, reply.text)]
    if call.query is not None:
        return [score_answer(call.task, call.items[0], reply.text)]
    if program is None:
        return [Verdict("no_program") for _ in call.items]
    inputs = [item.input for item in call.items]
    outcomes = await executor.run(program, inputs, call.task.typed)
    verdicts = [score_outcome(call.task, *pair) for pair in zip(call.items, outcomes, strict=True)]
    if not executor.check_determinism:
        return verdicts
    check = await executor.check(program, inputs, outcomes, call.task.typed)
    unstable = dict.fromkeys(check.stateful, "stateful") | dict.fromkeys(check.nondeterministic, "nondeterministic")
    return [replace(verdict, unstable=unstable.get(index, "")) for index, verdict in enumerate(verdicts)]


def _row(
    seed: int,
    model: str,
    call: Call,
    reply: Reply | None,
    program: str | None,
    query: int,
    item: Item,
    verdict: Verdict,
) -> Row:
    task, episode = call.task, call.episode
    ideal, ideal_correct = _reference(call, episode.ideal, item)
    default, default_correct = _reference(call, task.default_world, item)
    of_reply: dict[str, Any] = {name: getattr(reply, name, None) for name in _OF_REPLY}
    return Row(
        setting=call.setting.name,
        episode=episode.index,
        query=query,
        sample=call.sample,
        task=task.name,
        variant=task.variant,
        rule=task.rule.name,
        model=model,
        seed=seed,
        input=list(item.input),
        expected=item.expected,
        **vars(verdict),
        ambiguity=episode.ambiguity,
        uncovered=episode.uncovered,
        corrupted=episode.corrupted,
        ideal=ideal,
        ideal_correct=ideal_correct,
        default_world=default,
        default_world_correct=default_correct,
        program=program,
        prompt=call.messages,
        reply=reply.text if reply else None,
        reply_state=reply.state if reply else "api_error",
        **of_reply,
    )


def _reference(call: Call, rule: Rule | None, item: Item) -> tuple[JSON, bool | None]:
    """A reference's answer and whether it is right, None where there is no such reference."""
    if rule is None:
        return None, None
    value = None if call.check else rule.apply(item.input)
    return value, value is not None and call.task.equal(item.expected, value)
