"""Run: the line itself. Calls become replies, replies programs or answers, and those become rows."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from solverlearner.errors import RunStopped, UsageError
from solverlearner.executor import Executor, ExecutorError
from solverlearner.model import Call, Model, ProviderError, Reply
from solverlearner.plan import Plan, draw_calls
from solverlearner.program import cut_program
from solverlearner.results import Row, RunFolder
from solverlearner.score import UNANSWERED, Verdict, score_answer, score_check, score_outcome
from solverlearner.task import Item


@dataclass
class Counts:
    """How far a run is: calls to make, replies found on disk, asked now, left unanswered."""

    total: int
    stored: int = 0
    asked: int = 0
    unanswered: int = 0
    last_error: str = ""

    @property
    def done(self) -> int:
        """Calls that are over, one way or the other."""
        return self.stored + self.asked + self.unanswered


async def run(
    plan: Plan,
    model: Model,
    executor: Executor,
    folder: RunFolder,
    counts: Counts,
    report: Callable[[Counts], None],
) -> None:
    """Answer every call that the folder does not hold yet and score all, `concurrency` at a time.

    `counts` goes up on the way. Every call that ended has its rows in the folder, also when this raises.
    Raises: UsageError where not even the first call can be answered, RunStopped where that happens later.
    """
    await run_calls(draw_calls(plan), plan.concurrency, plan.seed, model, executor, folder, counts, report)


async def run_calls(
    calls: Iterator[Call],
    at_once: int,
    seed: int,
    model: Model,
    executor: Executor,
    folder: RunFolder,
    counts: Counts,
    report: Callable[[Counts], None],
) -> None:
    """What `run` does, for calls from anywhere, `at_once` of them at a time."""

    async def work() -> None:
        for call in calls:  # one shared iterator: a worker takes the next call when it is free
            reply = await _answer(call, model, folder, counts)
            folder.add_rows(await score_call(seed, model.name, call, reply, executor))
            report(counts)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, counts.total)):
                group.create_task(work())
    except ExceptionGroup as group:
        if expected := group.subgroup((UsageError, RunStopped, ExecutorError, OSError)):
            raise expected.exceptions[0] from None
        raise
    finally:
        folder.sort_rows()


async def _answer(call: Call, model: Model, folder: RunFolder, counts: Counts) -> Reply | None:
    if stored := folder.replies.get(call.id):
        counts.stored += 1
        return stored
    try:
        reply = await model.ask(call)
    except ProviderError as error:
        if error.permanent and not counts.asked:
            raise UsageError(f"model={model.name}", str(error)) from error
        if error.permanent:
            raise RunStopped(str(error)) from error
        counts.unanswered += 1
        counts.last_error = str(error)
        return None
    folder.keep_reply(call.id, reply)
    counts.asked += 1
    return reply


async def score_call(seed: int, model: str, call: Call, reply: Reply | None, executor: Executor) -> list[Row]:
    """The rows of one call: one for an answer, one a query of the episode for a program."""
    program = cut_program(reply.text) if reply and call.query is None else None
    verdicts = await _verdicts(call, reply, program, executor)
    first = call.query or 0
    return [
        _row(seed, model, call, reply, program, first + offset, item, verdict)
        for offset, (item, verdict) in enumerate(zip(call.items, verdicts, strict=True))
    ]


async def _verdicts(call: Call, reply: Reply | None, program: str | None, executor: Executor) -> list[Verdict]:
    if reply is None:
        return [UNANSWERED for _ in call.items]
    if call.check:
        return [score_check(call.check, reply.text)]
    if call.query is not None:
        return [score_answer(call.task, call.items[0], reply.text)]
    if program is None:
        return [Verdict("no_program") for _ in call.items]
    inputs = [item.input for item in call.items]
    outcomes = await executor.run(program, inputs)
    verdicts = [score_outcome(call.task, *pair) for pair in zip(call.items, outcomes, strict=True)]
    if not executor.check_determinism:
        return verdicts
    check = await executor.check(program, inputs, outcomes)
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
    ideal = None if call.check else episode.ideal.apply(item.input)
    default = None if call.check else task.default_world.apply(item.input)
    return Row(
        task=task.name,
        variant=task.variant,
        setting=call.setting.name,
        model=model,
        seed=seed,
        episode=episode.index,
        query=query,
        input=list(item.input),
        expected=item.expected,
        status=verdict.status,
        value=verdict.value,
        correct=verdict.correct,
        recited=verdict.recited,
        message=verdict.message,
        unstable=verdict.unstable,
        ambiguity=episode.ambiguity,
        uncovered=episode.uncovered,
        corrupted=episode.corrupted,
        ideal=ideal,
        ideal_correct=ideal is not None and task.equal(item.expected, ideal),
        default_world=default,
        default_world_correct=default is not None and task.equal(item.expected, default),
        program=program,
        prompt=call.messages,
        reply=reply.text if reply else None,
        reply_state=reply.state if reply else None,
        prompt_tokens=reply.prompt_tokens if reply else None,
        completion_tokens=reply.completion_tokens if reply else None,
        seconds=reply.seconds if reply else None,
    )
