"""Conditions: the options that separate runs, so that runs of different conditions are never pooled."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from omegaconf import OmegaConf

from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import OBJECT, TARGET, content, stored_class
from solverlearner.evaluation.instantiate import instance
from solverlearner.evaluation.run_options import CallOptions, RunOptions, known_options, options_of, part_of
from solverlearner.task import JSON, Tasks

# Keys of config.json that are no option, or say where a file is. The setting of a row stands in the row. Weights count
# by their hash, which the manifest has, not by their path. `derivation` is the code that rows were derived with.
_NO_OPTIONS = {"task", "model", "executor", "setting", "replies", "derivation", "sha256", TARGET, OBJECT}
_LONGEST = 60


def plain_variant(config: Mapping[str, Any], variant: str) -> str:
    """The variant of a run's task without the options of its queries alone, which separate conditions.

    With `query_digits=3` the variant is "base-9-query-digits-3", and its plain variant "base-9".
    """
    options = _mapping(config.get("task"))
    changed = _query_values(options)
    if not changed:
        return variant
    try:
        task: Tasks = instance({key: value for key, value in options.items() if key not in changed})
    except (UsageError, TypeError):  # of a version whose options were others
        return variant
    return task.variant


def condition(config: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, JSON]:
    """The options that separate a run from others; an option that came after it has its default.

    An option that nobody knows separates. The task's own options stand in the variant's name, except those of the
    queries alone (`Tasks.query_options`).
    """
    task, model = _mapping(config.get("task")), _mapping(config.get("model"))
    of_tasks = {*_task_keys(), *task}
    given = {key: value for key, value in {**config, **model}.items() if key not in of_tasks and _separates(key)}
    found = {**(defaults() if "shots" in config else {}), **given, **_query_values(task)}
    if not found.get("noise"):  # without wrong shots their kind changes nothing
        found.pop("noise_kind", None)
    weights = _mapping(manifest.get("model")).get("sha256")
    found |= {"weights": str(weights)[:8]} if weights else {}  # of stored replies it is their file's hash
    return {key: _plain(content(key, value)) for key, value in found.items() if value is not None}


def task_options(config: Mapping[str, Any]) -> dict[str, JSON]:
    """The task's own options, which stand in the variant's name."""
    return {key: _plain(value) for key, value in _mapping(config.get("task")).items() if key not in _NO_OPTIONS}


def _separates(key: str) -> bool:
    part = part_of(key)
    return key not in _NO_OPTIONS and (part is None or part.separates)


def _plain(value: JSON) -> JSON:
    """A value that can stand in a table and a set; the request's further fields come as a mapping.

    Of a text of many words, as `system` may be, the beginning and a hash.
    """
    if isinstance(value, str) and (len(value) > _LONGEST or "\n" in value):
        return f"{' '.join(value[:_LONGEST].split())}… ({hashlib.blake2b(value.encode(), digest_size=3).hexdigest()})"
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value


def _query_values(task: Mapping[str, Any]) -> dict[str, Any]:
    """Those options of the queries alone that are not at their default, from a task's options in config.json."""
    cls = stored_class(task.get(TARGET))
    if not (isinstance(cls, type) and issubclass(cls, Tasks)):  # a task that is not here, or no task at all
        return {}
    named = [key for key in getattr(cls, "query_options", ()) if key in task]
    return {key: task[key] for key in named if task[key] != getattr(cls, key, None)}


def of_queries(key: str) -> bool:
    """Whether it is an option for the queries alone, as `query_digits`, of a task whose runs are read."""
    return any(key in cls.query_options for cls in _tasks())


def _tasks() -> Iterator[type[Tasks]]:
    waiting = Tasks.__subclasses__()
    while waiting:
        yield (cls := waiting.pop())
        waiting += cls.__subclasses__()


def unusual(options: Mapping[str, JSON]) -> dict[str, JSON]:
    """Those of a condition's options that are not the default, without the weights."""
    return {key: value for key, value in sorted(options.items()) if defaults().get(key) != value and key != "weights"}


@cache
def defaults() -> dict[str, JSON]:
    """The defaults of the options that separate runs, whatever the task and model.

    Without `temperature`: a scripted model and stored replies have none.
    """
    of_calls = {each.name for each in options_of(CallOptions)}
    known = [each for each in options_of(RunOptions) if each.part.separates and each.name not in of_calls]
    return {each.name: each.default for each in known}


@cache
def _task_keys() -> set[str]:
    """The names of the options that our files under `conf/task/` add; a few differ from the class's parameters.

    A file may also set an option of all tasks, as a number of samples, which is no option of its task for that.
    """
    folder = files("solverlearner") / "conf" / "task"
    texts = [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".yaml")]
    return {str(key) for text in texts for key in OmegaConf.create(text)} - known_options().keys()


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
