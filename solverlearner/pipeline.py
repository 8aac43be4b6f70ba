"""Pipeline: joins the stages of a run, for the commands and for Python."""

from collections.abc import Callable, Coroutine
from typing import Any

from solverlearner.analysis.summary import Summary, as_record, summarise
from solverlearner.design.plan import draw_calls
from solverlearner.evaluation.rows import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.evaluation.session import CoroutineRunner, carry_out
from solverlearner.inference.batch.batch_model import engine_of
from solverlearner.inference.engine import Engine
from solverlearner.inference.reply_cache import opened_cache
from solverlearner.inference.request_options import Counts
from solverlearner.inference.usage import Price

Shown = Callable[[Engine, Price | None], Coroutine[Any, Any, None]]
"""Shows how far a run is, until it is cancelled."""


def carry_out_spec(
    cell: RunSpec, shown: Shown | None = None, runner: CoroutineRunner | None = None
) -> tuple[Engine, Summary]:
    """Answer every call of a cell, score it and write its folder. Raises: what `session.carry_out` does."""
    with (
        open_folder(cell.results, cell.name, cell.kept, cell.derivation) as folder,
        opened_cache(cell.results, wanted=cell.cache) as store,
    ):
        counts = Counts(cell.plan.calls)
        missing = (call for call in draw_calls(cell.plan) if not folder.is_scored(call))
        engine = engine_of(cell.model, folder.log, missing, counts, cell.request_options, store, cell.budget)

        def is_over(episode: int) -> bool:
            if over := folder.has_scored(cell.plan, episode):
                answered = folder.answered_in(cell.plan, episode)
                counts.stored += answered
                counts.total -= cell.plan.calls_in(episode) - answered
            return over

        programs = any(setting.writes_program for setting in cell.plan.settings)
        wanted = draw_calls(cell.plan, is_over)
        beside = (lambda engine: shown(engine, cell.price)) if shown else None
        carry_out(wanted, cell.plan.seed, engine, folder, cell.executor, beside, runner, programs)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary) | {"cost": folder.log.usage.record(cell.price)})
    return engine, summary
