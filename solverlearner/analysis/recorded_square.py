"""Recorded square: the accuracies of stored runs of one model on a variant, for a comparison beside another run."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solverlearner.analysis.intervals import Estimate
from solverlearner.evaluation.recorded_limit import same_items
from solverlearner.files import read_json


def recorded_square(folder: Path, name: str, options: Mapping[str, Any]) -> dict[str, tuple[Estimate, int, bool]]:
    """By setting, the accuracy, the number of queries and whether programs are fewer than episodes.

    They are of greedy runs of the model `name` on the same items. `options` are those of the run that is compared, as
    `config.json` keeps them. All numbers have one `max_tokens`: the largest of those under which most settings were
    asked. Empty where nothing of this variant is stored.
    """
    by_limit: dict[int, dict[str, tuple[Estimate, int, bool]]] = {}
    for path in sorted(folder.glob(f"*-{name}-*")):
        config = read_json(path / "config.json")
        if same_items(config, options) and not config.get("refine") and not config.get("temperature"):
            found = by_limit.setdefault(int(config.get("max_tokens", 0)), {})
            for setting, told in read_json(path / "summary.json").get("settings", {}).items():
                if told["accuracy"]["value"] is not None:
                    answered = told["queries"] - told["statuses"].get("unanswered", 0)
                    fewer = told.get("clusters", told["episodes"]) < told["episodes"]
                    found[setting] = Estimate(**told["accuracy"]), answered, fewer
    best = max(by_limit, key=lambda limit: (len(by_limit[limit]), limit), default=0)
    return by_limit.get(best, {})
