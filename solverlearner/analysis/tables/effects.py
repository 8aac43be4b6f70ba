"""Effects: how far settings are apart on the same items. The square, and the paper's deductive against inductive."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Cell
from solverlearner.analysis.clusters import FEWER
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import natural, variants
from solverlearner.analysis.scores import Contrast
from solverlearner.analysis.significance import FLIPS, flip_signs, holm, mcnemar, sign_steps
from solverlearner.analysis.tables.grids import numbers, who
from solverlearner.analysis.tables.table import (
    GRADED,
    PERCENT,
    Entry,
    Table,
    TableRow,
    accuracy_entry,
    p_value,
    percent,
    size_notes,
)
from solverlearner.design.setting import ASKABLE, all_effects, of_kind

SIGNIFICANT = "*"
LEVEL = 0.05
_MCNEMAR, _SIGN, _FLIPS, _RANDOM = "McNemar, exact", "sign test, exact", "sign flips, exact", "sign flips, random"


@dataclass(frozen=True)
class PairedEffect:
    """An effect between settings, or between two sides of a comparison, on the items that all of them answered.

    `only_first` and `only_second` count the items on which the one scores higher than the other: that one alone is
    right, without partial credit. With more than two settings they and `p_item` are None. `clusters` are the episodes,
    where those that show one program count as one. `p_episode` takes them as independent; `p_holm` is `p_episode`
    adjusted for all tests of its table. `item_test` and `episode_test` name the tests.
    """

    estimate: Estimate
    n: int
    episodes: int
    clusters: int
    only_first: int | None
    only_second: int | None
    p_item: float | None
    p_episode: float
    item_test: str | None
    episode_test: str
    p_holm: float = 1.0

    @property
    def mark(self) -> str:
        """A star where the effect is told from none after the adjustment."""
        return SIGNIFICANT if self.p_holm <= LEVEL else ""

    @property
    def fewer(self) -> bool:
        """Whether fewer clusters than episodes stand behind the effect."""
        return self.clusters < self.episodes

    @property
    def graded(self) -> bool:
        """Whether some score is strictly between 0 and 1."""
        return self.item_test == _SIGN

    def record(self) -> dict[str, Any]:
        """Everything as columns."""
        counts = {
            "n": self.n,
            "episodes": self.episodes,
            "clusters": self.clusters,
            "only_first": self.only_first,
            "only_second": self.only_second,
        }
        tests = {"p_item": self.p_item, "p_episode": self.p_episode, "p_holm": self.p_holm}
        rounded = {key: p if p is None else float(f"{p:.6g}") for key, p in tests.items()}
        names = {"item_test": self.item_test, "episode_test": self.episode_test}
        return {**numbers(self.estimate, "effect"), **counts, **rounded, **names}


def with_tests(contrast: Contrast | None) -> PairedEffect | None:
    """The contrast with its tests; None where there is none.

    Each test says its assumptions in `significance`. Right and wrong answers take McNemar's test by items. Graded
    scores take the sign test, which is the same test on the items whose scores differ.
    """
    if contrast is None:
        return None
    first, second = contrast.first_higher, contrast.second_higher
    p_item = mcnemar(first, second) if first is not None and second is not None else None
    item_test = None if p_item is None else _SIGN if contrast.graded else _MCNEMAR
    exact = sign_steps(contrast.differences) is not None
    episode_test = _FLIPS if exact else _RANDOM
    p_episode = flip_signs(contrast.differences)
    sizes = contrast.n, contrast.episodes, contrast.clusters
    return PairedEffect(contrast.estimate, *sizes, first, second, p_item, p_episode, item_test, episode_test)


def note_on_tests(found: Iterable[PairedEffect], *, items: bool) -> str:
    """The sentences below a table that name its tests and their assumptions; `items`: also those by item."""
    names = {name for each in found for name in (each.item_test, each.episode_test)}
    notes = [
        "p, episodes: exact, every pattern of swapped signs of whole episodes; takes only episodes as independent, and "
        "those that show one program as one."
    ]
    if _RANDOM in names:
        notes.append(f"Where scores have no common step it is of {FLIPS:,} random patterns.")
    if items and _MCNEMAR in names:
        notes.append("p, items: exact McNemar" + _OF_ITEMS)
    if items and _SIGN in names:
        notes.append("p, items, of graded scores: exact sign test on the items whose scores differ" + _OF_ITEMS)
    return " ".join(notes)


_OF_ITEMS = (
    "; takes items as independent, which those of an episode that share shots or a program are not, so that it is too "
    "small there."
)


def adjusted(found: Sequence[PairedEffect]) -> list[PairedEffect]:
    """The effects of one table with their p values by episode adjusted for each other."""
    return [replace(each, p_holm=p) for each, p in zip(found, holm([each.p_episode for each in found]), strict=True)]


def square_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family: the settings of the square, and the effects along its sides, by variant."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task]
        keyed = {
            (cell.model, cell.variant, title): found
            for cell in cells
            for title, settings, weights in all_effects()
            if (found := with_tests(cell.summary.scores.contrast(settings, weights)))
        }
        if keyed:
            yield _square(task, cells, dict(zip(keyed, adjusted([*keyed.values()]), strict=True)))


def _square(task: str, cells: Sequence[Cell], effects: dict[tuple[str, str, str], PairedEffect]) -> Table:
    columns = variants(cells)
    shown = [found for cell in cells for key, found in cell.accuracies.items() if key in ASKABLE]
    _, sizes = size_notes(shown, elsewhere=f"family_{task}")
    groups = []
    for model in sorted({cell.model for cell in cells}):
        own = {cell.variant: cell for cell in cells if cell.model == model}
        rows: list[TableRow] = []
        for setting in ASKABLE:
            found = [own[name].accuracies.get(setting) if name in own else None for name in columns]
            if any(found):
                rows.append((Entry(setting), *(accuracy_entry(each, sizes=False) for each in found)))
        for title, *_ in all_effects():
            across = [effects.get((model, name, title)) for name in columns]
            if any(across):
                rows.append((Entry(title), *(_entry(each) for each in across)))
        groups.append((model, tuple(rows)))
    formulas = [f"{each.title}: {each.formula}" for each in all_effects()]
    by_cell = {(cell.model, cell.variant): cell for cell in cells}
    records = [
        {**who(by_cell[model, name]), "contrast": title, **found.record()}
        for (model, name, title), found in effects.items()
    ]
    star = f"{SIGNIFICANT} p ≤ {LEVEL} by episodes after Holm's correction over the {len(effects)} effects here."
    method = (
        "Effects are in percentage points, paired on the same items; intervals join the settings' own with their "
        "correlation over episodes (Newcombe 1998; Zou & Donner 2008)."
    )
    notes = [PERCENT, method, star, note_on_tests(effects.values(), items=False), *sizes, "; ".join(formulas) + "."]
    title = f"{task}: the square, and the effects along its sides"
    return Table(f"square_{task}", title, ("", *columns), tuple(groups), pd.DataFrame(records), tuple(notes))


def _entry(found: PairedEffect | None) -> Entry:
    return percent(found.estimate, sign="+", mark=found.mark + FEWER * found.fewer) if found else Entry("")


def comparison_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family of inductive against deductive accuracy, the paper's comparison, with tests."""
    for task in sorted({cell.task for cell in main}):
        cells = {(cell.model, cell.variant): cell for cell in main if cell.task == task}
        order = variants(cells.values())
        keyed = {
            (model, name, inductive, deductive): found
            for model, name in sorted(cells, key=lambda key: (key[0], order.index(key[1])))
            for inductive, deductive in product(of_kind("inductive"), of_kind("deductive"))
            if (found := with_tests(cells[model, name].summary.scores.contrast((inductive, deductive), (1, -1))))
        }
        if keyed:
            yield _comparison(task, cells, dict(zip(keyed, adjusted([*keyed.values()]), strict=True)))


def _comparison(
    task: str, cells: dict[tuple[str, str], Cell], found: dict[tuple[str, str, str, str], PairedEffect]
) -> Table:
    header = (
        "variant", "against", "inductive", "deductive", "difference",
        "only ind.", "only ded.", "n/episodes", "p, items", "p, episodes", "p, Holm",
    )  # fmt: skip
    groups: dict[str, list[TableRow]] = {}
    records = []
    names = dict.fromkeys(inductive for _, _, inductive, _ in found)
    for (model, name, inductive, deductive), each in found.items():
        cell = cells[model, name]
        sides = [accuracy_entry(cell.accuracies[key], sizes=False) for key in (inductive, deductive)]
        tests = [p_value(p) for p in (each.p_item, each.p_episode, each.p_holm) if p is not None]
        counted = [str(each.only_first), str(each.only_second), f"{each.n}/{each.episodes}", *tests]
        against = deductive if len(names) == 1 else f"{inductive} − {deductive}"
        row = (Entry(name), Entry(against), *sides, _entry(each), *map(Entry, counted))
        groups.setdefault(model, []).append(row)
        records.append({**who(cell), "first": inductive, "second": deductive, **each.record()})
    star = f"{SIGNIFICANT} p ≤ {LEVEL} after Holm's correction over the {len(found)} comparisons here."
    title = f"{task}: inductive ({', '.join(names)}) against deductive accuracy on the same items"
    grouped = tuple((model, tuple(rows)) for model, rows in sorted(groups.items(), key=lambda item: natural(item[0])))
    columns = "only ind., only ded.: items that the inductive or the deductive setting alone has right."
    graded = [GRADED] if any(each.graded for each in found.values()) else []
    if graded:
        columns = "only ind., only ded.: items on which the inductive or the deductive setting has the higher score."
    notes = (PERCENT, columns, star, note_on_tests(found.values(), items=True), *graded)
    return Table(f"comparison_{task}", title, header, grouped, pd.DataFrame(records), notes, texts=2)
