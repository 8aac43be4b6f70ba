"""Summary: the statistics of rows. Accuracies, effects between settings, references, and outcomes of queries.

A run prints one of its rows, and tables make one of each cell's frame, so each number is computed in one place.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.row_facts import RowFacts, facts_of, is_drawn
from solverlearner.analysis.rules_found import counted_kinds
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.setting_counts import SettingCounts
from solverlearner.analysis.truncation import cut_lines
from solverlearner.design.setting import ASKABLE, CHECK, PERSUADE, all_effects, setting_named, settings_of_rows

if TYPE_CHECKING:  # few runs need them, and they take 10 ms
    from solverlearner.analysis.draws import Draws
    from solverlearner.analysis.measures import Measures
    from solverlearner.analysis.wordings import OverWordings, Wordings

_REFERENCES = ("ideal", "default_world")


@dataclass
class Summary:
    """The statistics of one run, or of runs that are pooled.

    `counts` has every setting of the rows, also the comprehension checks; `scores` their scores and, under their names,
    those of the two references that need no model. `own_rules`: each episode hides a rule of its own. `drawn`:
    completions were drawn at random, at a temperature above 0. By episode, where
    rows tell it: `ambiguity` (rules that fit the shots), `uncovered` letters, `corrupted` shots.

        summary = summarise(read_rows(folder))
        summary.estimate("io")      # Estimate(value=0.4, low=0.2, high=0.6)
    """

    counts: dict[str, SettingCounts] = field(default_factory=dict)
    scores: Scores = field(default_factory=Scores)
    own_rules: bool = False
    drawn: bool = False
    ambiguity: dict[int, int | None] = field(default_factory=dict)
    uncovered: dict[int, str] = field(default_factory=dict)
    corrupted: dict[int, int] = field(default_factory=dict)
    draws: "Draws | None" = None
    """The draws of each prompt, where entropies or persuasion are wanted."""
    measures: "dict[str, Measures]" = field(default_factory=dict)
    """What was measured of these draws, by partition."""
    wordings: "Wordings | None" = None
    """The scores by wording, where the run drew one for each episode."""
    until: Mapping[str, Any] = field(default_factory=dict)
    """The looks at the run's intervals and what they decided, as `stopping.Stopping.record` has them."""
    programs: dict[str, Counter[str]] = field(default_factory=dict)
    """By setting, how many programs carry out which rule (`rules_found.KINDS`), where rows tell it."""
    _referenced: set[tuple[int, int, int]] = field(default_factory=set, repr=False)

    def add(self, facts: RowFacts) -> None:
        """Count one row and take its scores."""
        if facts.setting not in self.counts:
            self.counts[facts.setting] = SettingCounts()
        self.counts[facts.setting].add(facts)
        place = facts.cluster, facts.query
        if facts.score is not None:
            asked = place[0], place[1], facts.sample, facts.item
            self.scores.add(facts.setting, facts.score, *asked, prompt=facts.prompt, program=facts.written)
        if facts.setting == CHECK.name:
            return
        if facts.ideal is facts.default_world is None:
            return
        if (item := (*place, facts.item)) not in self._referenced:  # the rows of all settings tell the same
            self._referenced.add(item)
            if facts.ideal is not None:
                self.scores.add("ideal", facts.ideal, *place, 0, facts.item)
            if facts.default_world is not None:
                self.scores.add("default_world", facts.default_world, *place, 0, facts.item)

    def finish(self) -> None:
        """No row comes any more: let go of what only adding needs, which is most of the memory."""
        self._referenced.clear()
        self.scores.finish()

    def add_row(self, row: Mapping[str, Any]) -> None:
        """The same from a row with every column of the schema, and with it the facts of its episode."""
        self.add(facts_of(row, drawn=self.drawn))
        if row["found"] and row["query"] == 0:  # a program stands in a row of each query
            self.programs.setdefault(row["setting"], Counter()).update(counted_kinds([row]))
        if self.draws:
            self.draws.add(row)
        if self.wordings:
            self.wordings.add_row(row)
        if row["setting"] == CHECK.name:
            return
        self.own_rules |= row["ambiguity"] is None
        self.ambiguity[row["episode"]] = row["ambiguity"]
        self.corrupted[row["episode"]] = row["corrupted"]
        if row["uncovered"]:
            self.uncovered[row["episode"]] = row["uncovered"]

    @property
    def settings(self) -> dict[str, SettingCounts]:
        """The counts of all settings but the comprehension checks, in the order of `ASKABLE`."""
        return {name: self.counts[name] for name in ASKABLE if name in self.counts}

    @property
    def checks(self) -> SettingCounts:
        """The counts of the comprehension checks."""
        return self.counts.get(CHECK.name) or SettingCounts()

    @property
    def graded(self) -> bool:
        """Whether some score of a setting is strictly between 0 and 1."""
        return self.scores.graded(self.counts)

    def independent(self, name: str) -> bool:
        """Whether the queries of an episode share nothing: no shots, no program and no rule of the episode's own."""
        setting = setting_named(name)
        return setting is not None and setting.independent and not self.own_rules

    def estimate(self, name: str) -> Estimate | None:
        """Accuracy of a setting over the answered queries: their mean score with its interval; None without any."""
        return self.scores.estimate(name, independent=self.independent(name))

    def clusters(self, name: str) -> int:
        """How many clusters the accuracy of a setting is of: prompts, episodes, or programs that these share."""
        return self.scores.clusters(name, independent=self.independent(name))

    def fewer(self, name: str) -> bool:
        """Whether fewer clusters than episodes stand behind the accuracy of a setting."""
        return self.clusters(name) < len(self.counts[name].answered_episodes)

    @property
    def references(self) -> dict[str, Estimate]:
        """Accuracies of "ideal" and "default_world", where there are such references.

        The default world looks at no shots, so its queries are independent. There is none where a context argues for
        another answer than other settings want to the same question.
        """
        if PERSUADE.name in self.settings and len(self.settings) > 1:
            return {}
        found = {name: self.scores.estimate(name, independent=name == "default_world") for name in _REFERENCES}
        return {name: estimate for name, estimate in found.items() if estimate}

    @property
    def has_default_world(self) -> bool:
        """Whether rows tell the default world's answer, so that a wrong one may be recited."""
        return self.scores.estimate("default_world", independent=True) is not None

    @property
    def check(self) -> Estimate | None:
        """Accuracy of the comprehension checks; None without any."""
        return self.estimate(CHECK.name)

    def effects(self) -> dict[str, tuple[tuple[str, ...], Estimate]]:
        """The paired contrasts whose settings the run has, on the queries that all of them answered."""
        found = {each.title: (each.settings, self.scores.contrast(*each[1:])) for each in all_effects()}
        return {title: (names, contrast.estimate) for title, (names, contrast) in found.items() if contrast}

    def over_wordings(self) -> "dict[str, OverWordings]":
        """By setting and effect: the value over several wordings, where the run drew one for each episode."""
        return self.wordings.found() if self.wordings else {}

    def cut_lines(self, model: str, options: Mapping[str, Any]) -> list[str]:
        """Sentences on the replies that a limit of tokens cut, for a run of this model under these options."""
        told = {name: (each.cuts, self.estimate(name), each.answered) for name, each in self.settings.items()}
        return [*cut_lines(told, model, options)]

    @property
    def pinned(self) -> int | None:
        """Episodes whose shots leave one rule of the family, and no letter open; None where no family is known."""
        if self.own_rules:
            return None
        return sum(count == 1 and not self.uncovered.get(index) for index, count in self.ambiguity.items())

    @property
    def parts_uncovered(self) -> int:
        """How many letters of a table, or parts that end in ";", the shots of all episodes leave open."""
        return sum(text.count(";") or len(text) for text in self.uncovered.values())

    @property
    def parts_end(self) -> bool:
        """Whether what is left open are such parts."""
        return any(";" in text for text in self.uncovered.values())


def place_of_setting(name: str) -> tuple[int, str]:
    """A sort key: the order of settings in tables, then names that this version does not know."""
    order = [setting.name for setting in settings_of_rows()]
    return (order.index(name) if name in order else len(order), name)


def summarise(rows: Iterable[Mapping[str, Any]], options: Mapping[str, Any] | None = None) -> Summary:
    """The statistics of rows, each with every column of the schema (`row_schema.whole_row`).

    `options` are the run's: the temperature says whether equal prompts have one completion together, `uncertainty` and
    `persuasion` say whether entropies and persuasion are measured too.
    """
    told = options or {}
    measured = told.get("uncertainty") or told.get("persuasion")
    summary = Summary(drawn=is_drawn(told))
    if measured:
        from solverlearner.analysis.draws import Draws

        summary.draws = Draws()
    if told.get("wording"):
        from solverlearner.analysis.wordings import ALL_WORDINGS, Wordings

        summary.wordings = Wordings() if told["wording"] == ALL_WORDINGS else None
    for row in rows:
        summary.add_row(row)
    if summary.draws:
        from solverlearner.analysis.measures import measures_of

        summary.measures = measures_of(summary.draws, told)
    return summary


def as_record(summary: Summary) -> dict[str, Any]:
    """The summary as plain values, for `summary.json`."""
    return {
        "settings": {name: _counts_record(summary, name, counts) for name, counts in summary.settings.items()},
        "checks": _counts_record(summary, CHECK.name, summary.checks),
        "effects": {
            title: {"settings": list(names), **_record(estimate)}
            for title, (names, estimate) in summary.effects().items()
        },
        "references": {name: _record(estimate) for name, estimate in summary.references.items()},
        "episodes": len(summary.ambiguity),
        "episodes_pinned": summary.pinned,
        "letters_uncovered": summary.parts_uncovered,
        "shots_corrupted": sum(summary.corrupted.values()),
        **({"programs": {name: dict(each) for name, each in summary.programs.items()}} if summary.programs else {}),
        **_extras_record(summary),
        **({"until": summary.until} if summary.until else {}),
    }


def _extras_record(summary: Summary) -> dict[str, Any]:
    """The entropies and persuasion, and the values over several wordings, of a run that measured them."""
    found: dict[str, Any] = {}
    if summary.measures:
        from solverlearner.analysis.measures import measures_record

        found |= measures_record(summary.measures)
    if summary.wordings:
        from solverlearner.analysis.wordings import wordings_record

        found |= wordings_record(summary.over_wordings())
    return found


def _counts_record(summary: Summary, name: str, counts: SettingCounts) -> dict[str, Any]:
    return {
        "accuracy": _record(summary.estimate(name)),
        "queries": counts.queries,
        "episodes": len(counts.answered_episodes),
        "clusters": summary.clusters(name),
        "statuses": dict(counts.statuses),
        "reply_states": dict(counts.states),
        **({"queries_cut": dict(counts.cuts.queries)} if counts.cuts.queries else {}),
        "right": counts.right,
        "partly_right": counts.partly,
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
    passes, all_pass = ({str(k): _record(e) for k, e in each.items()} for each in (found.passes, found.all_pass))
    told = {"samples": n, **accuracies, "pass_at": passes, "all_pass": all_pass, "of_one_sample": costs}
    return {"shot_check": fit, "several": told}


def _record(estimate: Estimate | None) -> dict[str, Any]:
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {"value": round(estimate.value, 6), "low": round(estimate.low, 6), "high": round(estimate.high, 6)}
