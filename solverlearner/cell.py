"""Cell: a configuration becomes typed objects, the run that they are is carried out. The same for `run` and a sweep."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from solverlearner.accounting import Price, price_of
from solverlearner.asking import Asking, Counts
from solverlearner.batch import engine_of
from solverlearner.build import construct, instance, recorded
from solverlearner.cost import Budget, Cost, check_budget, cost_of
from solverlearner.derivation import derivation
from solverlearner.engine import Engine
from solverlearner.errors import UsageError, check_range
from solverlearner.executor import Executor, Limits
from solverlearner.identity import ASKING_KEYS, PRICE_KEYS, answers_follow_from, folder_name
from solverlearner.learner import AT_ONCE, Learner
from solverlearner.model import Model
from solverlearner.plan import Plan, draw_calls
from solverlearner.progress import keep_shown
from solverlearner.reply_store import opened_store
from solverlearner.results import open_folder, read_json
from solverlearner.session import carry_out
from solverlearner.setting import parse_settings
from solverlearner.summary import Summary, as_record, read_rows, summarise

_PLAN_KEYS = (
    "episodes", "shots", "queries", "seed", "hint", "noise", "noise_kind", "noise_told", "identifiable", "checks",
    "samples",
)  # fmt: skip

Beside = Callable[[Engine, Price | None], Coroutine[Any, Any, None]]
"""What goes on beside a run until it is cancelled, to show how far it is."""


@dataclass(frozen=True)
class Cell:
    """One run, of which nothing is opened yet: what it asks, whom, at what price, and the folder that it lands in."""

    plan: Plan
    asking: Asking
    model: Model
    executor: Executor
    price: Price | None
    budget: Budget | None
    max_tokens: int
    store: bool
    results: Path
    name: str
    derivation: str
    kept: dict[str, Any] = field(repr=False)
    """The options, as `config.json` keeps them."""

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self.results / self.name

    def cost(self, *, finished: bool = False) -> Cost:
        """What it has spent and may still spend; of a finished cell the summary tells."""
        if not finished:
            return cost_of(self.plan, self.price, self.max_tokens, self.path)
        calls = read_json(self.path / "manifest.json")["calls"]["answered"]
        told = read_json(self.path / "summary.json").get("cost", {})
        tokens = [told.get(f"{kind}_tokens", 0) for kind in ("prompt", "cached", "completion")]
        if self.price is None:
            return Cost(calls, 0, None, None)
        usd = told.get("usd")  # with what batches and the prices of then made of it
        return Cost(calls, 0, self.price.of(*tokens) if usd is None else usd, 0.0)

    def finished(self) -> bool:
        """Whether every call is answered and scored, by this very code, and summarised."""
        manifest, config = read_json(self.path / "manifest.json"), read_json(self.path / "config.json")
        if manifest.get("state") != "complete" or config.get("derivation") != self.derivation:
            return False
        calls = manifest["calls"]
        fewest = self.plan.calls - self.plan.spared
        if not fewest <= calls["answered"] == calls["planned"] <= self.plan.calls:
            return False
        summary = self.path / "summary.json"  # written last, so an older one is of an earlier session
        return summary.exists() and summary.stat().st_mtime_ns >= (self.path / "manifest.json").stat().st_mtime_ns


def cell_of(options: dict[str, Any]) -> Cell:
    """The run that plain options describe. Raises: UsageError, also where its items cannot be drawn."""
    plan, asking = plan_of(options), asking_of(options)
    if options["model"].get("batch") and plan.learner != AT_ONCE:
        problem = "asks everything at once, refine and hypothesis one call after another: leave out either"
        raise UsageError("batch=true", problem)
    model, executor = model_of(options), executor_of(options["executor"])
    price = price_known(options, model.name)
    kept = recorded(options | {"settings": [setting.name for setting in plan.settings]})
    plan.task.check_settings([setting.name for setting in plan.settings])
    name = folder_name(answers_follow_from(kept), f"{plan.task.name}-{plan.task.variant}-{model.name}")
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    results, derived_by = Path(str(options["results"])), derivation(plan.task, options["executor"])
    limits = construct(_Limits, "", {"budget": options["budget"], "max_tokens": options["max_tokens"]})
    return Cell(
        plan, asking, model, executor, price, check_budget(limits.budget, price, model.name), limits.max_tokens,
        _switch("store", options["store"]), results, name, derived_by, kept,
    )  # fmt: skip


@dataclass(frozen=True)
class _Limits:
    budget: float | None
    max_tokens: int


def price_known(options: dict[str, Any], name: str) -> Price | None:
    """The price of the model of that name; None where nobody knows it. Raises: UsageError.

    Some models repeat the price in their own configuration, so that `model.price_in` can be typed as well.
    """
    return price_of(name, *(options["model"].get(key, options[key]) for key in PRICE_KEYS))


def carry_out_cell(
    cell: Cell, beside: Beside = keep_shown, runner: asyncio.Runner | None = None
) -> tuple[Engine, Summary]:
    """Answer every call of a cell, score it and write its folder. Raises: what `session.carry_out` does."""
    with (
        open_folder(cell.results, cell.name, cell.kept, cell.derivation) as folder,
        opened_store(cell.results, wanted=cell.store) as store,
    ):
        counts, calls = Counts(cell.plan.calls), draw_calls(cell.plan)
        engine = engine_of(cell.model, folder, calls, counts, cell.asking, store, cell.budget)

        def is_over(episode: int) -> bool:
            if over := folder.has_scored(cell.plan, episode):
                answered = folder.answered_in(cell.plan, episode)
                counts.stored += answered
                counts.total -= cell.plan.calls_in(episode) - answered
            return over

        programs = any(setting.writes_program for setting in cell.plan.settings)
        wanted = draw_calls(cell.plan, is_over)
        carry_out(wanted, cell.plan.seed, engine, cell.executor, cell.price, beside, runner, programs)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary) | {"cost": folder.totals.record(cell.price)})
    return engine, summary


def left_open(engine: Engine) -> str:
    """What to say where more calls stayed unanswered than may; empty where not."""
    counts = engine.counts
    if counts.unanswered <= engine.asking.max_unanswered:
        return ""
    problem = f"{counts.unanswered} of {counts.total} calls are unanswered ({counts.last_error})"
    return f"{problem}; the same command asks only for those"


def plan_of(options: dict[str, Any]) -> Plan:
    """What a run asks. Raises: UsageError."""
    settings = options["settings"]
    if not isinstance(settings, list):
        raise UsageError(f"settings={settings}", "must be a list: settings=[zero_shot,solverlearner]")
    if options["samples"] != 1 and options.get("temperature") == 0:  # `score` has none
        problem = "at temperature=0 all samples are the same; give a temperature above 0, as temperature=0.7"
        raise UsageError(f"samples={options['samples']}", problem)
    given = {key: options[key] for key in _PLAN_KEYS}
    # `score` has no options of the learner.
    of_learner = {each.name: options[each.name] for each in fields(Learner) if each.name in options}
    learner = construct(Learner, "", of_learner)
    made = {"task": instance(options["task"]), "settings": parse_settings(settings), "learner": learner}
    return construct(Plan, "", {**made, **given})


def asking_of(options: dict[str, Any]) -> Asking:
    """How it is asked; what a command has no option for is as by default. Raises: UsageError."""
    return construct(Asking, "", {key: options[key] for key in ASKING_KEYS if key in options})


def model_of(options: dict[str, Any]) -> Model:
    """The model that is asked, not yet open. Raises: UsageError."""
    model: Model = instance({key: value for key, value in options["model"].items() if key not in PRICE_KEYS})
    return model


@dataclass(frozen=True)
class _Pool:
    workers: int | None
    require: str
    check_determinism: bool
    batch: int


def executor_of(config: dict[str, Any], kind: type[Executor] = Executor) -> Executor:
    """The executor that programs run in, not yet started. Raises: UsageError."""
    limits = dict(config)
    modules = limits.pop("modules")
    pool = construct(_Pool, "executor.", {field.name: limits.pop(field.name) for field in fields(_Pool)})
    if pool.workers is not None:
        check_range("executor.workers", pool.workers, 1, 1_024)
    if not isinstance(modules, list):
        raise UsageError(f"executor.modules={modules}", "must be a list: executor.modules=[hashlib]")
    return kind(construct(Limits, "executor.", limits), modules=[*map(str, modules)], **vars(pool))


def _switch(key: str, value: Any) -> bool:
    found = {"true": True, "on": True, "false": False, "off": False}.get(str(value).lower())
    if found is None:
        raise UsageError(f"{key}={value}", "must be on or off")
    return found
