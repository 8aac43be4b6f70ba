"""The commands that Hydra configures: configurations become plans and models here, and nowhere else."""

from pathlib import Path
from typing import Any

import hydra

from solverlearner.build import construct, instance, recorded
from solverlearner.display import render_summary
from solverlearner.entry import job
from solverlearner.errors import RunStopped, UsageError, check_choice, check_range
from solverlearner.executor import Executor, Limits
from solverlearner.export import export
from solverlearner.model import Call, Model
from solverlearner.plan import Plan, check_call, draw_checks, plan_episodes, setting_calls
from solverlearner.results import RunFolder, folder_name, open_folder
from solverlearner.run import Counts
from solverlearner.session import carry_out, score_stored
from solverlearner.setting import CHECK, SETTINGS, parse_settings
from solverlearner.stored import agreement, read_replies
from solverlearner.summary import as_record, read_rows, summarise
from solverlearner.task import Task

# What a run's folder does not depend on: these change how it is carried out, not what the model is asked.
_NOT_IN_NAME = ("results", "concurrency", "executor")
_PLAN_KEYS = (
    "episodes", "shots", "queries", "seed", "hint", "concurrency",
    "noise", "noise_kind", "noise_told", "identifiable", "checks",
)  # fmt: skip


@hydra.main(version_base="1.3", config_path="conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    plan = _plan(options)
    model: Model = instance(options["model"])
    executor = _executor(options["executor"])
    kept = recorded(options | {"settings": [setting.name for setting in plan.settings]})
    named = {key: value for key, value in kept.items() if key not in _NOT_IN_NAME}
    label = f"{plan.task.name}-{plan.task.variant}-{model.name}"
    with open_folder(Path(str(options["results"])), folder_name(named, label), kept) as folder:
        counts = carry_out(folder, plan, model, executor)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary))
    print(_title(plan, model), end="\n\n")
    print(render_summary(summary, shots=plan.shots, default_world=plan.task.default_world.name), end="\n\n")
    print(_ending(folder, model, executor, counts), flush=True)
    if counts.unanswered:
        problem = f"{counts.unanswered} of {counts.total} calls are unanswered ({counts.last_error})"
        raise RunStopped(f"{problem}; the same command asks only for those")


def _executor(config: dict[str, Any]) -> Executor:
    limits = dict(config)
    workers, require, modules, twice = map(limits.pop, ("workers", "require", "modules", "check_determinism"))
    batch = limits.pop("batch")
    if workers is not None:
        check_range("executor.workers", workers if isinstance(workers, int) else 0, 1, 1_024)
    if type(batch) is not int:
        raise UsageError(f"executor.batch={batch}", "must be a whole number")
    if not isinstance(modules, list):
        raise UsageError(f"executor.modules={modules}", "must be a list: executor.modules=[hashlib]")
    if not isinstance(twice, bool):
        raise UsageError(f"executor.check_determinism={twice}", "must be true or false")
    names = [*map(str, modules)]
    kept = construct(Limits, "executor.", limits)
    return Executor(kept, workers, require, names, check_determinism=twice, batch=batch)


def _title(plan: Plan, model: Model) -> str:
    size = f"{plan.episodes} episodes × {plan.queries} queries · {plan.shots} shots · seed {plan.seed}"
    return f"{plan.task.name} {plan.task.variant} · {model.name} · {size}"


def _ending(folder: RunFolder, model: Model, executor: Executor, counts: Counts) -> str:
    lines = [f"Rows, prompts, replies and manifest: {folder.path}"]
    lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    if counts.stored:
        lines.append(
            f"{counts.stored} of {counts.total} replies were there already; {counts.asked} were asked for now."
        )
    if model.remark:
        lines.append(model.remark)
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
    if only != CHECK.name:
        for setting in plan.settings:
            _print_call(list(setting_calls(plan, setting, episode))[0 if setting.writes_program else options["query"]])
    if plan.checks and only in (None, CHECK.name):
        for number, check in draw_checks(plan, episode.index):
            _print_call(check_call(plan, episode, number, check))


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
    setting = SETTINGS[options["setting"]]
    of_task = {key: value for key, value in options["task"].items() if key != "_target_"}
    stored = read_replies(Path(str(options["replies"])), task, of_task)
    asked = {"task": options["task"], "setting": setting.name, "sha256": stored.sha256}
    name = folder_name(asked, f"{task.name}-{task.variant}-{stored.name}-{setting.name}")
    with open_folder(Path(str(options["results"])), name, recorded(options) | asked) as folder:
        score_stored(folder, stored, task, setting, _executor(options["executor"]))
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
    return construct(Plan, "", {"task": instance(options["task"]), "settings": parse_settings(settings), **given})
