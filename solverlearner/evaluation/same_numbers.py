"""Same numbers: `temperature=0` and `temperature=0.0` are one value, so that both are one run with one folder."""

import dataclasses
import typing
from collections.abc import Mapping
from typing import Any

from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import TARGET, class_at
from solverlearner.evaluation.own_objects import GivenObject
from solverlearner.evaluation.run_options import ExecutorOptions, RunOptions


def with_same_numbers(options: dict[str, Any]) -> dict[str, Any]:
    """The options with a whole number as a float wherever its option is declared as a float.

    What is declared are the fields of our options, and the fields or parameters of the classes of task and model.

    >>> with_same_numbers({"temperature": 0, "seed": 0})
    {'temperature': 0.0, 'seed': 0}
    """
    ours = _floats(RunOptions)
    groups = {key: _group(options[key], ours) for key in ("task", "model") if isinstance(options.get(key), dict)}
    if isinstance(executor := options.get("executor"), dict):
        groups["executor"] = _converted(executor, _floats(ExecutorOptions))
    passed = {name for key in ("task", "model") for name in _passed_on(options, groups, key)}
    return _converted(options, ours | passed) | groups


def _group(config: dict[str, Any], ours: frozenset[str]) -> dict[str, Any]:
    """The options of a task or model, of which some are passed on from ours under the same name."""
    if isinstance(config, GivenObject) or TARGET not in config:
        return config
    try:
        cls = class_at(str(config[TARGET]))
    except UsageError:  # which making it will say
        return config
    return _converted(config, ours | _floats(cls))


def _passed_on(options: Mapping[str, Any], groups: Mapping[str, Any], key: str) -> typing.Iterator[str]:
    """The options beside a task or model that it gets under the same name as floats."""
    for name, value in groups.get(key, {}).items():
        if isinstance(value, float) and name in options and options[name] == value:
            yield name


def _converted(values: Mapping[str, Any], floats: frozenset[str] | set[str]) -> dict[str, Any]:
    return {key: float(value) if key in floats and type(value) is int else value for key, value in values.items()}


def _floats(cls: type) -> frozenset[str]:
    """The names of the fields or parameters of a class that are floats, or floats or None."""
    try:
        kinds = typing.get_type_hints(cls if dataclasses.is_dataclass(cls) else getattr(cls, "__init__"))  # noqa: B009
    except Exception:  # a name that is there for type checkers only
        return frozenset()
    return frozenset(name for name, kind in kinds.items() if {float, type(None)} >= {*_kinds(kind)} >= {float})


def _kinds(annotation: Any) -> tuple[Any, ...]:
    return typing.get_args(annotation) or (annotation,)
