"""Measures of a run: entropies and persuasion by setting, over all questions and by partition where rows tell one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from solverlearner.analysis.draws import Draws, Prompt
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.persuaded import Moved, Uncertainty, persuasion_by_setting, uncertainty_by_setting

PARTITION = "partition"
"""The fact of an item by which measures are also given."""

ALL = "all"


@dataclass(frozen=True)
class Measures:
    """By setting: `uncertainty`, the entropies, and `persuasion`, how far the setting moves the answers."""

    uncertainty: Mapping[str, Uncertainty] = field(default_factory=dict)
    persuasion: Mapping[str, Moved] = field(default_factory=dict)


def measures_of(draws: Draws, *, uncertainty: bool, persuasion: bool) -> dict[str, Measures]:
    """The measures that are wanted: over all questions under "all", then by partition where there are several."""
    prompts = draws.prompts
    partitions = dict.fromkeys(str(prompt.facts[PARTITION]) for prompt in prompts if PARTITION in prompt.facts)
    parts: dict[str, Sequence[Prompt]] = {ALL: prompts}
    if len(partitions) > 1:
        parts |= {name: [each for each in prompts if each.facts.get(PARTITION) == name] for name in partitions}
    return {
        name: Measures(
            uncertainty_by_setting(own, draws.own_rules) if uncertainty else {},
            persuasion_by_setting(own, draws.own_rules) if persuasion else {},
        )
        for name, own in parts.items()
    }


def measures_record(measures: Mapping[str, Measures]) -> dict[str, Any]:
    """Plain values for `summary.json`, under the key "measures"; nothing where nothing was measured."""
    found = {part: _rounded(asdict(each)) for part, each in measures.items() if each.uncertainty or each.persuasion}
    return {"measures": found} if found else {}


def _rounded(value: Any) -> Any:
    if isinstance(value, Estimate):
        return _rounded(asdict(value))
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, float):
        return round(value, 6) if abs(value) != float("inf") else None
    return value
