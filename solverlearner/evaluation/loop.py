"""Run: the line itself. Calls become replies, replies programs or answers, and those become rows."""

import asyncio
from collections.abc import Iterator
from typing import Any

from solverlearner.design.call import Call
from solverlearner.design.verdict import Verdict
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.rollout import Rollout, examined, roll_out, score
from solverlearner.evaluation.row_schema import Row
from solverlearner.evaluation.run_folder import RunFolder
from solverlearner.evaluation.scoring import score_value
from solverlearner.execution.executor import Executor, ExecutorError
from solverlearner.inference.engine import Engine
from solverlearner.inference.rate_limit import Stopping
from solverlearner.models.base import ProviderError, Reply
from solverlearner.task import JSON, Item, Rule

_SKIPPED_AT_ONCE = 256
_AMOUNTS = ("prompt_tokens", "completion_tokens", "reasoning_tokens", "cached_tokens", "seconds")

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

    async def work() -> None:
        try:
            await _work(calls, seed, engine, folder, executor)
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


async def _work(calls: Iterator[Call], seed: int, engine: Engine, folder: RunFolder, executor: Executor) -> None:
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
        folder.add_rows(rows_of(seed, engine.model.name, call, rollout))


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
    return rows_of(seed, model, call, await examined(rollout, executor))


def rows_of(seed: int, model: str, call: Call, rollout: Rollout) -> list[Row]:
    """The rows of one call with all its rounds: one for an answer, one a query of the episode for a program."""
    first = call.query or 0
    return [
        _row(seed, model, call, rollout, first + offset, item, verdict)
        for offset, (item, verdict) in enumerate(zip(call.items, rollout.chosen.verdicts, strict=True))
    ]


def _row(seed: int, model: str, call: Call, rollout: Rollout, query: int, item: Item, verdict: Verdict) -> Row:
    task, episode = call.task, call.episode
    backwards = call.setting.asks == "input"  # where the rule is given, and an ideal learner has nothing to find
    last, chosen = rollout.last, rollout.chosen
    reply = last.came if isinstance(last.came, Reply) else None
    amounts: dict[str, Any] = {name: _total(rollout, name) if reply else None for name in _AMOUNTS}
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
        correct=verdict.correct,
        ambiguity=episode.ambiguity,
        uncovered=episode.uncovered,
        corrupted=episode.corrupted,
        **_reference("ideal", call, None if backwards else episode.ideal, item),
        **_reference("default_world", call, task.default_world, item),
        **_meaning(call, item, verdict),
        posterior=None if call.check or backwards else episode.posterior(item),
        facts=None if call.check else task.item_facts(item.input) or None,
        tokens=_tokens(call, chosen.came, query),
        prompt=last.call.messages,
        **_said(reply),
        **amounts,
        calls=len(rollout.replies),
        own_rule=rollout.own_rule,
        wording=call.wording,
        **_program(call, rollout),
    )


def _said(reply: Reply | None) -> dict[str, Any]:
    """The columns of a completion's text; None where none came."""
    if reply is None:
        return {"reply": None, "reply_state": "api_error", "reasoning": None}
    return {"reply": reply.text, "reply_state": reply.state, "reasoning": reply.reasoning}


def _program(call: Call, rollout: Rollout) -> dict[str, Any]:
    """The columns of the program that counts: its text, its shots, and what it does on probe inputs."""
    chosen = rollout.chosen
    shots = len(call.episode.shots) if rollout.last.answered and call.setting.checked_on_shots else 0
    checked = {"shots": shots or None, "shots_right": chosen.tried.right if shots else None}
    return {"program": chosen.program, **checked, **vars(rollout.does)}


def _reference(name: str, call: Call, rule: Rule | None, item: Item) -> dict[str, Any]:
    """The columns of a reference: its answer and its score, None where there is no such reference."""
    if rule is None:
        return {name: None, f"{name}_correct": None, f"{name}_score": None}
    value = None if call.check else rule.apply(item.input)
    score = 0.0 if value is None else score_value(call.task, item, value)
    return {name: value, f"{name}_correct": score == 1, f"{name}_score": score}


def _meaning(call: Call, item: Item, verdict: Verdict) -> dict[str, Any]:
    """The columns that group answers: what the value means, and whether it is what the run argues for.

    A value that counts as a known answer has that answer's meaning, whatever its words are.
    """
    task, unanswered = call.task, verdict.score is None
    if call.check or unanswered:
        return {"meaning": None, "on_target": None}
    if verdict.value is None:
        return {"meaning": None, "on_target": False}
    target = task.argued_for(item.input)
    known = [target, task.default_answer(item.input), item.expected]
    right = [verdict.correct and each == item.expected for each in known]  # as a rule that is a program has found
    equal = [
        each is not None and (ok or task.equal(each, verdict.value)) for ok, each in zip(right, known, strict=True)
    ]
    told = next((each for each, same in zip(known, equal, strict=True) if same), verdict.value)
    return {"meaning": task.meaning(told), "on_target": bool(equal[0])}


def _tokens(call: Call, came: Reply | ProviderError, query: int) -> JSON:
    """The log-probabilities of the reply; of a program they stand in the row of its first query alone."""
    tokens = came.tokens if isinstance(came, Reply) else None
    return tokens.record if tokens and (call.query is not None or query == 0) else None


def _total(rollout: Rollout, name: str) -> float | None:
    """An amount over all of a rollout's own replies; None where one of them does not tell it."""
    if len(rollout.replies) == 1:
        amount: float | None = getattr(rollout.replies[0], name)
        return amount
    told: list[float | None] = [getattr(reply, name) for reply in rollout.replies]
    known = [amount for amount in told if amount is not None]
    return sum(known) if len(known) == len(told) else None
