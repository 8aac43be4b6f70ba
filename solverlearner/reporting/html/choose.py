"""Choose: the episodes for which a page has room. The page says how many it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solverlearner.analysis.row_columns import LoadedColumns
from solverlearner.analysis.runs import Run

PAGE_BYTES = 5_000_000
"""The largest size of a page; episodes get the rest beside the overview, but no less than a fifth."""

MOST_ROWS = 50_000
"""Whose texts are held in memory to see how many of them fit."""

EpisodePlace = tuple[int, str, int]
"""The run's number, setting, episode."""


@dataclass(frozen=True)
class Left:
    """The episodes and rows that a page leaves out, of all rows of its runs."""

    episodes: int
    rows: int
    of_episodes: int
    of_rows: int

    def __str__(self) -> str:
        if not self.episodes:
            return ""
        missing = f"{self.episodes:,} of {self.of_episodes:,} episodes ({self.rows:,} of {self.of_rows:,} rows)"
        room = f"{PAGE_BYTES / 1e6:g} MB and {MOST_ROWS:,} rows"
        return (
            f"{missing} are not in this page, which has room for {room}: every run and setting shows those with a miss "
            "first, in their order, then those that are all right. The overview is of all rows. results=RUN_FOLDER "
            "shows one run alone."
        )


@dataclass(frozen=True)
class Episodes:
    """All episodes, those that a page needs most first, as arrays: there may be millions.

    `run` is the run's number, `setting` one of `names`, `rows` how many rows the episode has.
    """

    run: "np.ndarray[Any, Any]"
    setting: "np.ndarray[Any, Any]"
    episode: "np.ndarray[Any, Any]"
    rows: "np.ndarray[Any, Any]"
    names: Sequence[str]

    def places(self, most_rows: int) -> list[EpisodePlace]:
        """The first episodes, so many that they have no more than these rows, and one at least."""
        within = slice(int((self.rows.cumsum() <= most_rows).sum()) or 1)
        columns = self.run[within].tolist(), self.setting[within].tolist(), self.episode[within].tolist()
        return [(run, self.names[setting], episode) for run, setting, episode in zip(*columns, strict=True)]

    def left_out(self, kept: int) -> Left:
        """The rest where the first `kept` episodes are shown."""
        return Left(len(self.rows) - kept, int(self.rows[kept:].sum()), len(self.rows), int(self.rows.sum()))


def by_importance(runs: Sequence[Run]) -> Episodes:
    """The episodes of all runs.

    Every run and setting has its turn, first with episodes in which a query is not right, so that a page that ends
    early still shows how each of them fails.
    """
    names = sorted({name for run in runs for name in run.sizes})
    found = [_of_run(run.columns.load(), names) for run in runs]
    setting, episode, rows, turn = (np.concatenate(each) for each in zip(*found, strict=True))
    run = np.repeat(np.arange(len(runs), dtype="int32"), [len(each[0]) for each in found])
    order = np.lexsort((run, turn))  # which keeps the order of a run's settings
    return Episodes(run[order], setting[order], episode[order], rows[order], names)


def _of_run(columns: LoadedColumns, names: Sequence[str]) -> "tuple[np.ndarray[Any, Any], ...]":
    """Setting, episode, rows and turn of each episode of a run: in each setting those with a miss come first."""
    code = np.array([names.index(word) for word in columns.words["setting"]], dtype="int16")
    place = code[columns.values["setting"]].astype("int64") << 32 | columns.values["episode"]
    places, number, sizes = np.unique(place, return_inverse=True, return_counts=True)
    misses = np.bincount(number, columns.values["correct"] != 1) > 0
    order = np.lexsort((places, ~misses, places >> 32))
    setting = (places[order] >> 32).astype("int16")
    turn = np.arange(len(order)) - np.searchsorted(setting, setting)
    return setting, places[order].astype("int32"), sizes[order].astype("int32"), turn.astype("int32")
