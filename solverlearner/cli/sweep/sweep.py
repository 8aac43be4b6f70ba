"""Sweep: the runs of a grid, all checked and priced before the first one runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from solverlearner.cli.hydra_app import verdict
from solverlearner.cli.sweep.grid import Grid, SweepPoint
from solverlearner.errors import UsageError
from solverlearner.evaluation.cost import Cost
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.models.base_url import masked_in


@dataclass
class Sweep:
    """The runs of a sweep by the names of their folders; `again` counts points of the grid that repeat one of them."""

    runs: dict[str, RunSpec] = field(default_factory=dict)
    points: dict[str, SweepPoint] = field(default_factory=dict)
    again: int = 0
    costs: dict[str, Cost] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    @property
    def todo(self) -> dict[str, SweepPoint]:
        """The runs that are not finished."""
        return {name: point for name, point in self.points.items() if name not in self.finished}

    @property
    def budget(self) -> float | None:
        """Dollars that all runs together may cost, over all sessions; None without a budget."""
        return min((run.budget.usd for run in self.runs.values() if run.budget), default=None)

    @property
    def cost(self) -> Cost:
        """The cost of all runs: spent, and still to come."""
        return sum(self.costs.values(), Cost())

    def label(self, name: str) -> str:
        """The options in which a run differs from the others; the name of its folder where there are none."""
        return masked_in(self.points[name].label) or name

    def opening(self) -> str:
        """One line: how many runs and calls there are to do, and their cost where it is known."""
        cost, runs = self.cost, f"{len(self.runs)} run{'s' * (len(self.runs) != 1)}"
        begin = f"{runs}: {len(self.finished)} finished, {len(self.todo)} to do"
        parts = [begin, f"{cost.ahead:,} calls to make"]
        if self.again:
            parts.insert(1, f"{self.again} more are the same run as one of these")
        if cost.at_most is not None:
            parts.append(f"at most about ${cost.at_most:,.2f} (prompts by their length, replies as long as max_tokens)")
        if cost.spent:
            parts.append(f"${cost.spent:,.2f} spent before")
        return " · ".join(parts)


def checked_sweep(grid: Grid, points: Sequence[SweepPoint]) -> Sweep:
    """Every point as a typed run, with nothing opened yet. Raises: UsageError that names all invalid runs."""
    sweep, bad = Sweep(), dict[str, list[str]]()
    for point in points:
        try:
            run = run_spec_of(grid.options(point))
        except Exception as error:
            bad.setdefault(verdict(error)[1], []).append(point.label)
            continue
        if run.name in sweep.runs:
            sweep.again += 1
            continue
        sweep.runs[run.name], sweep.points[run.name] = run, point
        if finished := run.finished():
            sweep.finished.add(run.name)
        sweep.costs[run.name] = run.cost(finished=finished)
    if bad:
        count = sum(map(len, bad.values()))
        listed = "; ".join(_bad(line, labels) for line, labels in bad.items())
        raise UsageError(f"{count} of {len(points)} runs cannot start", f"{listed}; none was started")
    return sweep


def _bad(line: str, labels: Sequence[str]) -> str:
    where = [label for label in labels if label and not line.startswith(f"{label}:")]
    return f"{line} ({', '.join(where)})" if where else line
