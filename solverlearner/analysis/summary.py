"""Summary: what a run's rows say. The square, the effects along its sides, and how replies failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solverlearner.analysis.intervals import Estimate, accuracy, contrast
from solverlearner.analysis.setting_counts import Arm, Verdicts
from solverlearner.design.setting import ASKABLE, CHECK, EFFECTS


@dataclass
class Summary:
    """The arms of one run: settings by name, references by name, and what each episode's shots leave open.

    The comprehension checks are an arm of their own, which the square and its references know nothing of.
    """

    arms: dict[str, Arm] = field(default_factory=dict)
    checks: Arm = field(default_factory=Arm)
    references: dict[str, Arm] = field(default_factory=dict)
    ambiguity: dict[int, int | None] = field(default_factory=dict)
    uncovered: dict[int, str] = field(default_factory=dict)
    corrupted: dict[int, int] = field(default_factory=dict)

    def estimate(self, setting: str) -> Estimate | None:
        """Accuracy over the answered queries with its interval; None without any.

        Zero-shot queries share nothing and are independent trials, but where each episode has a rule of its own; in
        every other setting an episode's queries share its shots or its program.
        """
        return _estimate(self.arms[setting], independent=setting == "zero_shot" and self.pinned is not None)

    def reference(self, name: str) -> Estimate | None:
        """Accuracy of a reference. The default world looks at no shots, so its queries are independent."""
        return _estimate(self.references[name], independent=name == "default_world")

    @property
    def check(self) -> Estimate | None:
        """Accuracy of the comprehension checks, each of which is a trial of its own; None without any."""
        return _estimate(self.checks, independent=True)

    def effects(self) -> dict[str, tuple[tuple[str, ...], Estimate]]:
        """The paired contrasts whose settings the run has, on the queries that all of them answered."""
        found = {}
        for title, names, weights in EFFECTS:
            if all(name in self.arms for name in names):
                estimate = contrast(_aligned([self.arms[name].correct for name in names]), weights)
                if estimate:
                    found[title] = (names, estimate)
        return found

    @property
    def pinned(self) -> int | None:
        """Episodes whose shots leave one rule of the family, and nothing of it open; None where no family is known."""
        if None in self.ambiguity.values():
            return None
        return sum(count == 1 and not self.uncovered.get(index) for index, count in self.ambiguity.items())


def summarise(rows: Iterable[Mapping[str, Any]]) -> Summary:
    """Everything that a run's rows say, without any call to a model."""
    summary = Summary()
    for row in rows:
        if row["setting"] == CHECK.name:
            summary.checks.add(row)
            continue
        summary.arms.setdefault(row["setting"], Arm()).add(row)
        summary.ambiguity[row["episode"]] = row["ambiguity"]
        summary.corrupted[row["episode"]] = row["corrupted"]
        if row["uncovered"]:
            summary.uncovered[row["episode"]] = row["uncovered"]
        for name in ("ideal", "default_world"):
            if row[f"{name}_correct"] is None:  # no such reference
                continue
            verdicts = summary.references.setdefault(name, Arm()).correct
            verdicts.setdefault(row["episode"], {})[row["query"], 0] = row[f"{name}_correct"]
    summary.arms = {name: summary.arms[name] for name in ASKABLE if name in summary.arms}
    return summary


def _estimate(arm: Arm, *, independent: bool) -> Estimate | None:
    clusters: dict[tuple[int, ...], list[bool]] = {}
    for episode, verdicts in arm.correct.items():
        for (query, _), correct in verdicts.items():
            # Samples of one query are no independent trials, even where its queries are.
            clusters.setdefault((episode, query) if independent else (episode,), []).append(correct)
    return accuracy([*clusters.values()])


def _aligned(arms: Sequence[Verdicts]) -> list[list[list[bool]]]:
    shared: list[list[list[bool]]] = [[] for _ in arms]
    for episode in sorted(set.intersection(*map(set, arms))):
        queries = sorted(set.intersection(*(set(arm[episode]) for arm in arms)))
        if queries:
            for column, arm in zip(shared, arms, strict=True):
                column.append([arm[episode][query] for query in queries])
    return shared


def as_record(summary: Summary) -> dict[str, Any]:
    """The summary as plain values, for `summary.json`."""
    return {
        "settings": {name: _arm_record(arm, summary.estimate(name)) for name, arm in summary.arms.items()},
        "checks": _arm_record(summary.checks, summary.check),
        "effects": {
            title: {"settings": list(names), **_record(estimate)}
            for title, (names, estimate) in summary.effects().items()
        },
        "references": {name: _record(summary.reference(name)) for name in summary.references},
        "episodes": len(summary.ambiguity),
        "episodes_pinned": summary.pinned,
        "letters_uncovered": sum(map(len, summary.uncovered.values())),
        "shots_corrupted": sum(summary.corrupted.values()),
    }


def _arm_record(arm: Arm, estimate: Estimate | None) -> dict[str, Any]:
    return {
        "accuracy": _record(estimate),
        "queries": arm.queries,
        "episodes": len(arm.correct),
        "statuses": dict(arm.statuses),
        "reply_states": dict(arm.states),
        "recited": arm.recited,
        "unstable": dict(arm.unstable),
        **_programs_record(arm),
    }


def _programs_record(arm: Arm) -> dict[str, Any]:
    """Only where there are programs that were written from shots; `several` where an episode has more than one."""
    if (check := arm.programs.check) is None:
        return {}
    counts = {"programs": check.programs, "fit_their_shots": check.fit, "of_them_right": check.right}
    if (found := arm.several) is None:
        return {"shot_check": counts}
    n, tokens = found.samples, found.tokens
    costs = {"calls": round(found.calls, 6), "tokens": None if tokens is None else round(tokens, 3)}
    accuracies = {"selected": _record(found.selected), "oracle": _record(found.oracle)}
    passes = {str(k): _record(each) for k, each in found.passes.items()}
    return {"shot_check": counts, "several": {"samples": n, **accuracies, "pass_at": passes, "of_one_sample": costs}}


def _record(estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {"value": round(estimate.value, 6), "low": round(estimate.low, 6), "high": round(estimate.high, 6)}
