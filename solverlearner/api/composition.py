"""Composition: the arguments of a call from Python become the plain options that a command line composes."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.utils import create_config_search_path
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf, open_dict
from omegaconf.errors import OmegaConfBaseException

from solverlearner.errors import UsageError, check_choice
from solverlearner.evaluation.identity import TARGET
from solverlearner.evaluation.own_objects import GivenObject, plain_value
from solverlearner.evaluation.run_options import renamed

_CONF = "solverlearner.conf"
_GROUPS = ("task", "model")
_OF_MODELS = ("temperature", "max_tokens")
"""Options that a model of a user's own may have as attributes, and then sets."""


def composed_options(task: Any, model: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of `run`, from names of groups or objects and from further options by their names.

    An object of a class that a group makes is the same as that group with the object's options. Raises: UsageError.
    """
    given = dict(given)
    chosen, objects = {}, {}
    if not isinstance(given.get("learner"), str | type | None):
        objects["learner"] = GivenObject(given.pop("learner"))
    typed = {key: _typed(key, value) for key, value in given.items()}
    for group, what in zip(_GROUPS, (task, model), strict=True):
        if isinstance(what, str):
            check_choice(group, what, tuple(_loader().get_group_options(group)))
            chosen[group] = what
        elif found := _as_group(group, what):
            chosen[group], own = found
            _add(typed, own, what)
        else:
            objects[group] = GivenObject(what)
            _add(typed, {key: getattr(what, key) for key in _OF_MODELS if _sets(group, what, key)}, what)
    config = _composed(tuple(f"{group}={chosen[group]}" if group in chosen else f"~{group}" for group in _GROUPS))
    for key, value in typed.items():
        _set(config, key, value)
    return _resolved(config) | objects


def _sets(group: str, what: Any, key: str) -> bool:
    return group == "model" and isinstance(getattr(what, key, ""), int | float | None)


def _add(typed: dict[str, Any], own: Mapping[str, Any], what: object) -> None:
    """The object's own options beside those that were given. Raises: UsageError where they differ."""
    for key, value in own.items():
        if typed.setdefault(key, value) != value:
            raise UsageError(
                f"{key}={typed[key]}", f"the {type(what).__name__} that was given has {value}; leave it out"
            )


@cache
def _loader() -> ConfigLoaderImpl:
    return ConfigLoaderImpl(create_config_search_path(f"pkg://{_CONF}"))


def _composed(groups: Sequence[str]) -> DictConfig:
    """The configuration of `run` with these groups, without Hydra's own part; Hydra's global state is not touched."""
    config = _loader().load_configuration("run", [*groups], run_mode=RunMode.RUN)
    with open_dict(config):
        config.pop("hydra")
    return config


def _resolved(config: DictConfig) -> dict[str, Any]:
    missing = [str(key) for key in config if OmegaConf.is_missing(config, key)]
    if missing:
        raise UsageError(missing[0], f"must be given: {missing[0]}=…")
    try:
        options = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    except OmegaConfBaseException as error:
        raise UsageError("options", " ".join(str(error).split())) from error
    assert isinstance(options, dict)
    return {str(key): value for key, value in options.items()}


def _set(config: DictConfig, key: str, value: Any) -> None:
    """Give an option its value: `seed`, `executor.workers`, or `executor` with several. Raises: UsageError."""
    if now := renamed(key):
        raise UsageError(key, f"is called {now} now: give {now}=…")
    node: Any = config
    *above, last = key.split(".")
    for part in above:
        node = node[part] if isinstance(node, DictConfig) and part in node else None
    if not isinstance(node, DictConfig) or last not in [*node] or key in _GROUPS:  # `in` leaves out what must be given
        raise UsageError(
            key, f"no such option; {_hint(config, key)}`python -m solverlearner run --help=all` lists them"
        )
    if isinstance(node._get_node(last), DictConfig):
        if not isinstance(value, Mapping):
            raise UsageError(f"{key}={value}", f"must be a mapping of its options: {', '.join(map(str, node[last]))}")
        for inner, each in value.items():
            _set(config, f"{key}.{inner}", each)
        return
    node[last] = _verbatim(value)


def _verbatim(value: Any) -> Any:
    """The value with its texts as they are: in a configuration `${seed}` would stand for another option's value."""
    if isinstance(value, Mapping):
        return {key: _verbatim(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_verbatim(each) for each in value]
    return re.sub(r"(\\*)\$\{", r"\1\1\\${", value) if isinstance(value, str) else value


def _hint(config: DictConfig, key: str) -> str:
    own = {name for name in map(str, config) if name not in _GROUPS} | {f"executor.{name}" for name in config.executor}
    if key not in own and key in _names_of_groups():
        return "it belongs to another task or model; "
    near = difflib.get_close_matches(key, sorted(own), n=1, cutoff=0.5)
    return f"did you mean {near[0]}? " if near else ""


def _typed(key: str, value: Any) -> Any:
    """The value as a configuration holds it. Raises: UsageError for what is no plain value."""
    if isinstance(value, range):
        value = [*value]
    if isinstance(value, type):  # a learner's
        return f"{value.__module__}.{value.__qualname__}"
    if isinstance(value, PurePath):
        return str(value)
    return plain_value(key, value)


def _as_group(group: str, what: Any) -> tuple[str, dict[str, Any]] | None:
    """The group that makes this very object, and the options that it makes it from; None for any other object."""
    cls = type(what)
    for name, content in _contents(group).items():
        node = content[group]
        if node[TARGET] == f"{cls.__module__}.{cls.__qualname__}" and is_dataclass(what):
            held = {field.name: (field.default, getattr(what, field.name)) for field in fields(what) if field.init}
            options = {str(node[key])[2:-1]: value for key, (_, value) in held.items() if _refers(node.get(key))}
            rest = [
                (node.get(key, default), value) for key, (default, value) in held.items() if not _refers(node.get(key))
            ]
            if all(wanted == value for wanted, value in rest):
                return name, options
    return None


def _refers(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("${")


@cache
def _contents(group: str) -> dict[str, dict[str, Any]]:
    """The files of a group as they stand, by name, with what they refer to unresolved."""
    found = {}
    for file in sorted((files(_CONF) / group).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".yaml"):
            content: Any = OmegaConf.to_container(OmegaConf.create(file.read_text(encoding="utf-8")), resolve=False)
            found[file.name.removesuffix(".yaml")] = content
    return found


def _names_of_groups() -> Iterator[str]:
    for group in _GROUPS:
        for content in _contents(group).values():
            yield from (key for key in content if key not in _GROUPS)
