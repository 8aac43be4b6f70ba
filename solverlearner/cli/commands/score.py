"""score: score stored replies, of a batch API or of others."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.design.plan import Plan
from solverlearner.design.setting import without_own_rule
from solverlearner.errors import RunStopped, UsageError, check_choice
from solverlearner.evaluation.derivation import derivation
from solverlearner.evaluation.identity import TARGET, content, folder_name
from solverlearner.evaluation.instantiate import without_credentials
from solverlearner.evaluation.options import executor_of, plan_of, recorded, tasks_of
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.evaluation.run_options import known_options
from solverlearner.evaluation.session import carry_out
from solverlearner.evaluation.stored_batch import AnsweredBatch, is_batch, read_batch
from solverlearner.evaluation.stored_lines import Refused
from solverlearner.evaluation.stored_replies import (
    agreement,
    bare_name,
    one_program_an_episode,
    read_replies,
    stored_calls,
)
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine
from solverlearner.inference.request_options import Counts
from solverlearner.models.replay import Replay
from solverlearner.reporting.progress_bar import keep_shown
from solverlearner.reporting.terminal import render_summary
from solverlearner.task import Task, Tasks
from solverlearner.task.relabelled import Relabelled

_OF_PROMPTS = {key: known_options()[key].default for key in ("prompts", "system", "thought", "wording", "rule_form")}
"""The options that decide the text of prompts for the same items, with their defaults."""


def score_batch(
    answered: AnsweredBatch, executor: Executor, results: Path, config: Mapping[str, Any], derivation: str
) -> str:
    """Score the calls into a run folder of their own; gives what to print. Raises: UsageError, RunStopped."""
    plan, name = answered.plan, bare_name(answered.path)
    asked = {"task": config["task"], "sha256": answered.sha256}
    asked |= {
        field.name: getattr(plan, field.name)
        for field in fields(Plan)
        if field.name not in ("task", "settings", "learner", "prompts")
    }
    kept = recorded(plan)
    asked |= {key: kept[key] for key, usual in _OF_PROMPTS.items() if kept[key] != usual}
    named = {key: content(key, value) for key, value in asked.items()}
    label = f"{plan.task.name}-{plan.task.variant}-{name}"
    file = {"name": name, "file": str(answered.path), "sha256": answered.sha256}
    with open_folder(results, folder_name(named, label), {**config, **asked}, derivation) as folder:
        engine = Engine(Replay(name, file, answered.replies), folder.log, Counts(len(answered.calls)))
        carry_out([iter(answered.calls)], plan.seed, engine, folder, executor, keep_shown)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary) | _refused_record(answered.refused))
    title = f"{plan.task.name} {plan.task.variant} · {name} · {len(answered.calls)} calls · {plan.shots} shots"
    table = render_summary(summary, shots=plan.shots, default_world=plan.task.world)
    ending = "\n".join([*answered.notes(), f"Rows, replies and manifest: {folder.path}"])
    return f"{title}\n\n{table}\n\n{ending}"


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="score")
@job
def score_main(options: dict[str, Any]) -> None:
    """`score`: score the replies of a file, print the square. Raises: UsageError, RunStopped."""
    task = tasks_of(options)
    settings = without_own_rule(task.name)
    check_choice("setting", str(options["setting"]), tuple(settings))
    if is_batch(path := Path(str(options["replies"]))):
        batch = read_batch(path, plan_of(options | {"settings": [*settings], "checks": True}))
        results = Path(str(options["results"]))
        derived_by = derivation(task, options["executor"], templates=batch.plan.prompts.templates)
        print(score_batch(batch, executor_of(options["executor"]), results, without_credentials(options), derived_by))
        _stop_if_refused(path, batch.refused, batch.lines)
        return
    task = _of_one_rule(task, options)
    setting = settings[options["setting"]]
    of_task = {key: value for key, value in options["task"].items() if key != TARGET}
    stored = read_replies(path, task, of_task)
    if setting.writes_program:
        stored = one_program_an_episode(stored)
    answered = list(stored_calls(stored, task, setting))
    file = {"name": stored.name, "file": str(stored.path), "sha256": stored.sha256}
    model = Replay(stored.name, file, {call.id: reply for call, reply in answered})
    asked = {"task": options["task"], "setting": setting.name, "sha256": stored.sha256}
    asked |= {key: options[key] for key in ("symbols", "seed") if isinstance(task, Relabelled)}
    name = folder_name(asked, f"{task.name}-{task.variant}-{stored.name}-{setting.name}")
    derived_by = derivation(task, options["executor"])
    with open_folder(Path(str(options["results"])), name, without_credentials(options) | asked, derived_by) as folder:
        engine = Engine(model, folder.log, Counts(len(answered)))
        calls, executor = (call for call, _ in answered), executor_of(options["executor"])
        carry_out([calls], 0, engine, folder, executor, keep_shown, programs=setting.writes_program)
        rows = list(read_rows(folder.path))
        summary = summarise(rows)
        agreed = agreement(stored, {(row["episode"], row["query"]): row["correct"] for row in rows})
        more = {"agreement": agreed.record()} | _refused_record(stored.refused)
        folder.write("summary.json", as_record(summary) | more)
    print(f"{task.name} {task.variant} · {stored.name} · {len(rows)} stored replies", end="\n\n")
    print(render_summary(summary, shots=None, default_world=task.world), end="\n\n")
    print("\n".join([*agreed.lines(), *stored.notes(), f"Rows, replies and manifest: {folder.path}"]))
    _stop_if_refused(path, stored.refused, len(stored.lines) + len(stored.refused))


def _of_one_rule(task: Tasks, options: Mapping[str, Any]) -> Task:
    """The task, where stored completions that are no batch's can be scored for it. Raises: UsageError."""
    if not isinstance(task, Task):
        raise UsageError(f"task={task.name}", "score reads a batch's output for it, no other file: its rules differ")
    for key, usual in _OF_PROMPTS.items():
        if options[key] != usual:
            problem = "only the completions of a batch's output file are found by their prompts; leave it out"
            raise UsageError(f"{key}={options[key]}", problem)
    return task


def _refused_record(refused: Sequence[Refused]) -> dict[str, Any]:
    return {"refused_lines": {str(number): reason for number, reason, _ in refused}} if refused else {}


def _stop_if_refused(path: Path, refused: Sequence[Refused], lines: int) -> None:
    """The exit code tells that lines are missing. Raises: RunStopped."""
    if refused:
        raise RunStopped(f"replies={path}: {len(refused)} of {lines} lines are refused, the first is {refused[0]}")


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(score_main, words)
