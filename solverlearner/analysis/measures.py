"""Measures of a run: entropies and persuasion by setting, over all questions and by partition where rows tell one."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from solverlearner.analysis.draws import Draws, Prompt
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.meaning_groups import CLUSTERS, regrouped, same_by
from solverlearner.analysis.moved_question import moved_questions
from solverlearner.analysis.persuaded import Moved, Uncertainty, persuasion_by_setting, uncertainty_by_setting
from solverlearner.evaluation import judge
from solverlearner.files import read_json

PARTITION = "partition"
"""The fact of an item by which measures are also given."""

ALL = "all"
FACTS = ("edits", "popularity")
_EDITS = (("1 edit", 0, 1), ("2 edits", 2, 2), ("3 or more edits", 3, math.inf))

Part = Callable[[Prompt], bool]
"""Whether a prompt belongs to a part of the questions."""


@dataclass(frozen=True)
class Measures:
    """By setting: `uncertainty`, the entropies, and `persuasion`, how far the setting moves the answers.

    `cluster` is how answers were grouped; `agreement` is the Rand index with groups by normal form, over all questions.
    `by_fact`: these are questions with like edits or views, and no partition.
    """

    uncertainty: Mapping[str, Uncertainty] = field(default_factory=dict)
    persuasion: Mapping[str, Moved] = field(default_factory=dict)
    cluster: str = CLUSTERS[0]
    agreement: float | None = None
    by_fact: bool = False


def with_groups(options: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """A run's options with the groups of its answers that its model made, where `cluster=model` asked for them."""
    judged = read_json(folder / judge.FILE).get("groups") if options.get("cluster") == "model" else None
    return {**options, "groups": judged} if judged else {**options}


def measures_of(draws: Draws, options: Mapping[str, Any]) -> dict[str, Measures]:
    """The measures that a run's options want: over all questions under "all", then by partition where several are.

    The options are `uncertainty`, `persuasion`, and how free text is grouped: `cluster`, `nli`, and the `groups` that
    `with_groups` adds. Raises: UsageError where an entailment model cannot be loaded.
    """
    uncertainty, persuasion = (bool(options.get(name)) for name in ("uncertainty", "persuasion"))
    cluster = str(options.get("cluster") or CLUSTERS[0])
    prompts, agreement = _grouped(draws, options)
    questions = moved_questions(prompts) if persuasion else {}
    by_fact = _by_fact(prompts)
    parts: dict[str, Part] = {ALL: lambda prompt: True, **_by_partition(prompts), **by_fact}
    found = {}
    for name, has in parts.items():
        own = [prompt for prompt in prompts if has(prompt)]
        asked = {setting: [each for each in some if has(each.told)] for setting, some in questions.items()}
        found[name] = Measures(
            uncertainty_by_setting(own, draws.own_rules) if uncertainty else {},
            persuasion_by_setting(asked, draws.own_rules),
            cluster,
            agreement,
            name in by_fact,
        )
    return found


def regrouped_prompts(draws: Draws, options: Mapping[str, Any]) -> Sequence[Prompt]:
    """The prompts with the groups that the options want, as `measures_of` takes them."""
    return _grouped(draws, options)[0]


def _grouped(draws: Draws, options: Mapping[str, Any]) -> tuple[Sequence[Prompt], float | None]:
    cluster = str(options.get("cluster") or CLUSTERS[0])
    if cluster == CLUSTERS[0]:
        return draws.prompts, None
    return regrouped(draws.prompts, same_by(cluster, str(options.get("nli")), options.get("groups") or {}))


def _by_partition(prompts: Sequence[Prompt]) -> dict[str, Part]:
    """The partitions of the questions, where there are several."""
    names = dict.fromkeys(str(prompt.facts[PARTITION]) for prompt in prompts if PARTITION in prompt.facts)
    return {name: partial(_stands, PARTITION, name) for name in names} if len(names) > 1 else {}


def _stands(fact: str, value: str, prompt: Prompt) -> bool:
    return prompt.facts.get(fact) == value


def _by_fact(prompts: Sequence[Prompt]) -> dict[str, Part]:
    """The parts by edits of the answer, and by whether the subject's page is viewed more than the median."""
    edits, views = FACTS
    found = {title: partial(_between, edits, low, high) for title, low, high in _EDITS}
    if known := sorted(n for prompt in prompts if (n := prompt.facts.get(views)) is not None):
        middle = known[len(known) // 2]
        found["less viewed half"] = partial(_between, views, -math.inf, math.nextafter(middle, -math.inf))
        found["more viewed half"] = partial(_between, views, middle, math.inf)
    return {title: has for title, has in found.items() if 0 < sum(map(has, prompts)) < len(prompts)}


def _between(fact: str, low: float, high: float, prompt: Prompt) -> bool:
    value = prompt.facts.get(fact)
    return value is not None and low <= value <= high


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
