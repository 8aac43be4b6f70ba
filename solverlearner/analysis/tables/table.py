"""Table: the parts of every table, the same for all formats."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from solverlearner.analysis.cells import Accuracy
from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.truncation import LOWER_BOUND
from solverlearner.design.setting import settings_of_rows

INCOMPLETE = "†"
_INDEPENDENT = ", ".join(setting.name for setting in settings_of_rows() if setting.independent)
PERCENT = "Numbers are percent with 95 % intervals."
METHOD = (
    f"Intervals: Wilson's where queries are independent ({_INDEPENDENT}), else Wilson's at the effective sample size "
    "with the episode as the cluster, or all episodes of one program (Korn & Graubard 1998; Dean & Pagano 2015)."
)

_LOWER_BOUND_NOTE = (
    f"{LOWER_BOUND} A lower bound: 5 % of the queries or more count as wrong because their replies ended at a limit of "
    "tokens before an answer. Effects fall where the first setting is cut more, and rise where the second is. "
    "To let them end:"
)

GRADED = (
    "Scores are between 0 and 1, and an accuracy is their mean. Its interval is Wilson's at the effective sample size, "
    "which for graded scores may exceed the number of queries (Papke & Wooldridge 1996)."
)


class Entry(NamedTuple):
    """One place of a table: its text, and smaller lines below it."""

    text: str
    details: tuple[str, ...] = ()


TableRow = tuple[Entry, ...]

Group = tuple[str, tuple[TableRow, ...]]
"""Rows under a title."""


@dataclass(frozen=True)
class Table:
    """Groups of rows under a header, for reading; `data` has the same and more with a number a column, for computing.

    `groups` are titles with their rows; every row is as long as the header. The first `texts` columns are words, the
    others numbers.
    """

    name: str
    title: str
    header: tuple[str, ...]
    groups: tuple[Group, ...]
    data: pd.DataFrame
    notes: tuple[str, ...] = ()
    texts: int = 1

    @property
    def caption(self) -> str:
        """The title with the unit of its numbers, where they have one together."""
        return f"{self.title} (percent)" if PERCENT in self.notes else self.title


def percent(estimate: Estimate | None, *more: str, sign: str = "", mark: str = "") -> Entry:
    """ "95.0" over "[90.1, 97.9]"; a dash where there is nothing. `sign="+"` for differences."""
    if estimate is None:
        return Entry(f"–{mark}", tuple(filter(None, more)))
    value, low, high = (_signed(100 * x, sign) for x in (estimate.value, estimate.low, estimate.high))
    return Entry(value + mark, (f"[{low}, {high}]", *filter(None, more)))


def _signed(number: float, sign: str) -> str:
    return f"{round(number, 1) + 0.0:{sign}.1f}".replace("-", "−")  # + 0.0: no minus before a zero


def p_value(p: float) -> str:
    """ "0.031" or "<0.001"."""
    return f"{p:.3f}" if p >= 0.001 else "<0.001"


def accuracy_entry(found: Accuracy | None, sizes: bool) -> Entry:
    """An accuracy as an entry, with its n and episodes where `sizes`, and its unanswered queries."""
    if found is None:
        return Entry("")
    asked = (found.n, found.episodes, *([found.clusters] if found.fewer else []))
    missing = f"{found.unanswered} unanswered" if found.unanswered else ""
    mark = LOWER_BOUND * bool(found.remedy) + FEWER * found.fewer + INCOMPLETE * (not found.complete)
    return percent(found.estimate, "/".join(map(str, asked)) if sizes else "", missing, mark=mark)


def size_notes(found: Sequence[Accuracy], elsewhere: str = "") -> tuple[bool, list[str]]:
    """Whether each entry needs its sizes, and the lines that tell sizes and incomplete runs under a table.

    `elsewhere` names the table that shows sizes where this one has no room for them.
    """
    fewer = any(each.fewer for each in found)
    sizes = {(each.n, each.episodes, each.fewer and each.clusters) for each in found}
    if len(sizes) == 1:
        ((n, episodes, programs),) = sizes
        of = f", which share {programs} program{'s' * (programs > 1)}" if programs else ""
        notes = [f"Each accuracy is of {n} queries in {episodes} episodes{of}."]
    else:
        shared = " / programs, where these are fewer" if fewer else ""
        below = f"Below each interval: queries / episodes{shared}."
        notes = [f"Queries and episodes: see {elsewhere}." if elsewhere else below]
    notes += [FEWER_LEGEND] if fewer else []
    if not all(each.complete for each in found):
        notes.append(f"{INCOMPLETE} A run has not ended or has unanswered queries, which accuracies leave out.")
    if remedies := sorted({each.remedy for each in found if each.remedy}):
        notes.append(f"{_LOWER_BOUND_NOTE} {'; '.join(remedies)}.")
    if any(each.graded for each in found):
        notes.append(GRADED)
    return len(sizes) > 1, notes
