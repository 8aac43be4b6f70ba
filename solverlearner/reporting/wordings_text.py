"""Accuracies and effects over several wordings as lines of text."""

from collections.abc import Mapping, Sequence

from solverlearner.analysis.wordings import OverWordings
from solverlearner.design.setting import ASKABLE
from solverlearner.reporting.aligned import columns, sentences
from solverlearner.reporting.terminal import interval

_ABOUT = (
    "Intervals cover episodes and wordings, as if other wordings had been drawn. SD: of the true value between "
    "wordings. share: of the variance of a query's score."
)


def wordings_text(found: Mapping[str, OverWordings]) -> str:
    """A table with a line for each setting and effect; empty where no two wordings were asked."""
    if not found:
        return ""
    rows: list[Sequence[str]] = [("", "over wordings [95 % interval]", "SD", "share")]
    for name, each in found.items():
        value = interval(each.estimate, ".3f" if name in ASKABLE else "+.3f")
        rows.append((name, value, f"{each.spread:.3f}", f"{100 * each.share:.1f}\u00a0%"))
    wordings = max(each.wordings for each in found.values())
    title = f"Over {wordings} wordings, the second random factor beside episodes"
    return "\n".join([title, *columns(rows), *sentences([_ABOUT], 80)])
