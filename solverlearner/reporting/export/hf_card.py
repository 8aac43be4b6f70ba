"""Card: the columns of an exported data set, and the README.md that tells `datasets` and people about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from solverlearner.evaluation.row_schema import COLUMNS
from solverlearner.task import JSON


@dataclass(frozen=True)
class Feature:
    """A column of an export. `kind` is the type as `datasets` names it, or "messages", or "json": text of JSON."""

    name: str
    kind: str
    about: str

    @property
    def declaration(self) -> dict[str, Any]:
        """The column as a dataset card declares it."""
        if self.kind == "messages":
            return {"name": self.name, "list": [{"name": part, "dtype": "string"} for part in ("role", "content")]}
        return {"name": self.name, "dtype": "string" if self.kind == "json" else self.kind}


ROWS = (
    Feature("run", "string", "Name of the run's folder; configuration `runs` has the run's options."),
    *(Feature(column.name, column.kind, column.about) for column in COLUMNS.values()),
)
"""The columns of rows: the run, then the schema of rows."""

RUNS = (
    Feature("run", "string", "Name of the run's folder."),
    Feature("model", "string", "Name of the model that was asked."),
    Feature("weights_sha256", "string", "Hash of local weights."),
    Feature("base_url", "string", "Address of the endpoint."),
    Feature("state", "string", "complete, incomplete (queries unanswered), stopped or running."),
    Feature("started", "timestamp[s, tz=UTC]", "Start of the last session."),
    Feature("ended", "timestamp[s, tz=UTC]", "End of the last session; null while it runs."),
    Feature("solverlearner", "string", "Version of SolverLearner."),
    Feature("commit", "string", "Commit of the checkout, with + if files differed from it."),
    Feature("rows", "int64", "How many rows the run has in all settings."),
    Feature("unanswered", "int64", "How many of them have no completion."),
    Feature("config", "json", "All options of the run."),
    Feature("manifest", "json", "Identity of the model, packages, platform, protections and limits of the executor."),
)

_CARD = """\
# Runs of SolverLearner

{rows} rows of {runs} runs. A row is one sample of one query in one setting: the prompt, the completion and the verdict.

    from datasets import load_dataset

    rows = load_dataset("FOLDER", split="test")
    runs = load_dataset("FOLDER", "runs", split="test")  # how each run asked: join on `run`

This card states no licence, because the provider of the model may have terms for its completions. Add `license:` to the
block above before you publish this. An accuracy is the mean of `score` without the rows in which it is null; its
interval takes episodes as clusters.

## Columns

{columns}

Columns of JSON hold text, since inputs and answers are of other types in every task: `json.loads(row["input"])`.

Columns of configuration `runs`:

{run_columns}

## Provenance

{provenance}
"""
_SHOWN = ("run", "model", "weights_sha256", "commit", "started", "ended", "state", "rows", "unanswered")


def card(runs: Sequence[Mapping[str, JSON]]) -> str:
    """The README.md for these records of runs, one of `RUNS` each. It declares types: none is left to be guessed."""
    files = {"default": (ROWS, "data/rows-*.jsonl"), "runs": (RUNS, "data/runs.jsonl")}
    front = {
        "pretty_name": "Runs of SolverLearner",
        "tags": ["solverlearner", "inductive-reasoning", "evaluation"],
        "configs": [
            {"config_name": name, "data_files": [{"split": "test", "path": path}]} for name, (_, path) in files.items()
        ],
        "dataset_info": [
            {"config_name": name, "features": [column.declaration for column in columns]}
            for name, (columns, _) in files.items()
        ],
    }
    text = _CARD.format(
        rows=sum(int(str(run["rows"])) for run in runs),
        runs=len(runs),
        columns=_described(ROWS),
        run_columns=_described(RUNS),
        provenance=_table(_SHOWN, [[run[name] for name in _SHOWN] for run in runs]),
    )
    return f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n\n{text}"


def _described(columns: Sequence[Feature]) -> str:
    return _table(("column", "type", "content"), [(f"`{c.name}`", c.kind, c.about) for c in columns])


def _table(head: Sequence[str], lines: Sequence[Sequence[JSON]]) -> str:
    cells = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in cells)


def _cell(value: JSON) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
