"""run: ask a model in every setting on the same items, run its programs, print the square."""

import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig

from solverlearner.cli.conf_files import own_folders
from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.cli.next_steps import after_run
from solverlearner.cli.sweep import hydra_plugin
from solverlearner.errors import RunStopped, warn
from solverlearner.evaluation.cost import within_budget
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_options import part_of
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine, left_open
from solverlearner.inference.usage import Price
from solverlearner.models.recorded import BEST, OURS
from solverlearner.pipeline import call_options, carry_out_spec, limit_line
from solverlearner.reporting.aligned import sentences
from solverlearner.reporting.progress_bar import keep_shown

if TYPE_CHECKING:
    from solverlearner.analysis.summary import Summary

_QUOTED = re.compile(r"(\w+)='([^'\\,$\[\]{}()]+)'")


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="run")
@job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    spec = run_spec_of(options)
    if spec.budget:
        within_budget(spec.budget.usd, spec.cost())
    if line := limit_line(spec):
        warn(line)
    engine, summary = carry_out_spec(spec, keep_shown)
    plan = spec.plan
    print(_title(spec), end="\n\n")
    if summary.until:
        print(*sentences([summary.until["told"]], 100), sep="\n", end="\n\n")
    if options["details"]:
        print(_details(spec, summary), end="\n\n")
        ending = _ending(engine, spec.executor, spec.price)
    else:
        print(result_text(spec, summary), end="\n\n")
        ending = [*_short_ending(engine, spec)]
    print("\n".join([*plan.task.notes(), *ending]).lstrip("\n"), flush=True)
    if problem := left_open(engine):
        raise RunStopped(problem)


def _details(spec: RunSpec, summary: "Summary") -> str:
    from solverlearner.reporting.terminal import render_summary

    asked = spec.model.name, call_options(spec)
    whole = render_summary(summary, shots=spec.plan.shots, default_world=spec.plan.task.world, asked=asked)
    return "\n\n".join(filter(None, [whole, _measured(summary, details=True), _over_wordings(summary)]))


def result_text(spec: RunSpec, summary: "Summary") -> str:
    """The short result; for a smoke model also the square that a recorded model has on the same items."""
    from solverlearner.analysis.clusters import FEWER
    from solverlearner.reporting.first_look import Measured, first_look, small_square

    task = spec.plan.task
    beside = _measured(summary)
    if beside and all(not each.in_square for each in spec.plan.settings):
        return beside
    name = f"{task.name} {task.variant}"
    smoke, world = getattr(spec.model, "smoke", False), task.world or None
    options = None if smoke else call_options(spec)
    text = first_look(
        summary, variant=name, model=spec.model.name, shots=spec.plan.shots, default_world=world, options=options
    )
    if smoke and (there := _recorded(spec)):
        recorded = {setting: Measured(*found) for setting, found in there.items()}
        square = small_square(recorded, legend=FEWER not in text)
        named = f"For comparison, the recorded completions of {BEST} (model=recorded)"
        text = "\n".join([text, "", named, *square])
    return "\n\n".join(filter(None, [text, beside, _over_wordings(summary)]))


def _recorded(spec: RunSpec) -> "dict[str, Any] | None":
    from solverlearner.analysis.recorded_square import recorded_square

    return recorded_square(OURS, BEST, spec.kept)


def _measured(summary: "Summary", *, details: bool = False) -> str:
    """The entropies and persuasion, in a run that measured them. Few do, and importing their tables takes time."""
    if not summary.measures:
        return ""
    from solverlearner.reporting.persuasion_text import measures_text

    return measures_text(summary.measures, details=details)


def _over_wordings(summary: "Summary") -> str:
    if not summary.wordings:
        return ""
    from solverlearner.reporting.wordings_text import wordings_text

    return wordings_text(summary.over_wordings())


def _title(spec: RunSpec) -> str:
    plan = spec.plan
    most = "" if plan.task.most_episodes is None else "at most "
    episodes = f"{'at most ' * (spec.until is not None)}{plan.episodes} episodes"
    size = f"{episodes} × {most}{plan.queries} queries · {most}{plan.shots} shots · seed {plan.seed}"
    symbols = spec.kept.get("symbols", "usual")
    told = f" in {symbols} symbols" if symbols != "usual" else ""
    return f"{plan.task.name} {plan.task.variant}{told} · {spec.model.name} · {size}"


def _ending(engine: Engine, executor: Executor, price: Price | None) -> list[str]:
    """The origin and the cost of all numbers."""
    lines = [f"Rows, prompts, replies and manifest: {engine.log.path}"]
    if executor.protections:
        lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    if executor.remark:
        lines.append(executor.remark)
    return [*lines, _cost(engine, price), *_origin(engine)]


def _cost(engine: Engine, price: Price | None) -> str:
    from solverlearner.reporting.terminal import cost_line  # after the calls, as all that prints results

    return cost_line(engine.log.usage, price)


def _origin(engine: Engine) -> Iterator[str]:
    counts = engine.counts
    if counts.stored or counts.reused:
        there = f"{counts.stored} of {counts.total} replies were there already"
        yield f"{there}, {counts.reused} came from other calls; {counts.asked} were asked for now."
    if engine.model.remark:
        yield engine.model.remark


def _short_ending(engine: Engine, spec: RunSpec) -> Iterator[str]:
    """The origin, and three lines that say what to do next."""
    if engine.log.usage.money(spec.price) is not None:
        yield _cost(engine, spec.price)
    if spec.executor.remark:
        yield spec.executor.remark
    yield from _origin(engine)
    yield ""
    yield from after_run(str(engine.log.path), _of_task(spec))


def _of_task(spec: RunSpec) -> list[str]:
    """The words that choose the task and its options, as they were typed."""
    typed = [word for word in HydraConfig.get().overrides.task if word.partition("=")[0] in spec.kept]
    choice = HydraConfig.get().runtime.choices["task"]
    model = spec.kept["model"]
    options = [word for word in typed if part_of(key := word.partition("=")[0]) is None and key not in model]
    own = [word for folder in own_folders(sys.argv[1:]) for word in ("-cd", str(folder))]
    return [*own, f"task={choice}", *(_as_typed(word) for word in options if not word.startswith(("task=", "model=")))]


def _as_typed(word: str) -> str:
    """A word without the quotes that only Hydra needs, where it is read the same without them."""
    found = _QUOTED.fullmatch(word)
    return f"{found[1]}={found[2]}" if found else word


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    hydra_plugin.register()
    return hydra_command(run_main, words)
