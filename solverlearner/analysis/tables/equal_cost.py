"""Equal cost: a cell as a learner, and how far it is from plain draws that take as many calls, or tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.intervals import Estimate, share, share_contrast
from solverlearner.analysis.labels import options_text
from solverlearner.analysis.selection import Program, Several, oracle, selected, several
from solverlearner.analysis.significance import flip_signs

PLAIN = {"hypothesis": "none", "learner": None, "refine": 0, "samples": 1}
"""The options that make a learner, with those of one program, proposed at once."""

CHOICES = ("one", "selected", "oracle")
"""Which programs of an episode count: all, each for itself; the one that a learner takes; the best."""

CostKey = tuple[int, int]
"""Seed and episode."""


@dataclass(frozen=True, eq=False)
class CostedLearner:
    """One cell as a learner in one setting: the programs of each of its episodes, of which it has one or more."""

    cell: Cell
    setting: str
    episodes: Mapping[CostKey, Sequence[Program]]

    @property
    def options(self) -> dict[str, Any]:
        """The options that make this learner."""
        return learner_options(self.cell)

    @property
    def only_draws(self) -> bool:
        """Whether its programs are proposed at once: others are compared with such a learner."""
        return all(self.options[key] == plain for key, plain in PLAIN.items() if key != "samples")

    @property
    def title(self) -> str:
        """ "refine 1, samples 2"; "one program" where it is all plain."""
        return options_text({key: value for key, value in self.options.items() if value != PLAIN[key]}) or "one program"

    @cached_property
    def several(self) -> Several | None:
        """The worth of its programs together; None where no episode has two."""
        return several([*self.episodes.values()])

    @property
    def passes(self) -> dict[int, Estimate]:
        """pass@k by k."""
        if self.several:
            return self.several.passes
        perfect = share([sum(each.perfect for each in programs) for programs in self.episodes.values()], self._ones)
        return {1: perfect} if perfect else {}

    @property
    def all_pass(self) -> dict[int, Estimate]:
        """pass^k by k; for k = 1 it is pass@1."""
        return self.several.all_pass if self.several else self.passes

    def mean(self, amount: str) -> float | None:
        """The mean of "calls" or "tokens" an episode; None where a program does not tell it."""
        told = [getattr(program, amount) for programs in self.episodes.values() for program in programs]
        return None if None in told else sum(told) / len(self.episodes)

    def accuracy(self, choice: str) -> Estimate | None:
        """Mean score of the programs of one of `CHOICES` on the queries, clustered by episode."""
        chosen = [_chosen(choice, programs) for programs in self.episodes.values()]
        scores = [sum(program.score for program in programs) for programs in chosen]
        return share(scores, [sum(len(program.outputs) for program in programs) for programs in chosen])

    @property
    def on_shots(self) -> Estimate | None:
        """Share of their own shots that the selected programs give right."""
        right = [selected(programs).shots_right for programs in self.episodes.values()]
        return share(right, [int(self.cell.settings[self.setting].shots.max())] * len(right))

    @property
    def _ones(self) -> list[int]:
        return [1] * len(self.episodes)


def _chosen(choice: str, programs: Sequence[Program]) -> Sequence[Program]:
    return programs if choice == "one" else [selected(programs) if choice == "selected" else oracle(programs)]


@dataclass(frozen=True)
class Against:
    """A learner minus plain draws of the same cost in each episode; `spent` and `given` are means of that cost.

    `given` falls short of `spent` where there are too few draws, or where no whole number of them costs the same.
    """

    estimate: Estimate
    episodes: int
    spent: float
    given: float
    p_episode: float
    p_holm: float = 1.0


def learner_options(cell: Cell) -> dict[str, Any]:
    """The options of a cell that make its learner."""
    return {key: cell.options.get(key, plain) for key, plain in PLAIN.items()}


def learner_of(cell: Cell, setting: str = "solverlearner") -> CostedLearner | None:
    """The cell as a learner in a setting; None for older rows, which do not tell the shots that programs give right."""
    rows = cell.settings[setting]
    places = dict(zip(rows.cluster.tolist(), zip(rows.seed.tolist(), rows.episode.tolist(), strict=True), strict=True))
    found = cell.summary.counts[setting].programs.episodes()
    episodes = {places[cluster]: programs for cluster, programs in found}
    return CostedLearner(cell, setting, episodes) if episodes else None


def against_draws(learner: CostedLearner, draws: CostedLearner, amount: str) -> Against | None:
    """The paired difference to draws that may take, in each episode, as many "calls" or "tokens" as the learner took.

    At least one draw, else the first ones that fit. None without a shared episode whose costs are known.
    """
    right: list[tuple[float, float]] = []
    sizes, spent, given = [], 0.0, 0.0
    for place, programs in learner.episodes.items():
        rivals = draws.episodes.get(place, ())
        costs = [getattr(program, amount) for program in (*programs, *rivals)]
        if not rivals or None in costs or len(rivals[0].outputs) != len(programs[0].outputs):
            continue
        cost = sum(costs[: len(programs)])
        taken = affordable(costs[len(programs) :], cost)
        right.append((selected(programs).score, selected(rivals[:taken]).score))
        sizes.append(len(programs[0].outputs))
        spent, given = spent + cost, given + sum(costs[len(programs) :][:taken])
    estimate = share_contrast([[own for own, _ in right], [other for _, other in right]], sizes, (1, -1))
    if estimate is None:
        return None
    p = flip_signs([own - other for own, other in right])
    return Against(estimate, len(sizes), spent / len(sizes), given / len(sizes), p)


def affordable(costs: Sequence[float], budget: float) -> int:
    """How many of the first ones fit the budget together; one at least."""
    total, taken = 0.0, 0
    for cost in costs:
        total += cost
        if total > budget:
            break
        taken += 1
    return max(1, taken)
