"""The commands that Hydra configures."""

from typing import Any

import hydra

from solverlearner.accounting import Price
from solverlearner.api import carry_out_cell
from solverlearner.cell import cell_of
from solverlearner.cost import within_budget
from solverlearner.display import cost_line, render_summary
from solverlearner.engine import Engine, left_open
from solverlearner.entry import job
from solverlearner.errors import RunStopped
from solverlearner.executor import Executor
from solverlearner.model import Model
from solverlearner.plan import Plan
from solverlearner.progress import keep_shown


@hydra.main(version_base="1.3", config_path="conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    cell = cell_of(options)
    if cell.budget:
        within_budget(cell.budget.usd, cell.cost())
    engine, summary = carry_out_cell(cell, keep_shown)
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
    counts, totals = engine.counts, engine.log.totals
    lines = [f"Rows, prompts, replies and manifest: {engine.log.path}"]
    if executor.protections:
        lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    lines.append(cost_line(totals, price))
    if counts.stored or counts.reused:
        there = f"{counts.stored} of {counts.total} replies were there already"
        lines.append(f"{there}, {counts.reused} came from other calls; {counts.asked} were asked for now.")
    if engine.model.remark:
        lines.append(engine.model.remark)
    return "\n".join(lines)
