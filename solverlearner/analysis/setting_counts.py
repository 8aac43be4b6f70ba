"""Counts of one setting: outcomes of its queries and its programs, for the terminal, tables and exports alike."""

from collections import Counter
from dataclasses import dataclass, field

from solverlearner.analysis.row_facts import RowFacts
from solverlearner.analysis.selection import Several, several
from solverlearner.analysis.shot_check import Programs
from solverlearner.analysis.truncation import Cuts
from solverlearner.design.setting import setting_named

_USUAL_STATES = ("ok", "api_error")
"""States of completions that the other counts tell already."""


@dataclass
class SettingCounts:
    """The queries of one setting by outcome, over all episodes; each query counts once for every sample.

    `right` have the score 1 and `partly` a score between 0 and 1. `memorised` and `never_fitted` count the others of
    programs that were written from shots, by whether the program gives all its shots right.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    unstable: Counter[str] = field(default_factory=Counter)
    right: int = 0
    partly: int = 0
    recited: int = 0
    memorised: int = 0
    never_fitted: int = 0
    samples: int = 0
    answered_episodes: set[int] = field(default_factory=set)
    programs: Programs = field(default_factory=Programs)
    cuts: Cuts = field(default_factory=Cuts)

    def add(self, facts: RowFacts) -> None:
        """Count one row. An unanswered query is neither right nor wrong."""
        self.statuses[facts.status] += 1
        if facts.state:
            self.states[facts.state] += 1
        if facts.unstable:
            self.unstable[facts.unstable] += 1
        self.recited += facts.recited
        self.samples = max(self.samples, facts.sample + 1)
        if facts.score is None:
            return
        if facts.cut:
            setting = setting_named(facts.setting)
            query = -1 if setting and setting.writes_program else facts.query
            place = facts.cluster, facts.sample, query
            self.cuts.add(facts.cut, place, facts.score, facts.written_tokens, facts.thoughts)
        self.answered_episodes.add(facts.cluster)
        self.right += facts.score == 1
        self.partly += 0 < facts.score < 1
        if facts.shots:
            self._add_to_program(facts, facts.score)

    def _add_to_program(self, facts: RowFacts, score: float) -> None:
        if score < 1:
            fits = facts.shots_right == facts.shots and facts.length is not None
            self.memorised += fits
            self.never_fitted += not fits
        self.programs.add(facts, score)

    @property
    def several(self) -> Several | None:
        """The worth of several programs together; None where no episode has two."""
        return several([programs for _, programs in self.programs.episodes()]) if self.samples > 1 else None

    @property
    def queries(self) -> int:
        """Queries asked, answered or not."""
        return self.statuses.total()

    @property
    def unanswered(self) -> int:
        """Queries without a completion."""
        return self.statuses["unanswered"]

    @property
    def answered(self) -> int:
        """Queries with a score."""
        return self.queries - self.unanswered

    @property
    def odd_states(self) -> Counter[str]:
        """States of completions that cut or replaced the text, such as truncated."""
        return Counter({state: count for state, count in self.states.items() if state not in _USUAL_STATES})

    @property
    def wrong(self) -> int:
        """Queries with a value whose score is 0."""
        return self.statuses["ok"] - self.right - self.partly

    @property
    def asked(self) -> str:
        """The size of the setting: "40 queries × 4 samples, 10 episodes"."""
        samples = f" × {self.samples} samples" if self.samples > 1 else ""
        return f"{self.queries // max(1, self.samples)} queries{samples}, {len(self.answered_episodes)} episodes"
