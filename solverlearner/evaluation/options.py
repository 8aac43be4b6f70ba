"""Cell: a configuration becomes typed objects, the run that they are is carried out. The same for `run` and a sweep."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from solverlearner.design.learner import AT_ONCE, Learner
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import parse_settings
from solverlearner.errors import UsageError, check_range
from solverlearner.evaluation.derivation import derivation
from solverlearner.evaluation.identity import PRICE_KEYS, REQUEST_KEYS, answers_follow_from, folder_name
from solverlearner.evaluation.instantiate import construct, instance, without_credentials
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.execution.executor import Executor, Limits
from solverlearner.inference.budget import check_budget
from solverlearner.inference.request_options import RequestOptions
from solverlearner.inference.usage import Price, price_of
from solverlearner.models.base import Model

_PLAN_KEYS = (
    "episodes", "shots", "queries", "seed", "hint", "noise", "noise_kind", "noise_told", "identifiable", "checks",
    "samples",
)  # fmt: skip


def run_spec_of(options: dict[str, Any]) -> RunSpec:
    """The run that plain options describe. Raises: UsageError, also where its items cannot be drawn."""
    plan, request_options = plan_of(options), request_options_of(options)
    if options["model"].get("batch") and plan.learner != AT_ONCE:
        problem = "asks everything at once, refine and hypothesis one call after another: leave out either"
        raise UsageError("batch=true", problem)
    model, executor = model_of(options), executor_of(options["executor"])
    price = price_known(options, model.name)
    kept = without_credentials(options | {"settings": [setting.name for setting in plan.settings]})
    plan.task.check_settings([setting.name for setting in plan.settings])
    name = folder_name(answers_follow_from(kept), f"{plan.task.name}-{plan.task.variant}-{model.name}")
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    results, derived_by = Path(str(options["results"])), derivation(plan.task, options["executor"])
    limits = construct(_Limits, "", {"budget": options["budget"], "max_tokens": options["max_tokens"]})
    return RunSpec(
        plan, request_options, model, executor, price, check_budget(limits.budget, price, model.name),
        limits.max_tokens,
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


def request_options_of(options: dict[str, Any]) -> RequestOptions:
    """How it is asked; what a command has no option for is as by default. Raises: UsageError."""
    return construct(RequestOptions, "", {key: options[key] for key in REQUEST_KEYS if key in options})


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
