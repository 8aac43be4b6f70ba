"""Recorded limit: the token limit that `model=recorded` takes, so that all settings of a square have the same one."""

from collections.abc import Iterable, Mapping
from typing import Any

from solverlearner.evaluation.identity import class_at
from solverlearner.evaluation.instantiate import instance
from solverlearner.evaluation.own_objects import GivenObject
from solverlearner.models.recorded import Recorded

_SAME = ("shots", "seed", "hint", "noise", "noise_told", "identifiable")
_USUAL = 400
"""The limit of most recordings; taken where none is of these items, so that the first call says what is recorded."""


def with_recorded_limit(options: dict[str, Any]) -> dict[str, Any]:
    """The options with a number of tokens in place of `max_tokens=0`, which leaves the limit to `model=recorded`.

    Of the limits with which most of the wanted settings are recorded it is the largest. The options of any other model
    stay as they are. Raises: UsageError, where nothing of the model is recorded.
    """
    config = options["model"]
    if config.get("max_tokens") != 0 or isinstance(config, GivenObject):
        return options
    if class_at(str(config["_target_"])) is not Recorded:
        return options
    limit = limit_of(instance({**config, "max_tokens": _USUAL}).configs, options)
    return options | {"max_tokens": limit, "model": config | {"max_tokens": limit}}


def limit_of(configs: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> int:
    """The largest limit with which most of the settings in `options` are in these `config.json` of recorded runs."""
    wanted, found = {*map(str, options["settings"])}, dict[int, set[str]]()
    for config in configs:
        if same_items(config, options) and config.get("temperature") == options.get("temperature"):
            found.setdefault(int(config.get("max_tokens", 0)), set()).update(wanted & {*config.get("settings", ())})
    return max(found, key=lambda limit: (len(found[limit]), limit), default=_USUAL)


def same_items(config: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether a stored run drew its items as these options do; an option that it is too old to have is at null here."""
    there, here = config.get("task"), options.get("task")
    if not isinstance(there, Mapping) or not isinstance(here, Mapping):
        return False
    same_task = all(there.get(key) == value for key, value in here.items() if key != "_target_")
    kind = (str(each.get("_target_")).rpartition(".")[2] for each in (there, here))
    return same_task and len({*kind}) == 1 and all(config.get(key) == options.get(key) for key in _SAME)
