"""Options to objects: the plain options of a command line become a typed run, with nothing opened yet."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.plan import Plan, check_settings, draw_calls
from solverlearner.design.prompt_check import check_prompts
from solverlearner.design.prompt_options import Prompts
from solverlearner.design.setting import CLOSED, parse_settings
from solverlearner.design.templates import Templates, our_templates
from solverlearner.design.wording import wording_named
from solverlearner.errors import LOGS, UsageError, check_choice, check_range
from solverlearner.evaluation.contract_check import checked_episode_task, checked_learner, checked_model, made_task
from solverlearner.evaluation.derivation import derivation
from solverlearner.evaluation.identity import answers_follow_from, folder_name
from solverlearner.evaluation.instantiate import construct, instance, without_credentials
from solverlearner.evaluation.own_objects import GivenObject
from solverlearner.evaluation.recorded_limit import with_recorded_limit
from solverlearner.evaluation.row_parquet import check_format
from solverlearner.evaluation.run_options import ExecutorOptions, RunOptions, options_of
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.evaluation.same_numbers import with_same_numbers
from solverlearner.evaluation.until import Until, until_of
from solverlearner.execution.executor import Executor, Limits
from solverlearner.inference.budget import check_budget
from solverlearner.inference.request_options import RequestOptions
from solverlearner.inference.usage import Price, price_of
from solverlearner.models.base import Model
from solverlearner.task import Tasks
from solverlearner.task.relabelled import relabelled

T = TypeVar("T")


def run_spec_of(options: dict[str, Any]) -> RunSpec:
    """The run that plain options describe. Raises: UsageError, also where its items cannot be drawn."""
    options = with_same_numbers(with_recorded_limit(options))
    check_choice("log", str(options.get("log", "info")), LOGS)
    check_format(str(options.get("rows", "jsonl")))
    typed, plan = run_options_of(options), plan_of(options)
    if typed.temperature is not None:  # also where the model that is chosen has no use for it
        check_range("temperature", typed.temperature, 0, 2)
    if options["model"].get("batch") and plan.one_after_another:
        problem = f"sends all calls at once, and {plan.learner.words} one after another: leave out either"
        raise UsageError("batch=true", problem)
    model, executor = model_of(options), executor_of(options["executor"])
    price = price_known(options, model.name)
    until = _until(options, typed, plan)
    own = {**recorded(plan), "until": None if until is None else str(until)}
    kept = _with_full_name(without_credentials(options | own), model.name)
    check_settings(plan)
    name = folder_name(answers_follow_from(kept), f"{plan.task.name}-{plan.task.variant}-{model.name}")
    next(draw_calls(plan))  # items that cannot be drawn are said before weights are loaded
    return RunSpec(
        plan,
        request_options_of(options),
        model,
        executor,
        price,
        check_budget(typed.budget, price, model.name),
        typed.max_tokens,
        typed.cache,
        Path(typed.results),
        name,
        derivation(plan.task, options["executor"], plan.learner.program, plan.prompts.templates),
        kept,
        typed.log,
        typed.rows,
        until,
    )


def _until(options: Mapping[str, Any], typed: RunOptions, plan: Plan) -> Until | None:
    """The rule by which the run stops early. Raises: UsageError, also for a batch, which is sent as a whole."""
    if typed.until is None:
        return None
    if options["model"].get("batch"):
        problem = f"sends all calls at once, and until={typed.until} asks in stages: leave out either"
        raise UsageError("batch=true", problem)
    return until_of(typed.until, plan)


def _with_full_name(kept: dict[str, Any], name: str) -> dict[str, Any]:
    """The options with a model's whole name where its beginning was typed, so that both are one run."""
    typed = kept["model"].get("name")
    if not isinstance(typed, str) or typed == name or not name.lower().startswith(typed.lower()):
        return kept
    return kept | {"name": name, "model": kept["model"] | {"name": name}}


def recorded(plan: Plan) -> dict[str, Any]:
    """Those options that `config.json` keeps in another form than typed: settings in order, templates by hash."""
    settings, prompts = [setting.name for setting in plan.settings], plan.prompts
    words = {"thought": prompts.thought, "wording": prompts.wording, "rule_form": prompts.rule_form}
    return {"settings": settings, "prompts": prompts.templates.record, "system": prompts.system, **words}


def run_options_of(options: Mapping[str, Any]) -> RunOptions:
    """The options that belong to no task or model, with their types checked; one that is not given has its default.

    Raises: UsageError.
    """
    return _typed(RunOptions, "", options)


def _typed(cls: type[T], prefix: str, options: Mapping[str, Any]) -> T:
    known = options_of(cls)
    switches = {each.name for each in known if each.switch}
    given = {each.name: options[each.name] for each in known if each.name in options}
    return construct(cls, prefix, {k: _switched(k, value) if k in switches else value for k, value in given.items()})


def _switched(key: str, value: Any) -> bool:
    found = {"true": True, "on": True, "false": False, "off": False}.get(str(value).lower())
    if found is None:
        raise UsageError(f"{key}={value}", "must be on or off")
    return found


def _taken(cls: type[Any], options: RunOptions) -> dict[str, Any]:
    """The values for those fields of a class that are options."""
    known = {each.name for each in options_of(RunOptions)}
    return {each.name: getattr(options, each.name) for each in fields(cls) if each.name in known}


def price_known(options: dict[str, Any], name: str) -> Price | None:
    """The price of the model of that name; None where nobody knows it. Raises: UsageError.

    Some models repeat the price in their own configuration, so that `model.price_in` can be typed as well.
    """
    return price_of(name, *(options["model"].get(key, options[key]) for key in PRICE_KEYS))


PRICE_KEYS = ("price_in", "price_out", "prices")
"""The parameters of `price_of`, which are options of these names."""


def plan_of(options: dict[str, Any]) -> Plan:
    """What a run asks. Raises: UsageError."""
    settings, typed = options["settings"], run_options_of(options)
    if not isinstance(settings, list):
        raise UsageError(f"settings={settings}", "must be a list: 'settings=[zero_shot,solverlearner]'")
    if typed.samples != 1 and options.get("temperature") == 0:  # `score` has none
        problem = "at temperature=0 all samples are the same; give a temperature above 0, as temperature=0.7"
        raise UsageError(f"samples={typed.samples}", problem)
    if typed.uncertainty and typed.samples == 1:
        problem = "needs several samples of each prompt, as samples=10, and a temperature above 0, as temperature=0.5"
        raise UsageError("uncertainty=true", problem)
    settings = [*settings, CLOSED.name] if typed.persuasion else settings
    task = tasks_of(options)
    learner = LearnerOptions(**_taken(LearnerOptions, typed))
    checked_learner(learner.program)
    made = {"task": task, "settings": parse_settings(settings), "learner": learner, "prompts": prompts_of(typed)}
    plan = construct(Plan, "", _taken(Plan, typed) | made)
    checked_episode_task(task, plan.seed)
    check_prompts(plan)
    return plan


def tasks_of(options: Mapping[str, Any]) -> Tasks:
    """The tasks of a run, in its symbols; `options` may be a stored `config.json`. Raises: UsageError."""
    typed = run_options_of({key: options[key] for key in ("symbols", "seed") if key in options})
    return relabelled(made_task(options["task"]), typed.symbols, typed.seed)


def prompts_of(options: RunOptions) -> Prompts:
    """The templates of a run, and what else decides its prompts. Raises: UsageError."""
    folder = None if options.prompts is None else Path(options.prompts).expanduser()
    templates, wording = Templates(folder) if folder else our_templates(), wording_named(options.wording)
    return construct(Prompts, "", _taken(Prompts, options) | {"templates": templates, "wording": wording})


def request_options_of(options: dict[str, Any]) -> RequestOptions:
    """How it is asked; an option that a command does not have is at its default. Raises: UsageError."""
    return construct(RequestOptions, "", _taken(RequestOptions, run_options_of(options)))


def model_of(options: dict[str, Any]) -> Model:
    """The model that is asked, not yet open. Raises: UsageError."""
    config = options["model"]
    if not isinstance(config, GivenObject):
        config = {key: value for key, value in config.items() if key not in PRICE_KEYS}
    return checked_model(instance(config))


def executor_of(config: dict[str, Any], kind: type[Executor] = Executor) -> Executor:
    """The executor that programs run in, not yet started. Raises: UsageError."""
    if not isinstance(config.get("modules", []), list):
        raise UsageError(f"executor.modules={config['modules']}", "must be a list: 'executor.modules=[hashlib]'")
    typed = construct(ExecutorOptions, "executor.", config)
    if typed.workers is not None:
        check_range("executor.workers", typed.workers, 1, 1_024)
    values = {**vars(typed), "modules": [*map(str, typed.modules)]}
    limits = Limits(**{each.name: values.pop(each.name) for each in fields(Limits)})
    return kind(limits, **values)
