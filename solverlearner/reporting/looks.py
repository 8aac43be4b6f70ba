"""Looks: the colour, marker and dashes of each setting in figures and pages, by its place among the settings.

The first six colours are Okabe and Ito's (2008), which colour-blind people tell apart. Markers, dashes and hatches say
the same again in a print without colour.
"""

from itertools import cycle
from typing import NamedTuple

from solverlearner.design.setting import ASKABLE, Kind, of_kind


class Look(NamedTuple):
    """How one setting is drawn. `dash` is Matplotlib's, `gaps` SVG's `stroke-dasharray`; `nudge` is in steps.

    Marks of neighbouring settings stand a step apart, so that equal accuracies do not hide each other.
    """

    light: str
    dark: str
    marker: str
    dash: str
    gaps: str
    nudge: float = 0.0


_LOOKS = (
    Look("#0072b2", "#3f9fdb", "o", "-", ""),
    Look("#56b4e9", "#8fd0f5", "s", "--", "6 3"),
    Look("#009e73", "#35bf97", "^", "-.", "7 3 2 3"),
    Look("#cc79a7", "#dd9cc0", "D", ":", "2 3"),
    Look("#d55e00", "#ee853b", "v", "-", ""),
    Look("#e69f00", "#f2b84b", "P", "--", ""),
    Look("#7a5230", "#c49a6c", "X", "-.", "6 3"),
    Look("#595959", "#ababab", "*", ":", "2 3"),
)
_HATCHES: dict[Kind, tuple[str, ...]] = {"deductive": ("//", "..", "xx"), "inductive": ("", "++", "oo")}


def looks() -> dict[str, Look]:
    """The look of every askable setting, by name. After eight settings the colours begin again."""
    centre = (len(ASKABLE) - 1) / 2
    drawn = zip(ASKABLE, cycle(_LOOKS), strict=False)
    return {name: look._replace(nudge=place - centre) for place, (name, look) in enumerate(drawn)}


def bar_looks() -> dict[str, tuple[str, str]]:
    """Label and hatch of each bar of the paper's comparison, by setting: first the deductive ones."""
    found: dict[str, tuple[str, str]] = {}
    for kind, hatches in _HATCHES.items():
        found |= {name: (f"{kind}: {name}", hatch) for name, hatch in zip(of_kind(kind), cycle(hatches), strict=False)}
    return found


def styles() -> str:
    """The settings' colours and dashes as CSS: a variable `--NAME` and a class `.NAME` each, light and dark."""
    light, dark, classes = [], [], []
    for name, look in looks().items():
        light.append(f"--{name}: {look.light};")
        dark.append(f"--{name}: {look.dark};")
        gaps = f" stroke-dasharray: {look.gaps};" if look.gaps else ""
        classes.append(f".{name} {{ fill: var(--{name}); stroke: var(--{name});{gaps} }}")
    scheme = f"@media (prefers-color-scheme: dark) {{ :root {{ {' '.join(dark)} }} }}"
    return "\n".join([f":root {{ {' '.join(light)} }}", scheme, *classes, ""])
