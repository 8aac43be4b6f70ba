"""Cell: a configuration becomes typed objects, the run that they are is carried out. The same for `run` and a sweep."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solverlearner.accounting import Price, price_of
from solverlearner.build import construct, instance, recorded
from solverlearner.derivation import derivation
from solverlearner.engine import Asking, Counts, Engine
from solverlearner.errors import UsageError, check_range
from solverlearner.executor import Executor, Limits
from solverlearner.model import Model
from solverlearner.plan import Plan, draw_calls
from solverlearner.progress import keep_shown
from solverlearner.reply_store import opened_store
from solverlearner.results import folder_name, open_folder
from solverlearner.session import carry_out
from solverlearner.setting import parse_settings
from solverlearner.summary import Summary, as_record, read_rows, summarise

_PLAN_KEYS = (
    "episodes", "shots", "queries", "seed", "hint", "noise", "noise_kind", "noise_told", "identifiable", "checks",
)  # fmt: skip
_ASKING_KEYS = ("concurrency", "attempts", "retry_s", "rpm", "tpm", "offline", "max_unanswered")
_PRICE_KEYS = ("price_in", "price_out", "prices")
# What a run's folder does not depend on: these change how it is carried out, not what the model is asked.
_NOT_IN_NAME = {
    *_ASKING_KEYS, *_PRICE_KEYS, "results", "executor", "store", "timeout", "timeout_s",
}  # fmt: skip

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


def cell_of(options: dict[str, Any]) -> Cell:
    """The run that plain options describe. Raises: UsageError, also where its items cannot be drawn."""
    plan, asking = plan_of(options), construct(Asking, "", {key: options[key] for key in _ASKING_KEYS})
    model, executor = model_of(options), executor_of(options["executor"])
    price = price_of(model.name, *(options[key] for key in _PRICE_KEYS))
    kept = recorded(options | {"settings": [setting.name for setting in plan.settings]})
    name = folder_name(_answers_follow_from(kept), f"{plan.task.name}-{plan.task.variant}-{model.name}")
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    results, derived_by = Path(str(options["results"])), derivation(plan.task, options["executor"])
    store = _switch("store", options["store"])
    return Cell(plan, asking, model, executor, price, store, results, name, derived_by, kept)


def carry_out_cell(cell: Cell, beside: Beside = keep_shown) -> tuple[Engine, Summary]:
    """Answer every call of a cell, score it and write its folder. Raises: what `session.carry_out` does."""
    with (
        open_folder(cell.results, cell.name, cell.kept, cell.derivation) as folder,
        opened_store(cell.results, wanted=cell.store) as store,
    ):
        engine = Engine(cell.model, folder, Counts(cell.plan.calls), cell.asking, store)
        carry_out(draw_calls(cell.plan), cell.plan.seed, engine, cell.executor, cell.price, beside)
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
    given = {key: options[key] for key in _PLAN_KEYS}
    return construct(Plan, "", {"task": instance(options["task"]), "settings": parse_settings(settings), **given})


def model_of(options: dict[str, Any]) -> Model:
    """The model that is asked, not yet open. Raises: UsageError."""
    model: Model = instance({key: value for key, value in options["model"].items() if key not in _PRICE_KEYS})
    return model


def executor_of(config: dict[str, Any]) -> Executor:
    """The executor that programs run in, not yet started. Raises: UsageError."""
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


def _switch(key: str, value: Any) -> bool:
    found = {"true": True, "on": True, "false": False, "off": False}.get(str(value).lower())
    if found is None:
        raise UsageError(f"{key}={value}", "must be on or off")
    return found


def _answers_follow_from(options: dict[str, Any]) -> dict[str, Any]:
    """The options that a run's folder is named by, of the run and of its model."""
    named = {key: value for key, value in options.items() if key not in _NOT_IN_NAME}
    return named | {"model": {key: value for key, value in options["model"].items() if key not in _NOT_IN_NAME}}
