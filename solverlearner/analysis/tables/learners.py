"""Learners: the worth of more draws, refinement and rules in words, at equal numbers of calls and of tokens."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.labels import natural, options_text
from solverlearner.analysis.significance import holm
from solverlearner.analysis.tables.effects import LEVEL, SIGNIFICANT
from solverlearner.analysis.tables.equal_cost import (
    CHOICES,
    PLAIN,
    Against,
    CostedLearner,
    against_draws,
    learner_of,
    learner_options,
)
from solverlearner.analysis.tables.grids import numbers, who
from solverlearner.analysis.tables.table import METHOD, PERCENT, Entry, Table, TableRow, percent
from solverlearner.design.setting import with_learner

_AMOUNTS = ("calls", "tokens")
_TOLD = ("shots", "hint", "noise", "temperature")
_NOTES = (
    PERCENT,
    METHOD,
    "calls, tokens: means an episode. own shots: of the examples that the selected program was written from. one "
    "sample: the mean of all. selected: by the shots, then the majority on the queries' inputs, then length. oracle: "
    "the sample with the most queries right. pass@k: episodes where one of k has all queries right (Chen et al. 2021). "
    "pass^k: episodes where all of k have (Yao et al. 2024).",
    "− draws: selected, minus the selected one of plain draws (refine 0, hypothesis none) that may take as many calls, "
    "or tokens, in each episode; percentage points, paired by episode (Newcombe 1998; Zou & Donner 2008). Below: the "
    "draws' mean cost : the learner's; where it is less, there were no more draws, or the next one cost too much.",
)

Compared = Mapping[tuple[CostedLearner, str], Against]


def learner_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """A table a family of the learners that were asked under otherwise the same condition."""
    for task in sorted({cell.task for cell in cells}):
        own = [cell for cell in cells if cell.task == task]
        asked = [name for name in with_learner() if any(name in cell.settings for cell in own)]
        groups: dict[str, list[CostedLearner]] = {}
        for name in asked:
            found = _alike([cell for cell in own if name in cell.settings], name)
            groups |= {f"{name}: {title}" if len(asked) > 1 else title: each for title, each in found.items()}
        if groups:
            yield _table(task, groups)


def _alike(cells: Sequence[Cell], setting: str) -> dict[str, list[CostedLearner]]:
    """The learners, grouped by their other options under a title; groups where all propose one program are left out."""
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        rest = {key: value for key, value in sorted(cell.options.items()) if key not in PLAIN}
        told = options_text({key: rest[key] for key in _TOLD if key in rest})
        title = json.dumps([f"{cell.variant}, {cell.model}, {told}", rest])
        groups.setdefault(title, []).append(cell)
    found: dict[str, list[CostedLearner]] = {}
    for key in sorted(groups, key=natural):
        if any(learner_options(cell) != PLAIN for cell in groups[key]):
            learners = [learner for cell in groups[key] if (learner := learner_of(cell, setting))]
            learners.sort(key=lambda each: ["" if value is None else value for value in each.options.values()])
            found.setdefault(json.loads(key)[0], []).extend(learners)
    return {title: learners for title, learners in found.items() if learners}


def _table(task: str, groups: Mapping[str, Sequence[CostedLearner]]) -> Table:
    compared: dict[tuple[CostedLearner, str], Against] = {}
    for learners in groups.values():
        draws = [learner for learner in learners if learner.only_draws]
        rival = max(draws, key=lambda each: each.options["samples"], default=None)
        for learner in learners:
            for amount in _AMOUNTS:
                if rival and learner is not rival and (made := against_draws(learner, rival, amount)):
                    compared[learner, amount] = made
    adjusted = holm([each.p_episode for each in compared.values()])
    compared = {key: replace(each, p_holm=p) for (key, each), p in zip(compared.items(), adjusted, strict=True)}
    header = (
        "learner", *_AMOUNTS, "own shots", "one sample", "selected", "oracle", "pass@1",
        "− draws, equal calls", "− draws, equal tokens",
    )  # fmt: skip
    rows = tuple((title, tuple(_row(each, compared) for each in learners)) for title, learners in groups.items())
    data = pd.DataFrame([_record(each, compared) for learners in groups.values() for each in learners])
    star = f"{SIGNIFICANT} p ≤ {LEVEL} by episodes after Holm's correction over the {len(compared)} differences here."
    title = f"{task}: inductive learners, at equal calls and at equal tokens"
    return Table(f"learners_{task}", title, header, rows, data, (*_NOTES, star))


def _row(learner: CostedLearner, compared: Compared) -> TableRow:
    means = [learner.mean(amount) for amount in _AMOUNTS]
    entries = [Entry(learner.title), *(Entry("–" if mean is None else f"{mean:,.1f}") for mean in means)]
    entries += [percent(learner.on_shots), *(percent(learner.accuracy(choice)) for choice in CHOICES)]
    most = max(learner.passes)
    both = (("pass@", learner.passes), ("pass^", learner.all_pass))
    more = ", ".join(f"{name}{most}: {100 * found[most].value:.1f}" for name, found in both) if most > 1 else ""
    entries.append(percent(learner.passes.get(1), more))
    for amount in _AMOUNTS:
        if made := compared.get((learner, amount)):
            mark = SIGNIFICANT if made.p_holm <= LEVEL else ""
            entries.append(percent(made.estimate, f"{made.given:,.1f} : {made.spent:,.1f}", sign="+", mark=mark))
        else:
            entries.append(Entry(""))
    return tuple(entries)


def _record(learner: CostedLearner, compared: Compared) -> dict[str, Any]:
    told = {**who(learner.cell), **learner.options, "episodes": len(learner.episodes)}
    told |= {amount: learner.mean(amount) for amount in _AMOUNTS}
    found = {"own_shots": learner.on_shots, **{choice: learner.accuracy(choice) for choice in CHOICES}}
    found |= {f"pass@{k}": passed for k, passed in learner.passes.items()}
    found |= {f"pass^{k}": passed for k, passed in learner.all_pass.items() if k > 1}
    for name, estimate in found.items():
        told |= _named(name, numbers(estimate))
    for amount in _AMOUNTS:
        made = compared.get((learner, amount))
        told |= _named(f"equal_{amount}", numbers(made.estimate if made else None))
        costs = {key: getattr(made, key, None) for key in ("spent", "given", "p_episode", "p_holm")}
        told |= _named(f"equal_{amount}", costs)
    return told


def _named(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name if key == "accuracy" else f"{name}_{key}": value for key, value in values.items()}
