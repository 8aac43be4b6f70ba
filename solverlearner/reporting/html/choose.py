"""Choose: the episodes for which a page has room. The page says how many it leaves out."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

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


def by_importance(runs: Sequence[Run]) -> pd.DataFrame:
    """All episodes, those that a page needs most first: columns place (a `EpisodePlace`) and rows (how many it has).

    Every run and setting has its turn, first with episodes in which a query is not right, so that a page that ends
    early still shows how each of them fails.
    """
    parts = []
    for number, run in enumerate(runs):
        rows = run.rows
        miss = rows.correct != 1
        found = miss.groupby([rows.setting, rows.episode], observed=True).agg(["size", "any"]).reset_index()
        found = found.sort_values(["setting", "any", "episode"], ascending=[True, False, True])
        turns = found.groupby("setting", observed=True).cumcount()
        places = list(zip([number] * len(found), found.setting.astype(str), found.episode.tolist(), strict=True))
        parts.append(pd.DataFrame({"place": places, "rows": found["size"], "turn": turns, "run": number}))
    return pd.concat(parts).sort_values(["turn", "run"], kind="stable", ignore_index=True)


def left_out(episodes: pd.DataFrame, kept: int) -> Left:
    """The rest where the first `kept` of the episodes are shown."""
    rows = episodes["rows"]
    return Left(len(episodes) - kept, int(rows[kept:].sum()), len(episodes), int(rows.sum()))
