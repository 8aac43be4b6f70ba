"""run: ask a model in every setting on the same items, run its programs, print the square."""

from collections.abc import Sequence
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.cli.sweep import hydra_plugin
from solverlearner.design.plan import Plan
from solverlearner.errors import RunStopped
from solverlearner.evaluation.cost import within_budget
from solverlearner.evaluation.options import run_spec_of
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine, left_open
from solverlearner.inference.usage import Price
from solverlearner.models.base import Model
from solverlearner.pipeline import carry_out_spec
from solverlearner.reporting.progress_bar import keep_shown
from solverlearner.reporting.terminal import cost_line, render_summary


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    spec = run_spec_of(options)
    if spec.budget:
        within_budget(spec.budget.usd, spec.cost())
    engine, summary = carry_out_spec(spec, keep_shown)
    plan = spec.plan
    print(_title(plan, spec.model), end="\n\n")
    print(render_summary(summary, shots=plan.shots, default_world=plan.task.world), end="\n\n")
    print("\n".join([*plan.task.notes(), _ending(engine, spec.executor, spec.price)]), flush=True)
    if problem := left_open(engine):
        raise RunStopped(problem)


def _title(plan: Plan, model: Model) -> str:
    most = "" if plan.task.most_episodes is None else "at most "
    size = f"{plan.episodes} episodes × {most}{plan.queries} queries · {most}{plan.shots} shots · seed {plan.seed}"
    return f"{plan.task.name} {plan.task.variant} · {model.name} · {size}"


def _ending(engine: Engine, executor: Executor, price: Price | None) -> str:
    counts, usage = engine.counts, engine.log.usage
    lines = [f"Rows, prompts, replies and manifest: {engine.log.path}"]
    if executor.protections:
        lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    lines.append(cost_line(usage, price))
    if counts.stored or counts.reused:
        there = f"{counts.stored} of {counts.total} replies were there already"
        lines.append(f"{there}, {counts.reused} came from other calls; {counts.asked} were asked for now.")
    if engine.model.remark:
        lines.append(engine.model.remark)
    return "\n".join(lines)


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    hydra_plugin.register()
    return hydra_command(run_main, words)
