"""Session: one run in its folder, with the model and the executor open around it and the manifest kept true."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.executor import Executor
from solverlearner.manifest import manifest, model_facts, now
from solverlearner.model import Model, Replay
from solverlearner.plan import Plan, draw_calls
from solverlearner.progress import progress
from solverlearner.results import RunFolder
from solverlearner.run import Counts, run, run_calls
from solverlearner.setting import Setting
from solverlearner.stored import StoredReplies, stored_calls
from solverlearner.task import Task

_AT_ONCE = 16  # stored programs handed to the executor, which runs as many at once as it has workers


def carry_out(folder: RunFolder, plan: Plan, model: Model, executor: Executor) -> Counts:
    """Ask what the folder does not hold, score everything, write the manifest whatever happens.

    Raises: UsageError, RunStopped, ExecutorError; KeyboardInterrupt with a line that says how to go on.
    """
    counts, started, state = Counts(plan.calls), now(), "stopped"
    before = folder.read("manifest.json").get("model", {})
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    to_ask = len(folder.replies) < counts.total or any(call.id not in folder.replies for call in draw_calls(plan))

    def write_manifest(state: str) -> None:
        # Without a call the model is not even opened, and who answered stands in the earlier manifest.
        facts = model_facts(model, folder.replies.values()) if to_ask else before
        folder.write("manifest.json", manifest(facts, _confined(executor), counts, started, state))

    async def opened() -> None:
        try:
            if to_ask:
                await model.open()
                _same_weights(folder, before, model)
            write_manifest("running")
            async with executor:
                with progress() as report:
                    await run(plan, model, executor, folder, counts, report)
        finally:
            await model.aclose()

    try:
        asyncio.run(opened())
        state = "incomplete" if counts.unanswered else "complete"
    except KeyboardInterrupt:
        kept = f"{len(folder.replies)} of {counts.total} replies are kept in {folder.path}"
        raise KeyboardInterrupt(f"{kept}; the same command goes on from there") from None
    finally:
        write_manifest(state)
    return counts


def score_stored(folder: RunFolder, stored: StoredReplies, task: Task, setting: Setting, executor: Executor) -> None:
    """Score the replies of a file into the folder, as a run would that had got them from a model.

    Raises: UsageError, ExecutorError.
    """
    answered = list(stored_calls(stored, task, setting))
    file = {"name": stored.name, "file": str(stored.path), "sha256": stored.sha256}
    model = Replay(stored.name, file, {call.id: reply for call, reply in answered})
    calls, counts, started = (call for call, _ in answered), Counts(len(answered)), now()

    async def opened() -> None:
        async with executor:
            await run_calls(calls, _AT_ONCE, 0, model, executor, folder, counts, lambda counts: None)

    try:
        asyncio.run(opened())
    finally:
        state = "complete" if counts.done == counts.total else "stopped"
        folder.write("manifest.json", manifest(model.identity, _confined(executor), counts, started, state))


def _confined(executor: Executor) -> dict[str, Any]:
    return {"protections": [*executor.protections], "limits": dataclasses.asdict(executor.limits)}


def _same_weights(folder: RunFolder, before: Mapping[str, Any], model: Model) -> None:
    if folder.replies and before.get("sha256") != model.identity.get("sha256"):
        problem = "holds replies of other weights under the same path; move it away, or name another results folder"
        raise UsageError(str(folder.path), problem)
