"""Build: all tables that runs have something for, by kind."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from solverlearner.analysis.cells import Cell, main_cells
from solverlearner.analysis.tables.ablations import Ablation, ablation_tables
from solverlearner.analysis.tables.commonness import commonness_tables
from solverlearner.analysis.tables.draw_tables import draw_tables
from solverlearner.analysis.tables.effects import comparison_tables, square_tables
from solverlearner.analysis.tables.grids import check_tables, family_tables, recitation_tables
from solverlearner.analysis.tables.knowledge import knowledge_tables
from solverlearner.analysis.tables.learners import learner_tables
from solverlearner.analysis.tables.ledger import cost_tables, failure_tables, run_tables
from solverlearner.analysis.tables.rule_tables import rule_tables
from solverlearner.analysis.tables.table import Table
from solverlearner.analysis.tables.together import together_tables
from solverlearner.analysis.tables.wording_tables import wording_tables

TABLE_KINDS = (
    "family",
    "comparison",
    "square",
    "knowledge",
    "commonness",
    "ablation",
    "wordings",
    "learners",
    "draws",
    "failures",
    "recitation",
    "rules",
    "together",
    "checks",
    "cost",
    "runs",
)


def build_tables(cells: Sequence[Cell], ablations: Sequence[Ablation], kinds: Sequence[str]) -> Iterator[Table]:
    """The tables of these kinds, in the order of `TABLE_KINDS`; a kind that the cells have nothing for has none."""
    main = main_cells(cells)
    shown = [*main, *(cell for each in ablations for curve in each.curves for cell in curve.cells.values())]
    others = [cell for cell in cells if cell not in shown]
    runs = sorted({str(run.path): run for cell in cells for run in cell.runs}.items())
    makers: Mapping[str, Callable[[], Iterator[Table]]] = {
        "family": lambda: family_tables(main, others),
        "comparison": lambda: comparison_tables(main),
        "square": lambda: square_tables(main),
        "knowledge": lambda: knowledge_tables(cells),
        "commonness": lambda: commonness_tables(main),
        "ablation": lambda: ablation_tables(ablations),
        "wordings": lambda: wording_tables(cells),
        "learners": lambda: learner_tables(cells),
        "draws": lambda: draw_tables(cells),
        "failures": lambda: failure_tables(main),
        "recitation": lambda: recitation_tables(main),
        "rules": lambda: rule_tables(cells),
        "together": lambda: together_tables(main),
        "checks": lambda: check_tables(main),
        "cost": lambda: cost_tables(cells),
        "runs": lambda: run_tables([run for _, run in runs]),
    }
    for kind in TABLE_KINDS:
        if kind in kinds:
            yield from makers[kind]()
