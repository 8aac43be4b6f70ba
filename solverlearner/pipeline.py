"""Pipeline: joins the stages of a run, for the commands and for Python."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from solverlearner.design.call import Call
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.errors import UsageError, debug, set_log, warn
from solverlearner.evaluation.judge import Judge
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import RunFolder, open_folder
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.evaluation.session import CoroutineRunner, carry_out
from solverlearner.evaluation.until import looks
from solverlearner.inference.engine import Engine
from solverlearner.inference.reply_cache import ReplyCache, opened_cache
from solverlearner.inference.reply_log import ReplyLog
from solverlearner.inference.request_options import Counts
from solverlearner.inference.token_limit import limit_warning
from solverlearner.inference.usage import Price
from solverlearner.models.base import ProviderError, Reply, why_no_other_questions
from solverlearner.models.question import Question

if TYPE_CHECKING:
    from solverlearner.analysis.stopping import Stopping
    from solverlearner.analysis.summary import Summary

_MANY = 5_000  # completions, whose entropies and divergences take some seconds

Shown = Callable[[Engine, Price | None], Coroutine[Any, Any, None]]
"""Shows how far a run is, until it is cancelled."""


def call_options(spec: RunSpec) -> dict[str, Any]:
    """The options of a run that decide how long its replies may be and whether the model thinks before them."""
    model = spec.kept.get("model")
    return {**(model if isinstance(model, dict) else {}), "max_tokens": spec.max_tokens}


def limit_line(spec: RunSpec) -> str | None:
    """What to tell before a run begins whose limit of tokens is too small for a model that thinks before it answers."""
    return None if spec.finished() else limit_warning(spec.model.name, spec.max_tokens, call_options(spec))


def _with_groups(options: dict[str, Any], folder: RunFolder) -> dict[str, Any]:
    """A run's options with the groups of its answers, where its model made some."""
    if options.get("cluster") != "model":
        return options
    from solverlearner.analysis.measures import with_groups

    return with_groups(options, folder.path)


def _engine(
    spec: RunSpec, log: ReplyLog, calls: Iterator[Question], counts: Counts, cache: ReplyCache | None
) -> Engine:
    """The engine of a run. The batch API's is imported by the runs that use it."""
    if not getattr(spec.model, "batch", False):
        return Engine(spec.model, log, counts, spec.request_options, cache, spec.budget)
    from solverlearner.inference.batch.batch_model import engine_of

    return engine_of(spec.model, log, calls, counts, spec.request_options, cache, spec.budget)


def check_measures(spec: RunSpec) -> None:
    """Refuse a way of grouping answers that the task or this machine does not have. Raises: UsageError."""
    cluster = str(spec.kept.get("cluster") or "match")
    if cluster != "match":
        from solverlearner.analysis.meaning_groups import check_cluster

        task = spec.plan.task
        free_text = task.of_episode(spec.plan.seed, 0).free_text
        check_cluster(cluster, str(spec.kept.get("nli")), free_text=free_text, task=task.name)
    if cluster == "model" and (why := why_no_other_questions(spec.model)):
        problem = f"{spec.model.name} cannot be asked whether answers say the same: {why}; choose match, rouge or nli"
        raise UsageError("cluster=model", problem)


def _judge(spec: RunSpec, engine: Engine) -> Judge | None:
    """What groups answers by asking the run's model, where `cluster=model` wants it."""

    async def ask(question: Question) -> Reply | ProviderError:
        engine.counts.total += 1  # known only now
        return await engine.answer(question)

    return Judge(ask, spec.plan.prompts.templates) if spec.kept.get("cluster") == "model" else None


def _stopping(spec: RunSpec) -> "Stopping | None":
    if spec.until is None:
        return None
    from solverlearner.analysis.stopping import Stopping

    return Stopping(spec.until, spec.plan.episodes)


def _stages(
    spec: RunSpec, folder: RunFolder, counts: Counts, is_over: Callable[[int], bool], stopping: "Stopping | None"
) -> Iterator[Iterator[Call]]:
    """The calls of a run: all at once, or in stages of episodes, until their rows let the run stop."""
    if stopping is None:
        yield draw_calls(spec.plan, is_over)
        return
    begun = 0
    for end in looks(spec.plan.episodes):
        plan = replace(spec.plan, episodes=end)
        yield _stage(plan, begun, is_over)
        if stopping.look(end, read_rows(folder.path), spec.kept):
            counts.total -= spec.plan.calls - plan.calls
            return
        begun = end


def _stage(plan: Plan, begun: int, is_over: Callable[[int], bool]) -> Iterator[Call]:
    """The calls of a plan's episodes from number `begun` on; with checks `draw_calls` draws the others as well."""
    calls = draw_calls(plan, lambda episode: episode < begun or is_over(episode))
    return (call for call in calls if call.episode.index >= begun)


def carry_out_spec(
    spec: RunSpec, shown: Shown | None = None, runner: CoroutineRunner | None = None
) -> "tuple[Engine, Summary]":
    """Answer every call of a run, score it and write its folder. Raises: what `session.carry_out` does."""
    check_measures(spec)
    set_log(spec.log)
    debug(f"run folder {spec.path}: {spec.plan.calls} calls of {spec.model.name}")
    with (
        open_folder(spec.results, spec.name, spec.kept, spec.derivation) as folder,
        opened_cache(spec.results, wanted=spec.cache) as store,
    ):
        counts = Counts(spec.plan.calls)
        missing = (call for call in draw_calls(spec.plan) if not folder.is_scored(call))
        engine = _engine(spec, folder.log, missing, counts, store)

        def is_over(episode: int) -> bool:
            if over := folder.has_scored(spec.plan, episode):
                answered = folder.answered_in(spec.plan, episode)
                counts.stored += answered
                counts.total -= spec.plan.calls_in(episode) - answered
            return over

        programs = any(setting.writes_program for setting in spec.plan.settings)
        stopping = _stopping(spec)
        stages = _stages(spec, folder, counts, is_over, stopping)
        beside = (lambda engine: shown(engine, spec.price)) if shown and spec.log != "quiet" else None
        judge = _judge(spec, engine)
        carry_out(stages, spec.plan.seed, engine, folder, spec.executor, beside, runner, programs, judge)
        from solverlearner.analysis.summary import as_record, summarise  # not before the first call

        if counts.total >= _MANY and (spec.kept.get("uncertainty") or spec.kept.get("persuasion")):
            warn(f"all calls are answered; measuring {counts.total:,} completions …")
        summary = summarise(folder.rows(), _with_groups(spec.kept, folder))
        summary.until = stopping.record() if stopping else {}
        folder.write("summary.json", as_record(summary) | {"cost": folder.log.usage.record(spec.price)})
        if spec.rows == "parquet":
            folder.pack_rows()
    return engine, summary
