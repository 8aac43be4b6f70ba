"""Summary: what a run's rows say. The square, the effects along its sides, and how replies failed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solverlearner.analysis.intervals import Estimate, accuracy, contrast
from solverlearner.analysis.setting_counts import SettingCounts, Verdicts
from solverlearner.design.setting import ASKABLE, CHECK, EFFECTS


@dataclass
class Summary:
    """The settings of one run: settings by name, references by name, and what each episode's shots leave open.

    The comprehension checks are counted apart, which the square and its references know nothing of.
    """

    settings: dict[str, SettingCounts] = field(default_factory=dict)
    checks: SettingCounts = field(default_factory=SettingCounts)
    references: dict[str, SettingCounts] = field(default_factory=dict)
    ambiguity: dict[int, int | None] = field(default_factory=dict)
    uncovered: dict[int, str] = field(default_factory=dict)
    corrupted: dict[int, int] = field(default_factory=dict)

    def estimate(self, setting: str) -> Estimate | None:
        """Accuracy over the answered queries with its interval; None without any.

        Zero-shot queries share nothing and are independent trials, but where each episode has a rule of its own; in
        every other setting an episode's queries share its shots or its program.
        """
        return _estimate(self.settings[setting], independent=setting == "zero_shot" and self.pinned is not None)

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
            if all(name in self.settings for name in names):
                estimate = contrast(_aligned([self.settings[name].correct for name in names]), weights)
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
        summary.settings.setdefault(row["setting"], SettingCounts()).add(row)
        summary.ambiguity[row["episode"]] = row["ambiguity"]
        summary.corrupted[row["episode"]] = row["corrupted"]
        if row["uncovered"]:
            summary.uncovered[row["episode"]] = row["uncovered"]
        for name in ("ideal", "default_world"):
            if row[f"{name}_correct"] is None:  # no such reference
                continue
            verdicts = summary.references.setdefault(name, SettingCounts()).correct
            verdicts.setdefault(row["episode"], {})[row["query"], 0] = row[f"{name}_correct"]
    summary.settings = {name: summary.settings[name] for name in ASKABLE if name in summary.settings}
    return summary


def _estimate(counts: SettingCounts, *, independent: bool) -> Estimate | None:
    clusters: dict[tuple[int, ...], list[bool]] = {}
    for episode, verdicts in counts.correct.items():
        for (query, _), correct in verdicts.items():
            # Samples of one query are no independent trials, even where its queries are.
            clusters.setdefault((episode, query) if independent else (episode,), []).append(correct)
    return accuracy([*clusters.values()])


def _aligned(settings: Sequence[Verdicts]) -> list[list[list[bool]]]:
    shared: list[list[list[bool]]] = [[] for _ in settings]
    for episode in sorted(set.intersection(*map(set, settings))):
        queries = sorted(set.intersection(*(set(counts[episode]) for counts in settings)))
        if queries:
            for column, counts in zip(shared, settings, strict=True):
                column.append([counts[episode][query] for query in queries])
    return shared


def as_record(summary: Summary) -> dict[str, Any]:
    """The summary as plain values, for `summary.json`."""
    return {
        "settings": {name: _counts_record(counts, summary.estimate(name)) for name, counts in summary.settings.items()},
        "checks": _counts_record(summary.checks, summary.check),
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


def _counts_record(counts: SettingCounts, estimate: Estimate | None) -> dict[str, Any]:
    return {
        "accuracy": _record(estimate),
        "queries": counts.queries,
        "episodes": len(counts.correct),
        "statuses": dict(counts.statuses),
        "reply_states": dict(counts.states),
        "recited": counts.recited,
        "unstable": dict(counts.unstable),
        **_programs_record(counts),
    }


def _programs_record(counts: SettingCounts) -> dict[str, Any]:
    """Only where there are programs that were written from shots; `several` where an episode has more than one."""
    if (check := counts.programs.check) is None:
        return {}
    fit = {"programs": check.programs, "fit_their_shots": check.fit, "of_them_right": check.right}
    if (found := counts.several) is None:
        return {"shot_check": fit}
    n, tokens = found.samples, found.tokens
    costs = {"calls": round(found.calls, 6), "tokens": None if tokens is None else round(tokens, 3)}
    accuracies = {"selected": _record(found.selected), "oracle": _record(found.oracle)}
    passes = {str(k): _record(each) for k, each in found.passes.items()}
    return {"shot_check": fit, "several": {"samples": n, **accuracies, "pass_at": passes, "of_one_sample": costs}}


def _record(estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {"value": round(estimate.value, 6), "low": round(estimate.low, 6), "high": round(estimate.high, 6)}
