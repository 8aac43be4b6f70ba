"""Session: one run in its folder, with the model and the executor open around it and the manifest kept true."""

import asyncio
import dataclasses
from collections.abc import Mapping
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.executor import Executor
from solverlearner.manifest import manifest, model_facts, now
from solverlearner.model import Model
from solverlearner.plan import Plan, draw_calls
from solverlearner.progress import progress
from solverlearner.results import RunFolder
from solverlearner.run import Counts, run


def carry_out(folder: RunFolder, plan: Plan, model: Model, executor: Executor) -> Counts:
    """Ask what the folder does not hold, score everything, write the manifest whatever happens.

    Raises: UsageError, RunStopped, ExecutorError; KeyboardInterrupt with a line that says how to go on.
    """
    counts, started, state = Counts(plan.calls), now(), "stopped"
    before = folder.read("manifest.json").get("model", {})
    to_ask = len(folder.replies) < plan.calls or any(call.id not in folder.replies for call in draw_calls(plan))

    def write_manifest(state: str) -> None:
        # Without a call the model is not even opened, and who answered stands in the earlier manifest.
        facts = model_facts(model, folder.replies.values()) if to_ask else before
        confined = {"protections": [*executor.protections], "limits": dataclasses.asdict(executor.limits)}
        folder.write("manifest.json", manifest(facts, confined, counts, started, state))

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


def _same_weights(folder: RunFolder, before: Mapping[str, Any], model: Model) -> None:
    if folder.replies and before.get("sha256") != model.identity.get("sha256"):
        problem = "holds replies of other weights under the same path; move it away, or name another results folder"
        raise UsageError(str(folder.path), problem)
