"""Ledger: outcomes of queries, their costs, and the runs from which the tables were made."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from solverlearner.analysis.cells import ORDER, Cell
from solverlearner.analysis.conditions import unusual
from solverlearner.analysis.labels import options_text
from solverlearner.analysis.runs import Run
from solverlearner.analysis.significance import bootstrap_ratio
from solverlearner.analysis.tables.grids import who
from solverlearner.analysis.tables.table import Entry, Table, TableRow
from solverlearner.design.setting import ASKABLE
from solverlearner.design.verdict import STATUSES

_FAILURES = tuple(status for status in STATUSES if status != "ok")
_PARTLY = frozenset({"partly right"})
_CUT = "cut too early"
_CUT_NOTE = (
    f"{_CUT}: of the truncated replies, those that ended before an answer and do not repeat themselves. A higher "
    "max_tokens may let them end."
)
_ON_SHOTS = ("memorised", "never fitted")
_ON_SHOTS_NOTE = (
    "Of those that are not right, where programs are written from shots: memorised, by programs that get all their "
    "shots right; never fitted, by programs that miss a shot and replies without one."
)
# Amounts that a call used up, by column of rows. A program's call stands in every row of its episode and counts once.
_AMOUNTS = {
    "prompt_tokens": "prompt tokens",
    "completion_tokens": "completion tokens",
    "seconds": "seconds",
    "usd": "US dollars",
}


def failure_tables(main: Sequence[Cell]) -> Iterator[Table]:
    """A table a family: all queries by outcome, over all variants of the main condition."""
    for task in sorted({cell.task for cell in main}):
        cells = [cell for cell in main if cell.task == task]
        records = [record for cell in cells for record in _outcomes(cell)]
        untold = all(cell.own_rules for cell in cells)
        seen = {key for record in records for key, count in record["counts"].items() if count}
        states = sorted(key for key in seen if key.startswith("reply "))
        outcomes = [key for key in (*_FAILURES, *_ON_SHOTS) if key in seen]
        states += [_CUT] if _CUT in seen else []
        columns = ["queries", "right", *_PARTLY.intersection(seen), "wrong", "recited", *outcomes, *states]
        groups = []
        for model in sorted({cell.model for cell in cells}):
            rows = []
            for setting in ORDER:
                own = [r["counts"] for r in records if (r["model"], r["setting"]) == (model, setting)]
                total: Counter[str] = sum(own, Counter())
                if own:
                    told = ("–" if key == "recited" and untold else f"{total[key]:,}" for key in columns)
                    rows.append((Entry(setting), *map(Entry, told)))
            groups.append((model, tuple(rows)))
        flat = [
            {
                **{key: value for key, value in r.items() if key != "counts"},
                **{key: r["counts"][key] for key in columns},
            }
            for r in records
        ]
        notes = (
            "Queries over all variants. right, wrong and the outcomes after recited add up to queries; recited: of "
            "the wrong ones those that give the default world's answer; unanswered: the provider failed, so accuracies "
            "leave them out.",
            *(["partly right: a score between 0 and 1; they add up to queries too."] if seen & _PARTLY else []),
            *([_CUT_NOTE] if _CUT in seen else []),
            *([_ON_SHOTS_NOTE] if seen & {*_ON_SHOTS} else []),
        )
        title = f"{task}: queries by outcome"
        yield Table(f"failures_{task}", title, ("setting", *columns), tuple(groups), pd.DataFrame(flat), notes)


def _outcomes(cell: Cell) -> Iterator[dict[str, Any]]:
    for setting in cell.settings:
        own = cell.summary.counts[setting]
        counts = {"queries": own.queries, "right": own.right, "partly right": own.partly, "wrong": own.wrong}
        counts |= {"recited": own.recited, "memorised": own.memorised, "never fitted": own.never_fitted}
        counts |= {status: own.statuses[status] for status in _FAILURES}
        counts |= {f"reply {state}": count for state, count in own.odd_states.items()}
        counts |= {_CUT: own.cuts.queries["before"]}
        yield {**who(cell), "setting": setting, "counts": Counter(counts)}


def cost_tables(cells: Sequence[Cell]) -> Iterator[Table]:
    """One table: tokens, seconds and dollars of all answered calls, by model, family and setting."""
    keys = sorted({(cell.model, cell.task) for cell in cells})
    records = []
    for model, task in keys:
        own = [cell for cell in cells if (cell.model, cell.task) == (model, task)]
        for setting in ORDER:
            if any(setting in cell.accuracies for cell in own):
                records.append({"model": model, "task": task, "setting": setting, **_cost(own, setting)})
    header = ("family", "setting", "calls", "queries", *_AMOUNTS.values(), "completion tokens per query")
    groups = []
    for model in sorted({cell.model for cell in cells}):
        groups.append((model, tuple(_cost_row(r) for r in records if r["model"] == model)))
    notes = (
        "Of the answered calls, all conditions. seconds: the calls' latencies added up, not the time that a run took. "
        "US dollars: at the run's price, also of replies that it took from other runs for nothing. "
        "Intervals: 95 %, percentile bootstrap of episodes, 2,000 resamples.",
    )
    yield Table("cost", "What the calls took", header, tuple(groups), pd.DataFrame(records), notes, texts=2)


def _cost_row(record: Mapping[str, Any]) -> TableRow:
    amounts = [Entry(_amount(record[key])) for key in ("calls", "queries", *_AMOUNTS)]
    interval = (f"[{_amount(record['low'])}, {_amount(record['high'])}]",) if record["low"] is not None else ()
    mean = Entry(_amount(record["tokens_per_query"]), interval)
    return (Entry(record["task"]), Entry(record["setting"]), *amounts, mean)


def _cost(cells: Sequence[Cell], setting: str) -> dict[str, Any]:
    one_call = setting in ASKABLE and ASKABLE[setting].writes_program
    amounts: dict[str, list[float]] = {key: [] for key in _AMOUNTS}
    tokens, asked, calls, queries = [], [], 0, 0
    for cell in cells:
        if setting not in cell.settings:
            continue
        rows = cell.settings[setting]
        rows = rows[rows.correct >= 0]
        paid = rows.drop_duplicates(["cluster", "sample"]) if one_call else rows
        calls, queries = calls + int(paid.calls.sum()), queries + len(rows)
        for key, values in amounts.items():
            values += paid[key].dropna().tolist()
        known = paid[paid.completion_tokens.notna()]  # an episode without a known amount is in no mean
        asked.append(np.bincount(rows.cluster))
        tokens.append(np.bincount(known.cluster, known.completion_tokens, minlength=len(asked[-1])))
        asked[-1] *= np.bincount(known.cluster, minlength=len(asked[-1])) > 0
    told = {key: round(math.fsum(values), 6) if values else None for key, values in amounts.items()}
    sizes, totals = np.concatenate(asked), np.concatenate(tokens)
    mean = bootstrap_ratio(totals[sizes > 0], sizes[sizes > 0]) if sizes.any() else None
    interval = {"tokens_per_query": mean.value, "low": mean.low, "high": mean.high} if mean else _NO_RATIO
    return {"calls": calls, "queries": queries, **told, **interval}


_NO_RATIO = {"tokens_per_query": None, "low": None, "high": None}


def _amount(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def run_tables(runs: Sequence[Run]) -> Iterator[Table]:
    """One table: the runs that were read, with all facts that are needed to make them again."""
    records = [_run(run) for run in runs]
    columns = ("variant", "options", "folder", "state", "commit", "weights", "seed", "rows", "unanswered")
    groups = []
    for task, model in sorted({(run.task, run.model) for run in runs}):
        own = [r for r in records if (r["task"], r["model"]) == (task, model)]
        groups.append((f"{task}, {model}", tuple(tuple(Entry(str(r[key])) for key in columns) for r in own)))
    notes = ("Options: those that are not the default. commit: of SolverLearner; + where files differed from it.",)
    yield Table(
        "runs", "The runs that these tables are made from", columns, tuple(groups), pd.DataFrame(records), notes, 6
    )


def _run(run: Run) -> dict[str, Any]:
    model: Mapping[str, Any] = run.manifest.get("model") or {}
    commit = str(run.manifest.get("commit") or "–")
    return {
        "task": run.task,
        "model": run.model,
        "variant": run.variant,
        "options": options_text(unusual(run.options)),
        "seed": run.seed,
        "rows": sum(size.rows for size in run.sizes.values()),
        "unanswered": sum(size.rows - size.answered for size in run.sizes.values()),
        "state": run.state,
        "commit": commit[:8] + "+" * commit.endswith("+"),
        "weights": str(model.get("sha256") or "–")[:8],
        "runtime": str(model.get("runtime") or "–"),
        "folder": run.path.name,
    }
