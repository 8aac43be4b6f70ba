"""Recorded square: the accuracies of stored runs of one model on a variant, for a comparison beside another run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solverlearner.analysis.intervals import Estimate
from solverlearner.files import read_json

_SAME = ("shots", "seed", "hint", "noise", "noise_told", "identifiable")


def recorded_square(folder: Path, name: str, options: Mapping[str, Any]) -> dict[str, tuple[Estimate, int]]:
    """By setting, the accuracy and the number of queries of greedy runs of the model `name` on the same items.

    `options` are those of the run that is compared, as `config.json` keeps them. All numbers have one `max_tokens`:
    the one under which most settings were asked. Empty where nothing of this variant is stored.
    """
    by_limit: dict[int, dict[str, tuple[Estimate, int]]] = {}
    for path in sorted(folder.glob(f"*-{name}-*")):
        config = read_json(path / "config.json")
        if _same_items(config, options):
            found = by_limit.setdefault(int(config.get("max_tokens", 0)), {})
            for setting, told in read_json(path / "summary.json").get("settings", {}).items():
                if told["accuracy"]["value"] is not None:
                    answered = told["queries"] - told["statuses"].get("unanswered", 0)
                    found[setting] = Estimate(**told["accuracy"]), answered
    return max(by_limit.values(), key=len, default={})


def _same_items(config: Mapping[str, Any], options: Mapping[str, Any]) -> bool:
    """Whether a stored run drew its items as this one; an option that it is too old to have is at null here."""
    there, here = config.get("task"), options.get("task")
    if (
        not isinstance(there, Mapping)
        or not isinstance(here, Mapping)
        or config.get("refine")
        or config.get("temperature")
    ):
        return False
    same_task = all(there.get(key) == value for key, value in here.items() if key != "_target_")
    kind = (str(each.get("_target_")).rpartition(".")[2] for each in (there, here))
    return same_task and len({*kind}) == 1 and all(config.get(key) == options.get(key) for key in _SAME)
