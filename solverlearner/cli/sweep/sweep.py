"""Sweep: the cells of a grid, all checked and priced before the first one runs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from solverlearner.cli.hydra_app import verdict
from solverlearner.cli.sweep.grid import Grid, SweepPoint
from solverlearner.errors import UsageError
from solverlearner.evaluation.cost import Cost
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_spec import RunSpec


@dataclass
class Sweep:
    """Cells that can run, by folder; `again` counts further cells that are the same run as one of these."""

    cells: dict[str, RunSpec] = field(default_factory=dict)
    points: dict[str, SweepPoint] = field(default_factory=dict)
    again: int = 0
    costs: dict[str, Cost] = field(default_factory=dict)
    finished: set[str] = field(default_factory=set)

    @property
    def todo(self) -> dict[str, SweepPoint]:
        """What has yet to be carried out."""
        return {name: point for name, point in self.points.items() if name not in self.finished}

    @property
    def budget(self) -> float | None:
        """Dollars that all cells together may cost, over all sessions."""
        return min((cell.budget.usd for cell in self.cells.values() if cell.budget), default=None)

    @property
    def cost(self) -> Cost:
        """What all cells together have spent and may still spend."""
        return sum(self.costs.values(), Cost())

    def label(self, name: str) -> str:
        """What tells a cell from the others, or where nothing does its folder's name."""
        return self.points[name].label or name

    def opening(self) -> str:
        """What there is to do, and what it costs where that is known, in a line."""
        cost, cells = self.cost, f"{len(self.cells)} cell{'s' * (len(self.cells) != 1)}"
        begin = f"{cells}: {len(self.finished)} finished, {len(self.todo)} to do"
        parts = [begin, f"{cost.ahead:,} calls to make"]
        if self.again:
            parts.insert(1, f"{self.again} more are the same run as one of these")
        if cost.at_most is not None:
            parts.append(f"at most about ${cost.at_most:,.2f} (prompts by their length, replies as long as max_tokens)")
        if cost.spent:
            parts.append(f"${cost.spent:,.2f} spent before")
        return " · ".join(parts)


def checked(grid: Grid, points: Sequence[SweepPoint]) -> Sweep:
    """Every cell as a typed run, of which nothing is opened. Raises: UsageError that names all that cannot run."""
    sweep, bad = Sweep(), dict[str, list[str]]()
    for point in points:
        try:
            cell = run_spec_of(grid.options(point))
        except Exception as error:
            bad.setdefault(verdict(error)[1], []).append(point.label)
            continue
        if cell.name in sweep.cells:
            sweep.again += 1
            continue
        sweep.cells[cell.name], sweep.points[cell.name] = cell, point
        if finished := cell.finished():
            sweep.finished.add(cell.name)
        sweep.costs[cell.name] = cell.cost(finished=finished)
    if bad:
        count = sum(map(len, bad.values()))
        listed = "; ".join(_bad(line, labels) for line, labels in bad.items())
        raise UsageError(f"{count} of {len(points)} cells cannot run", f"{listed}; none was started")
    return sweep


def _bad(line: str, labels: Sequence[str]) -> str:
    where = [label for label in labels if label and not line.startswith(f"{label}:")]
    return f"{line} ({', '.join(where)})" if where else line
