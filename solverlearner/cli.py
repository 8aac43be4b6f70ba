"""The commands that Hydra configures: configurations become plans and models here, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hydra

from solverlearner.accounting import Price, price_of
from solverlearner.batch import engine_of
from solverlearner.batch_score import is_batch, read_batch, score_batch
from solverlearner.build import construct, instance, recorded
from solverlearner.derivation import derivation
from solverlearner.display import cost_line, render_summary
from solverlearner.engine import Asking, Counts, Engine
from solverlearner.entry import job
from solverlearner.episode import Episode
from solverlearner.errors import RunStopped, UsageError, check_choice, check_range
from solverlearner.executor import Executor, Limits
from solverlearner.export import export
from solverlearner.model import Call, Model, Replay
from solverlearner.plan import Plan, check_call, draw_calls, draw_checks, plan_episodes, setting_calls
from solverlearner.reply_store import kept_where, opened_store
from solverlearner.results import folder_name, open_folder
from solverlearner.session import carry_out
from solverlearner.setting import CHECK, SETTINGS, parse_settings
from solverlearner.stored import agreement, read_replies, stored_calls
from solverlearner.summary import as_record, read_rows, summarise
from solverlearner.task import Task

_PLAN_KEYS = (
    "episodes", "shots", "queries", "seed", "hint", "noise", "noise_kind", "noise_told", "identifiable", "checks",
    "samples",
)  # fmt: skip
_ASKING_KEYS = ("concurrency", "attempts", "retry_s", "rpm", "tpm", "offline", "max_unanswered")
_PRICE_KEYS = ("price_in", "price_out", "prices")
# What a run's folder does not depend on: these change how it is carried out, not what the model is asked.
_NOT_IN_NAME = {
    *_ASKING_KEYS, *_PRICE_KEYS, "results", "executor", "store", "timeout", "timeout_s", "batch",
}  # fmt: skip


@hydra.main(version_base="1.3", config_path="conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    plan, asking = _plan(options), construct(Asking, "", {key: options[key] for key in _ASKING_KEYS})
    model, executor, results = _model(options), _executor(options["executor"]), Path(str(options["results"]))
    price = price_of(model.name, *(options[key] for key in _PRICE_KEYS))
    kept = recorded(options | {"settings": [setting.name for setting in plan.settings]})
    name = folder_name(_answers_follow_from(kept), f"{plan.task.name}-{plan.task.variant}-{model.name}")
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    with (
        open_folder(results, name, kept, derivation(plan.task, options["executor"])) as folder,
        opened_store(results, wanted=_switch("store", options["store"])) as store,
    ):
        engine = engine_of(model, folder, draw_calls(plan), Counts(plan.calls), asking, store)
        carry_out(draw_calls(plan), plan.seed, engine, executor, price)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary) | {"cost": folder.totals.record(price)})
    print(_title(plan, model), end="\n\n")
    print(render_summary(summary, shots=plan.shots, default_world=plan.task.default_world.name), end="\n\n")
    print(_ending(engine, executor, price), flush=True)
    counts = engine.counts
    if counts.unanswered > asking.max_unanswered:
        problem = f"{counts.unanswered} of {counts.total} calls are unanswered ({counts.last_error})"
        raise RunStopped(f"{problem}; the same command asks only for those")


def _switch(key: str, value: Any) -> bool:
    found = {"true": True, "on": True, "false": False, "off": False}.get(str(value).lower())
    if found is None:
        raise UsageError(f"{key}={value}", "must be on or off")
    return found


def _model(options: dict[str, Any]) -> Model:
    model: Model = instance({key: value for key, value in options["model"].items() if key not in _PRICE_KEYS})
    return model


def _answers_follow_from(options: dict[str, Any]) -> dict[str, Any]:
    """The options that a run's folder is named by, of the run and of its model."""
    named = {key: value for key, value in options.items() if key not in _NOT_IN_NAME}
    return named | {"model": {key: value for key, value in options["model"].items() if key not in _NOT_IN_NAME}}


def _executor(config: dict[str, Any]) -> Executor:
    limits = dict(config)
    workers, require, modules, twice = map(limits.pop, ("workers", "require", "modules", "check_determinism"))
    if workers is not None:
        check_range("executor.workers", workers if isinstance(workers, int) else 0, 1, 1_024)
    if not isinstance(modules, list):
        raise UsageError(f"executor.modules={modules}", "must be a list: executor.modules=[hashlib]")
    if not isinstance(twice, bool):
        raise UsageError(f"executor.check_determinism={twice}", "must be true or false")
    names = [*map(str, modules)]
    return Executor(construct(Limits, "executor.", limits), workers, require, names, check_determinism=twice)


def _title(plan: Plan, model: Model) -> str:
    size = f"{plan.episodes} episodes × {plan.queries} queries · {plan.shots} shots · seed {plan.seed}"
    return f"{plan.task.name} {plan.task.variant} · {model.name} · {size}"


def _ending(engine: Engine, executor: Executor, price: Price | None) -> str:
    counts, totals = engine.counts, engine.folder.totals
    lines = [f"Rows, prompts, replies and manifest: {engine.folder.path}"]
    lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    lines.append(cost_line(totals, price))
    if counts.stored or counts.reused:
        there = f"{counts.stored} of {counts.total} replies were there already"
        lines.append(f"{there}, {counts.reused} came from other calls; {counts.asked} were asked for now.")
    if engine.model.remark:
        lines.append(engine.model.remark)
    return "\n".join(lines)


@hydra.main(version_base="1.3", config_path="conf", config_name="show")
@job
def show_main(options: dict[str, Any]) -> None:
    """`show`: print the exact prompts of one query of one episode; calls nothing. Raises: UsageError."""
    only = options["setting"]
    if only == CHECK.name:
        options["checks"] = True
    elif only is not None:
        options["settings"] = [only]
    plan = _plan(options)
    check_range("episode", options["episode"], 0, plan.episodes - 1)
    check_range("query", options["query"], 0, plan.queries - 1)
    episode = next(e for e in plan_episodes(plan) if e.index == options["episode"])
    model = _model(options) if options["why"] else None
    for call in _shown(plan, episode, options["query"], only):
        _print_call(call)
        if model:
            print(f"--- reply: {kept_where(Path(str(options['results'])), model.request(call), call)}\n")


def _shown(plan: Plan, episode: Episode, query: int, only: str | None) -> Iterator[Call]:
    if only != CHECK.name:
        for setting in plan.settings:
            yield next(call for call in setting_calls(plan, setting, episode) if call.query in (None, query))
    if plan.checks and only in (None, CHECK.name):
        for number, check in draw_checks(plan, episode.index):
            yield check_call(plan, episode, number, check)


def _print_call(call: Call) -> None:
    print(f"--- {call.setting.name}: {call.setting.title}")
    for message in call.messages:
        print(message["content"])
    print("--- expected: a program\n" if call.query is None else f"--- expected: {call.items[0].expected}\n")


@hydra.main(version_base="1.3", config_path="conf", config_name="data")
@job
def data_main(options: dict[str, Any]) -> None:
    """`data`: print a task's items, or the published file of them. Raises: UsageError."""
    for line in export(_plan(options), str(options["format"])):
        print(line, end="")


@hydra.main(version_base="1.3", config_path="conf", config_name="score")
@job
def score_main(options: dict[str, Any]) -> None:
    """`score`: score the replies of a file, print the square. Raises: UsageError, RunStopped."""
    task: Task = instance(options["task"])
    check_choice("setting", str(options["setting"]), tuple(SETTINGS))
    if is_batch(path := Path(str(options["replies"]))):
        batch = read_batch(path, _plan(options | {"settings": [*SETTINGS], "checks": True}))
        results, derived_by = Path(str(options["results"])), derivation(task, options["executor"])
        print(score_batch(batch, _executor(options["executor"]), results, recorded(options), derived_by))
        return
    setting = SETTINGS[options["setting"]]
    of_task = {key: value for key, value in options["task"].items() if key != "_target_"}
    stored = read_replies(path, task, of_task)
    answered = list(stored_calls(stored, task, setting))
    file = {"name": stored.name, "file": str(stored.path), "sha256": stored.sha256}
    model = Replay(stored.name, file, {call.id: reply for call, reply in answered})
    asked = {"task": options["task"], "setting": setting.name, "sha256": stored.sha256}
    name = folder_name(asked, f"{task.name}-{task.variant}-{stored.name}-{setting.name}")
    derived_by = derivation(task, options["executor"])
    with open_folder(Path(str(options["results"])), name, recorded(options) | asked, derived_by) as folder:
        engine = Engine(model, folder, Counts(len(answered)))
        carry_out((call for call, _ in answered), 0, engine, _executor(options["executor"]))
        rows = list(read_rows(folder.path))
        summary = summarise(rows)
        agreed = agreement(stored, {(row["episode"], row["query"]): row["correct"] for row in rows})
        folder.write("summary.json", as_record(summary) | {"agreement": agreed.record()})
    print(f"{task.name} {task.variant} · {stored.name} · {len(rows)} stored replies", end="\n\n")
    print(render_summary(summary, shots=None, default_world=task.default_world.name), end="\n\n")
    print("\n".join([*agreed.lines(), *stored.notes(), f"Rows, replies and manifest: {folder.path}"]))


def _plan(options: dict[str, Any]) -> Plan:
    settings = options["settings"]
    if not isinstance(settings, list):
        raise UsageError(f"settings={settings}", "must be a list: settings=[zero_shot,solverlearner]")
    given = {key: options[key] for key in _PLAN_KEYS}
    if options["samples"] != 1 and options.get("temperature") == 0:  # `score` has none
        raise UsageError(f"samples={options['samples']}", "needs a temperature above 0; at 0 all samples are the same")
    return construct(Plan, "", {"task": instance(options["task"]), "settings": parse_settings(settings), **given})
