"""Figures: the paper's bars and a curve an ablation, as PDF, SVG and PNG. The only file that knows matplotlib.

`looks.py` says how each setting is drawn. The same cells give the same bytes.
"""

import math
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from solverlearner.analysis.cells import Accuracy, Cell
from solverlearner.analysis.labels import variants
from solverlearner.analysis.moved_question import Movement
from solverlearner.analysis.tables.ablations import Ablation, Curve
from solverlearner.analysis.tables.draw_tables import Scatter
from solverlearner.design.setting import ASKABLE
from solverlearner.reporting.looks import bar_looks, looks

FIGURE_FORMATS = ("pdf", "svg", "png")
_NO_DATE: Mapping[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
_STYLE: Any = {
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "axes.grid.axis": "y",
    "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.axisbelow": True, "axes.titlesize": 9,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "legend.frameon": False, "legend.fontsize": 8.5,
    "hatch.linewidth": 0.6, "text.parse_math": False, "savefig.dpi": 200,
    "svg.hashsalt": "solverlearner", "pdf.fonttype": 42,
}  # fmt: skip
_COLOURS = ("#1f5f99", "#b8860b", "#b03a2e", "#2e7d4f")
_EVEN = ("shots", "samples")  # doubled from level to level, so that equal steps are the natural axis


@dataclass(frozen=True)
class Drawing:
    """A figure with the name of its files and its caption."""

    name: str
    title: str
    figure: Figure

    def save(self, folder: Path, ending: str) -> Path:
        """Write it as "pdf", "svg" or "png", without the date."""
        path = folder / f"{self.name}.{ending}"
        with mpl.rc_context(_STYLE), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph", UserWarning)  # a letter that the font has not is drawn as a box
            self.figure.savefig(path, format=ending, metadata=_NO_DATE[ending])
        return path


def draw_comparisons(main: Sequence[Cell]) -> Iterator[Drawing]:
    """A figure a family: deductive and inductive accuracy as bars, a panel a model, a group of bars a variant."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task]
        models = sorted({cell.model for cell in cells})
        columns = variants(cells)
        shown = [key for key in bar_looks() if any(key in cell.accuracies for cell in cells)]
        if not shown:
            continue
        with mpl.rc_context(_STYLE):
            width = max(4.5, min(10.0, 1.6 + 0.32 * len(columns) * (len(shown) + 1)))
            figure, panels = _panels(len(models), 1, width, 1.9)
            for axes, model in zip(panels, models, strict=True):
                own = {cell.variant: cell for cell in cells if cell.model == model}
                _bars(axes, [own.get(name) for name in columns], shown)
                crowded = sum(map(len, columns)) > 9 * width
                axes.set_xticks(range(len(columns)), columns, rotation=30 if crowded else 0)
                axes.set_xlim(-0.5, len(columns) - 0.5)  # the same in all panels, whatever they have
                _percent_axis(axes, model)
            _legend(figure, panels)
        title = f"{task}: deductive against inductive accuracy with 95 % intervals"
        yield Drawing(f"comparison_{task}", title, figure)


def _bars(axes: Axes, cells: Sequence[Cell | None], shown: Sequence[str]) -> None:
    width = 0.8 / len(shown)
    for place, setting in enumerate(shown):
        (title, hatch), colour = bar_looks()[setting], looks()[setting].light
        found = [(x, cell.accuracies.get(setting)) for x, cell in enumerate(cells) if cell]
        told = [(x, each) for x, each in found if each and each.estimate]
        if not told:  # no bar at all would be a legend's entry in another colour
            continue
        offset = (place - (len(shown) - 1) / 2) * width
        places, values = [x + offset for x, _ in told], [_value(each) for _, each in told]
        # At 0 there is no bar to see; the dot says whose interval it is.
        axes.plot(places, values, "o", color=colour, markeredgecolor="#222222", markersize=4, clip_on=False)
        axes.bar(
            places,
            values,
            width * 0.92,
            yerr=_errors([each for _, each in told]),
            color=colour,
            edgecolor="white",
            hatch=hatch,
            label=title,
            error_kw={"elinewidth": 0.9, "capsize": 2, "ecolor": "#222222"},
        )


def draw_ablations(ablations: Sequence[Ablation]) -> Iterator[Drawing]:
    """A figure an ablation: a panel a curve group, accuracy by level, a line a setting."""
    for each in ablations:
        with mpl.rc_context(_STYLE):
            across = 3 if len(each.curves) not in (1, 2, 4) else min(2, len(each.curves))
            figure, panels = _panels(math.ceil(len(each.curves) / across), across, 1.1 + 3.0 * across, 2.5)
            places = _places(each)
            step = min((b - a for a, b in pairwise(sorted(places.values()))), default=1.0)
            for axes, curve in zip(panels, each.curves, strict=False):
                _lines(axes, curve, places, step)
                axes.set_xticks([places[level] for level in each.levels], each.levels)
                axes.set_xlabel(each.option)
                axes.set_xlim(min(places.values()) - step / 3, max(places.values()) + step / 3)
                _percent_axis(axes, textwrap.fill(curve.title, 40), low=-4)
            for axes in panels[len(each.curves) :]:
                axes.remove()
            _legend(figure, panels)
        title = f"{each.task}: accuracy by {each.option} with 95 % intervals"
        yield Drawing(f"ablation_{each.task}_{each.option}", title, figure)


def _places(ablation: Ablation) -> dict[str, float]:
    """Where the levels stand on the axis: at their value, or evenly where they are words or doubled."""
    try:
        values = [float(level) for level in ablation.levels]
    except ValueError:
        values = []
    even = not values or ablation.option in _EVEN
    return dict(zip(ablation.levels, map(float, range(len(ablation.levels))) if even else values, strict=True))


def _lines(axes: Axes, curve: Curve, places: Mapping[str, float], step: float) -> None:
    for setting, look in looks().items():
        told = [(level, cell.accuracies.get(setting)) for level, cell in curve.cells.items()]
        points = [(places[level], each) for level, each in told if each and each.estimate]
        if points:
            axes.errorbar(
                [x + look.nudge * 0.05 * step for x, _ in points],
                [_value(each) for _, each in points],
                yerr=_errors([each for _, each in points]),
                color=look.light,
                marker=look.marker,
                linestyle=look.dash,
                label=setting,
                markersize=5,
                markeredgecolor="white",
                markeredgewidth=0.5,
                linewidth=1.3,
                elinewidth=0.8,
                capsize=1.5,
            )


def _value(found: Accuracy) -> float:
    return 100 * found.estimate.value if found.estimate else math.nan


def _errors(found: Sequence[Accuracy]) -> list[list[float]]:
    """How far the interval reaches below and above each value."""
    told = [each.estimate for each in found if each.estimate]
    return [[max(0.0, 100 * (e.value - e.low)) for e in told], [max(0.0, 100 * (e.high - e.value)) for e in told]]


def _panels(
    rows: int, across: int, width: float, height: float, label: str = "accuracy, %"
) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(width, 0.7 + height * rows), layout="constrained")
    grid = figure.subplots(rows, across, squeeze=False, sharey=True)
    for row in grid:
        row[0].set_ylabel(label)
    return figure, [axes for row in grid for axes in row]


def _percent_axis(axes: Axes, title: str, low: float = 0) -> None:
    axes.set_ylim(low, 104)  # so that a mark or the cap of an interval at the end is seen whole
    axes.set_yticks(range(0, 101, 25))
    axes.set_title(title)
    axes.tick_params(length=0)


def _legend(figure: Figure, panels: Sequence[Axes]) -> None:
    entries = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    order = [*(title for title, _ in bar_looks().values()), *ASKABLE]
    names = sorted(entries, key=order.index)
    figure.legend([entries[name] for name in names], names, loc="outside upper center", ncols=min(5, len(entries)))


def draw_scatters(scatters: Sequence[Scatter]) -> Iterator[Drawing]:
    """A figure a task: how far each question's answers moved over how unsure the model was of them.

    Where questions have partitions, a row is a model in a setting and a column a partition; else each has a panel.
    """
    for task in dict.fromkeys(each.task for each in scatters):
        own = [each for each in scatters if each.task == task]
        parts = sorted({point.partition for each in own for point in each.points})
        drawn = [(each, part, Counter(_at(point) for point in each.points if point.partition == part))
                 for each in own for part in parts]  # fmt: skip
        across = len(parts) if len(parts) > 1 else min(3, len(own))
        most = max(count for _, _, counts in drawn for count in counts.values())
        widest = max(x for _, _, counts in drawn for x, _ in counts)
        with mpl.rc_context(_STYLE):
            rows = math.ceil(len(drawn) / across)
            figure, panels = _panels(rows, across, 1.1 + 2.6 * across, 2.3, "moved, percentage points")
            for axes, (each, part, counts) in zip(panels, drawn, strict=False):
                _bubbles(axes, counts, most, _COLOURS[parts.index(part) % len(_COLOURS)])
                of = f"{part}, {counts.total()} questions" if part else f"{counts.total()} questions"
                axes.set_title(f"{textwrap.fill(each.title, 34 + 6 * (across == 1))}\n{of}")
                axes.set_xlim(-0.06 * widest - 0.1, 1.06 * widest + 0.1)
            for axes in panels[len(drawn) :]:
                axes.remove()
            _size_legend(figure, panels[0], most)
        yield Drawing(f"scatter_{task}", f"{task}: entropy of the closed answers, and how far answers moved", figure)


def _at(point: Movement) -> tuple[float, float]:
    return round(point.entropy, 6), 100 * point.moved


def _bubbles(axes: Axes, counts: Mapping[tuple[float, float], int], most: int, colour: str) -> None:
    """The area of a mark is the number of questions at its place; few draws give few different values."""
    x, y = ([place[side] for place in counts] for side in (0, 1))
    sizes = [_area(count, most) for count in counts.values()]
    axes.axhline(0, color="#888888", linewidth=0.6)
    axes.scatter(x, y, s=sizes, color=colour, alpha=0.6, edgecolor="white", linewidth=0.4)
    axes.set(xlabel="entropy of the closed answers, nats", ylim=(-115, 115), yticks=range(-100, 101, 50))


def _area(count: int, most: int) -> float:
    return 6 + 220 * count / max(most, 10)


def _size_legend(figure: Figure, axes: Axes, most: int) -> None:
    for count in sorted({1, max(1, most // 4), most}):
        label = f"{count} question{'s' * (count > 1)} at one place"
        axes.scatter([], [], s=_area(count, most), color="#888888", alpha=0.6, linewidth=0, label=label)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3)


def draw_losses(lines: Sequence[Mapping[str, Any]], title: str) -> Drawing:
    """The losses of a training run over the tokens that it has read; a line of `losses.jsonl` each.

    The training loss of patches is drawn apart: it is the mean over the tokens of a patch that is not seen, so it can
    only be compared with itself. Crosses are the held-out loss, always of single tokens.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.2, 3.0), layout="constrained")
        axes: Axes = figure.add_subplot()
        for stage, style, colour in (("patch", "--", "#888888"), ("token", "-", "#1f5f99")):
            points = [(each["tokens"], each["loss"]) for each in lines if each["stage"] == stage and each["loss"]]
            if points:
                axes.plot(*zip(*points, strict=True), style, color=colour, label=f"training, {stage} level")
        if held := [(each["tokens"], each["held_out_loss"]) for each in lines if each["held_out_loss"] is not None]:
            axes.plot(*zip(*held, strict=True), "x", color="#b03a2e", label="held out, tokens")
        axes.set(xlabel="tokens", ylabel="loss (nats a token)", title=title)
        axes.legend()
    return Drawing("losses", title, figure)
