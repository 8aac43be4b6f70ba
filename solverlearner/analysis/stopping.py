"""Stopping: whether a run's intervals are narrow enough to end it, looked at after stages of episodes.

The design is group-sequential with information-based looks (Lan & DeMets 1983; Jennison & Turnbull 2000, chapters 7 and
11): the information of a look is 1 / width², and a run ends when it has all that was asked for. Looks with less of it
spend next to nothing of the error (spending of O'Brien & Fleming's kind), so the critical value at the end is 2.03
instead of 1.96. A run therefore goes on until its intervals are 3.5 % narrower than asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from solverlearner.analysis.intervals import Estimate, share, share_contrast
from solverlearner.analysis.summary import Summary, summarise
from solverlearner.evaluation.until import Until

INFLATION = 1.035
"""By how much narrower than asked intervals have to be: the critical value at the end, 2.03, over 1.96."""


@dataclass(frozen=True)
class Look:
    """What a run saw after some episodes: the widest interval, and what it is of; None where nothing has a width."""

    episodes: int
    width: float | None
    name: str


@dataclass
class Stopping:
    """A rule, and the looks that were taken by it. `most` are the episodes of the plan."""

    until: Until
    most: int
    looks: list[Look] = field(default_factory=list)

    @property
    def met(self) -> bool:
        """Whether the last look found all intervals narrow enough."""
        width = self.looks[-1].width if self.looks else None
        return width is not None and width * INFLATION <= self.until.width

    def look(self, episodes: int, rows: Iterable[Mapping[str, Any]], options: Mapping[str, Any]) -> bool:
        """Look at the rows of the first so many episodes; gives whether the run may stop."""
        plain = {**options, "uncertainty": False, "persuasion": False}
        summary = summarise((row for row in rows if row["episode"] < episodes), plain)
        name, width = max(widths(summary, self.until).items(), key=lambda pair: pair[1], default=("", None))
        self.looks.append(Look(episodes, width, name))
        return self.met

    @property
    def sentence(self) -> str:
        """What to tell of it: where the run stopped and why, or how far it came."""
        last = self.looks[-1]
        if last.width is None:
            why = "all episodes share a program, so more of them narrow no interval (temperature=0.7 gives others)"
            return f"until={self.until} was not reached in {self.most} episodes: {why}."
        which = "the interval of this effect" if self.until.effect else f"the widest interval, of {last.name},"
        seen = f"{which} is {last.width:.3f} wide"
        if self.met and last.episodes < self.most:
            return f"Stopped after {last.episodes} of {self.most} episodes by until={self.until}: {seen}."
        if self.met:
            return f"until={self.until} is reached with all {self.most} episodes: {seen}."
        return f"until={self.until} was not reached in {self.most} episodes: {seen}. More episodes narrow it."

    def record(self) -> dict[str, Any]:
        """Plain values for `summary.json`."""
        told = [
            {"episodes": each.episodes, "width": each.width and round(each.width, 6), "of": each.name or None}
            for each in self.looks
        ]
        ended = {"met": self.met, "stopped_after": self.looks[-1].episodes, "of": self.most}
        return {"rule": str(self.until), **ended, "told": self.sentence, "looks": told}


def widths(summary: Summary, until: Until) -> dict[str, float]:
    """The widths that the rule waits for, by setting or effect: of intervals that more episodes make narrower.

    A setting whose episodes share programs is left out of a rule on all accuracies: its intervals stay as wide.
    """
    scores = summary.scores
    if effect := until.effect:
        found = scores.clustered(effect.settings, independent=False)
        sides = [[sum(row[side] for row in rows) for rows in found.values()] for side in range(len(effect.settings))]
        return (
            {effect.title: effect_width(sides, [*map(len, found.values())], effect.weights)} if len(found) > 1 else {}
        )
    told = {}
    for name in summary.settings:
        if summary.estimate(name) and not summary.fewer(name):
            found = scores.clustered([name], summary.independent(name))
            totals = [sum(score for (score,) in rows) for rows in found.values()]
            told[name] = accuracy_width(totals, [*map(len, found.values())])
    return told


def accuracy_width(totals: Sequence[float], sizes: Sequence[int]) -> float:
    """The width of `intervals.share` by which a run stops.

    Few episodes may by chance all be right, or wrong, and their interval too narrow. So the wider one counts of that of
    the episodes, and of that with one wrong and one right episode added (after Agresti & Coull 1998).
    """
    extra = max(1, round(sum(sizes) / len(sizes)))
    return max(_width(share(totals, sizes)), _width(share([*totals, extra, 0], [*sizes, extra, extra])))


def effect_width(sides: Sequence[Sequence[float]], sizes: Sequence[int], weights: Sequence[float]) -> float:
    """The width of `intervals.share_contrast` by which a run stops, with two such episodes added, one for each side."""
    extra = max(1, round(sum(sizes) / len(sizes)))
    more = [[*side, *([extra, 0] if weight > 0 else [0, extra])] for side, weight in zip(sides, weights, strict=True)]
    guarded = share_contrast(more, [*sizes, extra, extra], weights)
    return max(_width(share_contrast(sides, sizes, weights)), _width(guarded))


def _width(estimate: Estimate | None) -> float:
    assert estimate is not None  # there are queries
    return estimate.high - estimate.low
