"""Standings: models by task families, the first thing on a page. Each family's variants are pooled."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from solverlearner.analysis.cells import Accuracy, Cell
from solverlearner.analysis.labels import natural
from solverlearner.design.setting import ASKABLE, Kind, of_kind

KINDS: tuple[Kind, ...] = ("deductive", "inductive")
_SMOKE = ("smollm2-135m", "scripted-")


@dataclass(frozen=True)
class FamilyStanding:
    """One model on one family: `accuracies` by label and setting, pooled over `variants` of `all_variants`."""

    task: str
    accuracies: Sequence[tuple[str, str, Accuracy]]
    cell: Cell
    variants: int
    all_variants: int


@dataclass(frozen=True)
class Standing:
    """One model: its families by task. `smoke`: it only shows that everything runs."""

    model: str
    families: Mapping[str, FamilyStanding]
    smoke: bool

    @property
    def mean(self) -> float:
        """The mean of all accuracies that are shown, which ranks models; −1 without any."""
        found = [each.estimate.value for f in self.families.values() for *_, each in f.accuracies if each.estimate]
        return sum(found) / len(found) if found else -1.0


def is_smoke(model: str) -> bool:
    """Whether a model's numbers say nothing about language models: the smallest local weights, scripted completions."""
    return model.lower().startswith(_SMOKE)


def standings(main: Sequence[Cell], watched: Callable[[Sequence[str], str], Iterable[str]]) -> list[Standing]:
    """The models of these cells, the best one first, smoke models last. `watched` shows how many are counted."""
    families = sorted({cell.task for cell in main})
    counts = {task: len({cell.variant for cell in main if cell.task == task}) for task in families}
    found = []
    for model in watched(sorted({cell.model for cell in main}, key=natural), "models are counted"):
        own = {task: [c for c in main if (c.model, c.task) == (model, task)] for task in families}
        told = {task: _family(task, cells, counts[task]) for task, cells in own.items() if cells}
        found.append(Standing(model, told, is_smoke(model)))
    return sorted(found, key=lambda each: (each.smoke, -each.mean))


def _family(task: str, cells: Sequence[Cell], variants: int) -> FamilyStanding:
    shown = [*_shown(pooled(cells))]
    return FamilyStanding(task, shown, pooled(cells), len(cells), variants)  # another cell, without all of its scores


def _shown(cell: Cell) -> Iterator[tuple[str, str, Accuracy]]:
    """The first setting of each kind; without any, the first two that were asked."""
    firsts = [(kind, next((name for name in of_kind(kind) if name in cell.accuracies), None)) for kind in KINDS]
    shown = [(str(kind), name) for kind, name in firsts if name]
    for label, name in shown or [(name, name) for name in cell.accuracies if name in ASKABLE][:2]:
        yield label, name, cell.accuracies[name]


def pooled(cells: Sequence[Cell]) -> Cell:
    """One cell of one model's cells on several variants. An episode of one variant is a cluster of its own."""
    return replace(cells[0], variant="", parts=tuple(part for cell in cells for part in cell.parts))
