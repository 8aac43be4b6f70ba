"""Grids: accuracies in the paper's layout, rows model × setting, columns variants; checks; recited answers."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from solverlearner.analysis.cells import Accuracy, Cell
from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.labels import options_text, variants
from solverlearner.analysis.row_frame import add_scores
from solverlearner.analysis.scores import Scores
from solverlearner.analysis.tables.table import (
    METHOD,
    PERCENT,
    Entry,
    Table,
    TableRow,
    accuracy_entry,
    percent,
    size_notes,
)
from solverlearner.design.setting import ASKABLE, CHECK, of_kind

_REFERENCES = {"ideal": "ideal learner", "default_world": "default world"}


def family_tables(main: Sequence[Cell], others: Sequence[Cell]) -> Iterator[Table]:
    """A table a family of the main condition, and one of conditions that no ablation shows, their difference named."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task]
        notes = [PERCENT, METHOD, _kinds(), _conditions(cells)]
        title = f"{task}: accuracy by setting and variant"
        yield _grid(f"family_{task}", title, cells, tuple(ASKABLE), notes, references=True)
        rest = [cell for cell in others if cell.task == task]
        if rest:
            like = {cell.model: cell for cell in cells}
            titles = [f"{cell.model}, {options_text(cell.unlike(like[cell.model]))}" for cell in rest]
            title = f"{task}: accuracy under other options"
            yield _grid(f"family_{task}_options", title, rest, tuple(ASKABLE), [PERCENT, METHOD], titles)


def _kinds() -> str:
    """Which settings stand on which side of the paper's comparison: "Deductive: zero_shot, io_mf. Inductive: …"."""
    return f"Deductive: {', '.join(of_kind('deductive'))}. Inductive: {', '.join(of_kind('inductive'))}."


def check_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family of the comprehension checks."""
    for task in sorted({cell.task for cell in main if CHECK.name in cell.accuracies}):
        cells = [cell for cell in main if cell.task == task and CHECK.name in cell.accuracies]
        notes = [PERCENT, METHOD, "Each check asks whether the model understands the stated rule at all."]
        yield _grid(f"checks_{task}", f"{task}: comprehension checks passed", cells, (CHECK.name,), notes)


def _conditions(cells: Sequence[Cell]) -> str:
    """The options of the cells: first those that all share, then the other ones of each model."""
    shared = dict(set.intersection(*(set(cell.options.items()) for cell in cells)))
    own = {cell.model: {key: cell.options[key] for key in sorted({*cell.options} - {*shared})} for cell in cells}
    parts = [options_text(dict(sorted(shared.items())))]
    parts += [f"{model}: {options_text(options)}" for model, options in sorted(own.items()) if options]
    return f"Asked under: {'; '.join(filter(None, parts))}."


def _grid(
    name: str,
    title: str,
    cells: Sequence[Cell],
    settings: Sequence[str],
    notes: Sequence[str],
    titles: Sequence[str] = (),
    *,
    references: bool = False,
) -> Table:
    titles = titles or [cell.model for cell in cells]
    columns = variants(cells)
    shown = [found for cell in cells for key, found in cell.accuracies.items() if key in settings]
    sized, more = size_notes(shown)
    groups = []
    for group in sorted({*titles}):
        own = {cell.variant: cell for cell, of in zip(cells, titles, strict=True) if of == group}
        asked = [key for key in settings if any(key in cell.accuracies for cell in own.values())]
        groups.append((group, tuple(_row(key, own, columns, sized) for key in asked)))
    if references and (known := tuple(_references(cells, columns))):
        groups.append(("references, no model", known))
    data = pd.DataFrame(accuracy_records(cells, settings))
    return Table(name, title, ("setting", *columns), tuple(groups), data, tuple(filter(None, [*notes, *more])))


def _row(setting: str, cells: dict[str, Cell], columns: Sequence[str], sized: bool) -> TableRow:
    found = [cells[name].accuracies.get(setting) if name in cells else None for name in columns]
    return (Entry(setting), *(accuracy_entry(each, sized) for each in found))


def _references(cells: Sequence[Cell], columns: Sequence[str]) -> Iterator[TableRow]:
    """On the items of the first model that has a variant: the references know nothing of models."""
    first: dict[str, Cell] = {}
    for cell in cells:
        first.setdefault(cell.variant, cell)
    for key, title in _REFERENCES.items():
        found = [first[name].summary.references.get(key) for name in columns]
        if any(found):
            yield (Entry(title), *(percent(each) for each in found))


def accuracy_records(cells: Iterable[Cell], settings: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A record an accuracy, with everything that tells it from others."""
    for cell in cells:
        for setting, found in cell.accuracies.items():
            if setting in settings:
                yield {
                    **who(cell),
                    "setting": setting,
                    **numbers(found.estimate),
                    **_sizes(found, cell.summary.independent(setting)),
                }


def who(cell: Cell) -> dict[str, Any]:
    """The columns that tell a cell from others."""
    options = options_text(dict(sorted(cell.options.items())))
    return {"task": cell.task, "variant": cell.variant, "model": cell.model, "options": options}


def numbers(estimate: Estimate | None, name: str = "accuracy") -> dict[str, float | None]:
    """A value with its interval as columns, as shares of 1; None where there is nothing."""
    values = (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)
    return {key: value and round(value, 6) for key, value in zip((name, "low", "high"), values, strict=True)}


def _sizes(found: Accuracy, independent: bool) -> dict[str, Any]:
    method = "wilson, graded" if found.graded else "wilson"
    method += "" if independent else ", clustered by program" if found.fewer else ", clustered by episode"
    sizes = {"n": found.n, "episodes": found.episodes, "clusters": found.clusters}
    sizes |= {"unanswered": found.unanswered, "complete": found.complete}
    return {**sizes, "interval": method}


def recitation_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family: how many answers are wrong and the default world's. Its own variant is left out,
    and so is a task without one."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task and not (cell.is_default_world or cell.own_rules)]
        columns = variants(cells)
        records = [record for cell in cells for record in _recited(cell)]
        if not records:
            continue
        groups = []
        for model in sorted({cell.model for cell in cells}):
            own = {(r["variant"], r["setting"]): r["entry"] for r in records if r["model"] == model}
            asked = [key for key in ASKABLE if any(key == setting for _, setting in own)]
            rows = [(Entry(key), *(own.get((name, key), Entry("")) for name in columns)) for key in asked]
            groups.append((model, tuple(rows)))
        data = pd.DataFrame(records).drop(columns="entry")
        below = "below: of the wrong answers, which replies without one and programs that fail are not."
        fewer = [FEWER_LEGEND] if any(record["clusters"] < record["episodes"] for record in records) else []
        notes = (PERCENT, METHOD, f"Of the answered queries; {below}", *fewer)
        title = f"{task}: wrong answers that the default world would give"
        yield Table(f"recitation_{task}", title, ("setting", *columns), tuple(groups), data, notes)


def _recited(cell: Cell) -> Iterator[dict[str, Any]]:
    for setting in ASKABLE:
        if setting not in cell.settings:
            continue
        counts, scores = cell.summary.counts[setting], Scores()
        rows = cell.settings[setting]
        add_scores(scores, "recited", rows[rows.correct >= 0], "recited")
        found = scores.estimate("recited", independent=cell.summary.independent(setting))
        wrong = counts.wrong + counts.partly
        of_wrong = f"{100 * counts.recited / wrong:.1f} of wrong answers" if wrong else "no wrong answer"
        amounts = {"recited_n": counts.recited, "wrong": wrong, "n": counts.answered}
        amounts |= {"episodes": len(counts.answered_episodes), "clusters": cell.accuracies[setting].clusters}
        entry = percent(found, of_wrong, mark=FEWER * cell.accuracies[setting].fewer)
        yield {**who(cell), "setting": setting, **numbers(found, "recited"), **amounts, "entry": entry}
