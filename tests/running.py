"""A whole run in a process of ours: its rows and its counts."""

import asyncio

from solverlearner.design.plan import draw_calls
from solverlearner.evaluation.loop import run
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine
from solverlearner.inference.request_options import Counts, RequestOptions

ONCE = RequestOptions(concurrency=4, attempts=1)


def rows_of(folder, plan, model, asking=ONCE, code="", **options):
    async def go():
        counts = Counts(plan.calls)
        async with Executor(workers=1, **options) as executor:
            with open_folder(folder, "run", {}, derivation=f"{code}{options}") as opened:
                engine = Engine(model, opened.log, counts, asking)
                await run(draw_calls(plan), plan.seed, engine, opened, executor)
        return counts

    counts = asyncio.run(go())
    return list(read_rows(folder / "run")), counts
