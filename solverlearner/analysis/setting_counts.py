"""Arm: what the rows of one setting add up to."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solverlearner.analysis.selection import Several, several
from solverlearner.analysis.shot_check import Programs

Verdicts = dict[int, dict[tuple[int, int], bool]]
"""correct[episode][query, sample] of one arm."""


@dataclass
class SettingCounts:
    """One setting, or one reference, over all episodes."""

    correct: Verdicts = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    recited: int = 0
    unstable: Counter[str] = field(default_factory=Counter)
    samples: int = 0
    programs: Programs = field(default_factory=Programs)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count one row. An unanswered query is counted as such, and neither right nor wrong."""
        self.statuses[row["status"]] += 1
        self.states[row["reply_state"]] += 1
        self.recited += row["recited"]
        self.unstable.update([row["unstable"]] if row["unstable"] else [])
        if row["correct"] is not None:
            self.correct.setdefault(row["episode"], {})[row["query"], row["sample"]] = row["correct"]
        self.programs.add_row(row)
        self.samples = max(self.samples, row["sample"] + 1)

    @property
    def several(self) -> Several | None:
        """What its programs are worth together; None where no episode has two."""
        return several([programs for _, programs in self.programs.episodes()]) if self.samples > 1 else None

    @property
    def queries(self) -> int:
        """Queries asked, answered or not, each once for every sample."""
        return self.statuses.total()

    @property
    def asked(self) -> str:
        """What the accuracy is over: "40 queries × 4 samples, 10 episodes"."""
        samples = f" × {self.samples} samples" if self.samples > 1 else ""
        return f"{self.queries // max(1, self.samples)} queries{samples}, {len(self.correct)} episodes"
