"""Charts: the overview's bars and curves as geometry, which a template writes as SVG. The numbers are the tables'."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from solverlearner.analysis.cells import Accuracy, Cell
from solverlearner.analysis.labels import variants
from solverlearner.analysis.tables.ablations import Ablation, Curve
from solverlearner.design.setting import ASKABLE
from solverlearner.reporting.looks import bar_looks, looks

_TOP, _HEIGHT, _LEFT, _BOTTOM = 12, 150, 40, 34
_BAR, _GAP, _STEP = 18, 26, 92
BASE, LEFT, BAR_WIDTH = _TOP + _HEIGHT, _LEFT, _BAR - 2
_LETTER = 6.6  # about the width of one at the labels' size


@dataclass(frozen=True)
class Mark:
    """One accuracy: where it stands, how high, and its interval's ends; y grows downwards."""

    setting: str
    x: float
    y: float
    high: float
    low: float
    label: str


@dataclass(frozen=True)
class Panel:
    """One picture: `bars` or, in drawing order, lines of marks."""

    title: str
    width: float
    labels: Sequence[tuple[float, str]]
    bars: Sequence[Mark]
    lines: Sequence[Sequence[Mark]]
    axis: str = ""

    @property
    def height(self) -> int:
        """Of the whole picture."""
        return BASE + (_BOTTOM if self.axis else _BOTTOM - 14)

    @property
    def summary(self) -> str:
        """All numbers in words, for readers who do not see the picture."""
        marks = [*self.bars, *(mark for line in self.lines for mark in line)]
        return "; ".join(mark.label for mark in marks)


@dataclass(frozen=True)
class Chart:
    """Panels that share a caption and a legend."""

    title: str
    settings: Sequence[str]
    panels: Sequence[Panel]


def comparison_charts(main: Sequence[Cell], models: Sequence[str]) -> Iterator[Chart]:
    """Deductive against inductive accuracy, a panel a model, a group of bars a variant; none without these settings."""
    main = [cell for cell in main if cell.model in models]
    shown = [key for key in bar_looks() if any(key in cell.accuracies for cell in main)]
    if not shown:
        return
    panels = []
    for model in models:
        own = {cell.variant: cell for cell in main if cell.model == model}
        columns = [name for name in variants(main) if name in own]
        widths = [max(len(shown) * _BAR + _GAP, _LETTER * len(name) + 12) for name in columns]
        centres = [_LEFT + sum(widths[:place]) + width / 2 for place, width in enumerate(widths)]
        bars = [
            _mark(setting, centre + (place - (len(shown) - 1) / 2) * _BAR, own[name].accuracies[setting], name)
            for name, centre in zip(columns, centres, strict=True)
            for place, setting in enumerate(shown)
            if setting in own[name].accuracies
        ]
        labels = list(zip(centres, columns, strict=True))
        panels.append(Panel(model, _LEFT + sum(widths) + 8, labels, _drawn(bars), ()))
    yield Chart("Deductive against inductive accuracy", shown, panels)


def ablation_charts(ablations: Iterable[Ablation]) -> Iterator[Chart]:
    """Accuracy along one option, a panel a curve, a line a setting; levels stand evenly."""
    for each in ablations:
        places = {level: _LEFT + _STEP * (0.5 + place) for place, level in enumerate(each.levels)}
        panels = [_curve(curve, places, each.option) for curve in each.curves]
        drawn = {mark.setting for panel in panels for line in panel.lines for mark in line}
        yield Chart(f"Accuracy by {each.option}", [key for key in ASKABLE if key in drawn], panels)


def _curve(curve: Curve, places: Mapping[str, float], option: str) -> Panel:
    lines = []
    for setting, look in looks().items():
        told = [(level, cell.accuracies.get(setting)) for level, cell in curve.cells.items()]
        marks = [
            _mark(setting, places[level] + 5 * look.nudge, found, f"{option} {level}") for level, found in told if found
        ]
        lines.append(_drawn(marks))
    labels = [(place, level) for level, place in places.items()]
    return Panel(curve.title, _LEFT + _STEP * len(places) + 8, labels, (), list(filter(None, lines)), option)


def _mark(setting: str, x: float, found: Accuracy, where: str) -> Mark | None:
    if found.estimate is None:
        return None
    value, low, high = found.estimate.value, found.estimate.low, found.estimate.high
    label = f"{setting}, {where}: {100 * value:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"
    return Mark(setting, round(x, 1), _y(value), _y(high), _y(low), label)


def _drawn(marks: Iterable[Mark | None]) -> list[Mark]:
    return [mark for mark in marks if mark]


def _y(share: float) -> float:
    return round(_TOP + _HEIGHT * (1 - share), 1)


AXIS_TICKS = tuple((_y(each / 100), each) for each in range(0, 101, 25))
"""Where the percent axis has its lines."""
