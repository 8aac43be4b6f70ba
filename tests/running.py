"""A whole run in a process of ours: its rows and its counts."""

import asyncio

from solverlearner.asking import Asking, Counts
from solverlearner.engine import Engine
from solverlearner.executor import Executor
from solverlearner.plan import draw_calls
from solverlearner.results import open_folder
from solverlearner.rows import read_rows
from solverlearner.run import run

ONCE = Asking(concurrency=4, attempts=1)


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
