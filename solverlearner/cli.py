"""The commands that Hydra configures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hydra

from solverlearner.accounting import Price
from solverlearner.asking import Counts
from solverlearner.batch_score import is_batch, read_batch, score_batch
from solverlearner.build import instance, recorded
from solverlearner.cell import carry_out_cell, cell_of, executor_of, left_open, model_of, plan_of
from solverlearner.cost import within_budget
from solverlearner.derivation import derivation
from solverlearner.display import cost_line, render_summary
from solverlearner.engine import Engine
from solverlearner.entry import job
from solverlearner.episode import Episode
from solverlearner.errors import RunStopped, UsageError, check_choice, check_range
from solverlearner.executor import Executor
from solverlearner.export import export
from solverlearner.identity import TARGET, folder_name
from solverlearner.model import Call, Model
from solverlearner.plan import Plan, check_call, draw_checks, plan_episodes, setting_calls
from solverlearner.reply_store import kept_where
from solverlearner.results import open_folder
from solverlearner.scripted import Replay
from solverlearner.session import carry_out
from solverlearner.setting import CHECK, RULE, SETTINGS
from solverlearner.stored import agreement, read_replies, stored_calls
from solverlearner.summary import as_record, read_rows, summarise
from solverlearner.task import Task, Tasks


@hydra.main(version_base="1.3", config_path="conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    cell = cell_of(options)
    if cell.budget:
        within_budget(cell.budget.usd, cell.cost())
    engine, summary = carry_out_cell(cell)
    plan = cell.plan
    print(_title(plan, cell.model), end="\n\n")
    print(render_summary(summary, shots=plan.shots, default_world=plan.task.world), end="\n\n")
    print("\n".join([*plan.task.notes(), _ending(engine, cell.executor, cell.price)]), flush=True)
    if problem := left_open(engine):
        raise RunStopped(problem)


def _title(plan: Plan, model: Model) -> str:
    most = "" if plan.task.most_episodes is None else "at most "
    size = f"{plan.episodes} episodes × {most}{plan.queries} queries · {most}{plan.shots} shots · seed {plan.seed}"
    return f"{plan.task.name} {plan.task.variant} · {model.name} · {size}"


def _ending(engine: Engine, executor: Executor, price: Price | None) -> str:
    counts, totals = engine.counts, engine.folder.totals
    lines = [f"Rows, prompts, replies and manifest: {engine.folder.path}"]
    if executor.protections:
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
    plan = plan_of(options)
    check_range("episode", options["episode"], 0, plan.episodes - 1)
    check_range("query", options["query"], 0, plan.queries - 1)
    episode = next(e for e in plan_episodes(plan) if e.index == options["episode"])
    model = model_of(options) if options["why"] else None
    for call in _shown(plan, episode, options["query"], only):
        _print_call(call)
        if model and call.needs:
            print("--- reply: its prompt holds the rule that the first call replies with, so it is not looked for\n")
        elif model:
            print(f"--- reply: {kept_where(Path(str(options['results'])), model.request(call), call)}\n")


def _shown(plan: Plan, episode: Episode, query: int, only: str | None) -> Iterator[Call]:
    if only != CHECK.name:
        calls = [next(c for c in setting_calls(plan, s, episode) if c.query in (None, query)) for s in plan.settings]
        yield from {call.needs.place: call.needs for call in calls if call.needs}.values()
        yield from calls
    if plan.checks and only in (None, CHECK.name):
        for number, check in draw_checks(plan, episode.index):
            yield check_call(plan, episode, number, check)


def _print_call(call: Call) -> None:
    print(f"--- {call.setting.name}: {call.setting.title}")
    for message in call.messages:
        print(message["content"])
    if call.query is None:
        print(f"--- expected: {'a rule in words' if call.setting == RULE else 'a program'}\n")
        return
    expected = call.items[0].expected
    print(f"--- expected: {call.task.literal(expected) if call.task.typed else expected}\n")


@hydra.main(version_base="1.3", config_path="conf", config_name="data")
@job
def data_main(options: dict[str, Any]) -> None:
    """`data`: print a task's items, or the published file of them. Raises: UsageError."""
    for line in export(plan_of(options), str(options["format"])):
        print(line, end="")


@hydra.main(version_base="1.3", config_path="conf", config_name="score")
@job
def score_main(options: dict[str, Any]) -> None:
    """`score`: score the replies of a file, print the square. Raises: UsageError, RunStopped."""
    task: Tasks = instance(options["task"])
    check_choice("setting", str(options["setting"]), tuple(SETTINGS))
    if is_batch(path := Path(str(options["replies"]))):
        batch = read_batch(path, plan_of(options | {"settings": [*SETTINGS], "checks": True}))
        results, derived_by = Path(str(options["results"])), derivation(task, options["executor"])
        print(score_batch(batch, executor_of(options["executor"]), results, recorded(options), derived_by))
        return
    if not isinstance(task, Task):
        raise UsageError(f"task={task.name}", "score reads a batch's output for it, no other file: its rules differ")
    setting = SETTINGS[options["setting"]]
    of_task = {key: value for key, value in options["task"].items() if key != TARGET}
    stored = read_replies(path, task, of_task)
    answered = list(stored_calls(stored, task, setting))
    file = {"name": stored.name, "file": str(stored.path), "sha256": stored.sha256}
    model = Replay(stored.name, file, {call.id: reply for call, reply in answered})
    asked = {"task": options["task"], "setting": setting.name, "sha256": stored.sha256}
    name = folder_name(asked, f"{task.name}-{task.variant}-{stored.name}-{setting.name}")
    derived_by = derivation(task, options["executor"])
    with open_folder(Path(str(options["results"])), name, recorded(options) | asked, derived_by) as folder:
        engine = Engine(model, folder, Counts(len(answered)))
        calls, executor = (call for call, _ in answered), executor_of(options["executor"])
        carry_out(calls, 0, engine, executor, programs=setting.writes_program)
        rows = list(read_rows(folder.path))
        summary = summarise(rows)
        agreed = agreement(stored, {(row["episode"], row["query"]): row["correct"] for row in rows})
        folder.write("summary.json", as_record(summary) | {"agreement": agreed.record()})
    print(f"{task.name} {task.variant} · {stored.name} · {len(rows)} stored replies", end="\n\n")
    print(render_summary(summary, shots=None, default_world=task.world), end="\n\n")
    print("\n".join([*agreed.lines(), *stored.notes(), f"Rows, replies and manifest: {folder.path}"]))
