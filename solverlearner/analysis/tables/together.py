"""Together: queries that a model solves from examples by itself, by its program, by both, or by neither.

And the accuracy of the two together: the program if it fits its shots, else the answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import ITEM, Cell
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import natural, variants
from solverlearner.analysis.row_frame import add_scores
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.tables.effects import LEVEL, SIGNIFICANT, PairedEffect, adjusted, note_on_tests, with_tests
from solverlearner.analysis.tables.grids import numbers, who
from solverlearner.analysis.tables.table import PERCENT, Entry, Table, TableRow, p_value, percent
from solverlearner.design.setting import ASKABLE

_FROM_EXAMPLES = [each for each in ASKABLE.values() if each.shots_shown and not each.rule_given and each.in_square]
ANSWER = next(each.name for each in _FROM_EXAMPLES if not each.writes_program)
PROGRAM = next(each.name for each in _FROM_EXAMPLES if each.writes_program)
"""The settings that are joined: the model sees examples, and answers or writes a program."""

_COLUMNS = ("score", "prompt", "written")


@dataclass(frozen=True)
class Together:
    """A model's answers and programs on the same queries of one variant.

    `both`, `answer_only`, `program_only` and `neither` count queries with the score 1. `effect` is the program's
    accuracy minus the answer's, with its tests. `combined` is the accuracy of the program where it gets all its shots
    right, else of the answer; it takes the program in `by_program` of the queries. Clusters are episodes, and those
    that share a program.
    """

    cell: Cell
    both: int
    answer_only: int
    program_only: int
    neither: int
    effect: PairedEffect
    answer: Estimate
    program: Estimate
    combined: Estimate
    by_program: int

    def record(self) -> dict[str, Any]:
        """Everything as columns."""
        counts = {"both": self.both, "answer_only": self.answer_only, "program_only": self.program_only}
        sides = {"answer": self.answer, "program": self.program, "combined": self.combined}
        found: dict[str, Any] = {**who(self.cell), **counts, "neither": self.neither, "by_program": self.by_program}
        for name, estimate in sides.items():
            found |= {name if key == "accuracy" else f"{name}_{key}": v for key, v in numbers(estimate).items()}
        return found | {key: value for key, value in self.effect.record().items() if not key.startswith("only_")}


def together_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family, of the cells that were asked for answers and for programs from the same examples."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task]
        order = variants(cells)
        found = [each for cell in cells if (each := together(cell))]
        found.sort(key=lambda each: (natural(each.cell.model), order.index(each.cell.variant)))
        effects = adjusted([each.effect for each in found])
        if found:
            yield _table(task, dict(zip(found, effects, strict=True)))


def together(cell: Cell) -> Together | None:
    """The two on the queries that both answered; None where a setting was not asked or they share no query."""
    if not {ANSWER, PROGRAM} <= {*cell.settings}:
        return None
    sides = [rows[rows.correct >= 0] for rows in (cell.settings[ANSWER], cell.settings[PROGRAM])]
    program = sides[1][[*ITEM, *_COLUMNS, "shots", "shots_right", "length"]]
    rows = sides[0][[*ITEM, "cluster", *_COLUMNS]].merge(program, on=ITEM, suffixes=("_answer", "_program"))
    if rows.empty:
        return None
    fits = (rows.length >= 0) & (rows.shots > 0) & (rows.shots_right == rows.shots)
    rows["score_combined"] = rows.score_program.where(fits, rows.score_answer)
    scores = Scores()
    for name, of in (("answer", "answer"), ("program", "program"), ("combined", "program")):
        add_scores(scores, name, rows, f"score_{name}", f"prompt_{of}", f"written_{of}")
    effect = with_tests(scores.contrast(("program", "answer"), (1, -1)))
    answer, by_program, combined = (scores.estimate(name, independent=False) for name in scores.names)
    if not (effect and answer and by_program and combined):
        return None
    right, solved = rows.score_answer == 1, rows.score_program == 1
    both, alone, only = (int(each.sum()) for each in (right & solved, right & ~solved, ~right & solved))
    neither = len(rows) - both - alone - only
    return Together(cell, both, alone, only, neither, effect, answer, by_program, combined, int(fits.sum()))


def _table(task: str, found: Mapping[Together, PairedEffect]) -> Table:
    header = (
        "variant", "both", f"{ANSWER} only", f"{PROGRAM} only", "neither", ANSWER, PROGRAM, "difference", "p, items",
        "p, episodes", "p, Holm", "combined", "by program",
    )  # fmt: skip
    groups: dict[str, list[TableRow]] = {}
    for each, effect in found.items():
        counts = [str(n) for n in (each.both, each.answer_only, each.program_only, each.neither)]
        tests = ["–" if p is None else p_value(p) for p in (effect.p_item, effect.p_episode, effect.p_holm)]
        difference = percent(effect.estimate, sign="+", mark=effect.mark)
        sides = percent(each.answer), percent(each.program), difference
        words = map(Entry, (each.cell.variant, *counts))
        row = (*words, *sides, *map(Entry, tests), percent(each.combined), Entry(f"{each.by_program}/{effect.n}"))
        groups.setdefault(each.cell.model, []).append(row)
    notes = (
        PERCENT,
        f"Queries that the model gets right from examples by itself ({ANSWER}), by its program ({PROGRAM}), by both or "
        "neither. combined: the program's value if it gets all its shots right, else the model's own answer.",
        f"by program: queries for which the program counts. {SIGNIFICANT} p ≤ {LEVEL} after Holm's correction over the "
        f"{len(found)} tests here.",
        note_on_tests(found.values(), items=True),
    )
    title = f"{task}: solved by the model, by its program, by both"
    data = pd.DataFrame([each.record() | {"p_holm": effect.p_holm} for each, effect in found.items()])
    grouped = tuple((model, tuple(rows)) for model, rows in groups.items())
    return Table(f"together_{task}", title, header, grouped, data, notes)
