"""Trend entries: a slope and a rank correlation as entries and as columns of data, for tables on commonness."""

from typing import Any

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.tables.grids import numbers
from solverlearner.analysis.tables.table import Entry, TableRow, p_value, percent

Ranks = tuple[Estimate, float] | None
"""A rank correlation and its p value; None where there is none."""

HEADER = ("slope", "rank correlation", "p")


def trend_entries(line: Estimate | None, ranks: Ranks) -> TableRow:
    """The entries below `HEADER`."""
    if ranks is None:
        return percent(line, sign="+"), Entry("–"), Entry("–")
    value, low, high = (f"{each:+.2f}".replace("-", "−") for each in (ranks[0].value, ranks[0].low, ranks[0].high))
    return percent(line, sign="+"), Entry(value, (f"[{low}, {high}]",)), Entry(p_value(ranks[1]))


def trend_columns(line: Estimate | None, ranks: Ranks) -> dict[str, Any]:
    """The same as columns: slope, slope_low, slope_high, rank_correlation, rank_low, rank_high, p."""
    told = numbers(ranks[0] if ranks else None, "rank_correlation")
    return {
        **{key if key == "slope" else f"slope_{key}": value for key, value in numbers(line, "slope").items()},
        **{key if key.startswith("rank") else f"rank_{key}": value for key, value in told.items()},
        "p": float(f"{ranks[1]:.6g}") if ranks else None,
    }
