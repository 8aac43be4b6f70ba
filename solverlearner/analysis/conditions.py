"""Options: under which condition a run was asked, so that runs of different ones are never pooled."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from omegaconf import OmegaConf

from solverlearner.evaluation.identity import NOT_IN_NAME
from solverlearner.task import JSON

# How much was asked and of whom: no condition. Weights count by their hash, not by path; a scripted model's behaviour
# stands in its name. Nor is what a run's folder does not depend on: where, how fast, at what price it asks.
# `derivation` is the code that rows were derived with, which the table of runs shows as the commit.
_NOT_ASKED_UNDER = NOT_IN_NAME | {
    "settings", "setting", "checks", "episodes", "queries", "seed", "task", "model", "name", "path", "replies",
    "key_env", "key_required", "limit_field", "_target_", "behaviour", "derivation", "sha256",
}  # fmt: skip

_QUERY_PART = re.compile(r"-query(-[a-z]+)?-\d+")


def plain_variant(variant: str) -> str:
    """The variant without what only its queries have ("base-9-query-digits-3" is base-9): that is a condition."""
    return _QUERY_PART.sub("", variant)


def condition(config: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, JSON]:
    """What a run was asked under; an option that came after it has its default. An unknown option counts as one.

    The task's own options stand in the variant's name, but for those of the queries alone (`query_digits`).
    """
    task, model = _mapping(config.get("task")), _mapping(config.get("model"))
    of_tasks = {*_task_options(), *task}
    asked = {key: value for key, value in {**config, **model}.items() if key not in _NOT_ASKED_UNDER | of_tasks}
    found = {**(defaults() if "shots" in config else {}), **asked}
    found.update({key: value for key, value in task.items() if of_queries(key) and value != _task_options().get(key)})
    if not found.get("noise"):  # without wrong shots their kind changes nothing
        found.pop("noise_kind", None)
    weights = _mapping(manifest.get("model")).get("sha256")
    found |= {"weights": str(weights)[:8]} if weights else {}  # of stored replies it is their file's hash
    return {key: _plain(value) for key, value in found.items() if value is not None}


def _plain(value: JSON) -> JSON:
    """A value that can stand in a table and a set; the request's further fields come as a mapping."""
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def of_queries(key: str) -> bool:
    """Whether it is a task's option for its queries alone, as `query_digits`; without it they are as the shots."""
    return key.startswith("query_")


def unusual(options: Mapping[str, JSON]) -> dict[str, JSON]:
    """Those of a condition's options that are not the default, without the weights."""
    return {key: value for key, value in sorted(options.items()) if defaults().get(key) != value and key != "weights"}


@cache
def defaults() -> dict[str, JSON]:
    """The defaults of the options that are a condition, whatever the task and model."""
    options = _read("plan.yaml") | _read("options.yaml")
    return {key: value for key, value in options.items() if key not in _NOT_ASKED_UNDER | {"defaults"}}


@cache
def _task_options() -> dict[str, JSON]:
    """The defaults of the tasks' own options."""
    names = [file.name for file in (files("solverlearner.conf") / "task").iterdir() if file.name.endswith(".yaml")]
    return {key: value for name in sorted(names) for key, value in _read(f"task/{name}").items()}


def _read(name: str) -> dict[str, JSON]:
    text = (files("solverlearner.conf") / name).read_text(encoding="utf-8")
    content = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    return {str(key): value for key, value in content.items()} if isinstance(content, dict) else {}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
