"""Card: the columns of an exported data set, and the README.md that tells `datasets` and people about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from solverlearner.design.setting import settings_of_rows
from solverlearner.task import JSON


@dataclass(frozen=True)
class Column:
    """A column with its one type, as `datasets` names it; also "messages", and "json", a string of JSON."""

    name: str
    kind: str
    about: str

    @property
    def feature(self) -> dict[str, Any]:
        """The column as a dataset card declares it."""
        if self.kind == "messages":
            return {"name": self.name, "list": [{"name": part, "dtype": "string"} for part in ("role", "content")]}
        return {"name": self.name, "dtype": "string" if self.kind == "json" else self.kind}


ROWS = (
    Column("run", "string", "the run's folder; configuration `runs` says how it asked"),
    Column("model", "string", "who was asked"),
    Column("task", "string", "arith, syntax, spatial, cipher, case2code or a task of your own"),
    Column("variant", "string", "the hidden rule, such as base-9"),
    Column("rule", "string", "the hidden rule's name; of a real function, that of its program"),
    Column("setting", "string", ", ".join(setting.name for setting in settings_of_rows())),
    Column("seed", "int64", "of the draw of all items"),
    Column("episode", "int64", "draw of examples and queries: the cluster of every interval"),
    Column("query", "int64", "unseen input of the episode"),
    Column("sample", "int64", "reply of several to the same query"),
    Column("input", "json", "the rule's arguments"),
    Column("expected", "json", "the hidden rule's answer"),
    Column("status", "string", "ok, no_answer, no_program, rejected, error, timeout, memory, crash or unanswered"),
    Column("value", "json", "the answer, read from the reply or given by the program; null without one"),
    Column("correct", "bool", "null exactly where unanswered: a provider's failure is neither right nor wrong"),
    Column("recited", "bool", "wrong, and equal to the default world's answer"),
    Column("message", "string", "why there is no value"),
    Column("unstable", "string", "nondeterministic or stateful, for programs that were run again; else empty"),
    Column("ambiguity", "int64", "rules of the family that fit the examples; null where nobody can list them"),
    Column("uncovered", "string", "what the examples leave open"),
    Column("corrupted", "int64", "wrong examples in the episode"),
    Column("ideal", "json", "answer of the ideal learner"),
    Column("ideal_correct", "bool", "whether that is right"),
    Column("default_world", "json", "answer of the default world's rule"),
    Column("default_world_correct", "bool", "whether that is right"),
    Column("program", "string", "code cut out of the reply; it serves all queries of its episode"),
    Column("prompt", "messages", "the exact messages that were sent"),
    Column("reply", "string", "verbatim"),
    Column("reply_state", "string", "ok, truncated, filtered, null; api_error where no reply came"),
    Column("reasoning", "string", "what a reasoning model showed of its thought"),
    Column("prompt_tokens", "int64", "of the call; a program's call stands in every row of its episode"),
    Column("completion_tokens", "int64", "likewise"),
    Column("reasoning_tokens", "int64", "among the completion's"),
    Column("cached_tokens", "int64", "among the prompt's"),
    Column("seconds", "float64", "the call's latency"),
    Column("calls", "int64", "that the program took; tokens and seconds are those of all of them"),
    Column("own_rule", "string", "the rule in words that the program or the answer goes by (hypothesis=text)"),
    Column("shots", "int64", "examples that the program was written from; null for what was written from none"),
    Column("shots_right", "int64", "of those, the ones that it gives right"),
)

RUNS = (
    Column("run", "string", "the run's folder"),
    Column("model", "string", "who was asked"),
    Column("weights_sha256", "string", "of local weights"),
    Column("base_url", "string", "of an endpoint"),
    Column("state", "string", "complete, incomplete (queries unanswered), stopped or running"),
    Column("started", "timestamp[s, tz=UTC]", "of the last session"),
    Column("ended", "timestamp[s, tz=UTC]", "null while it runs"),
    Column("solverlearner", "string", "version"),
    Column("commit", "string", "of the checkout, + where files differed"),
    Column("rows", "int64", "in all settings"),
    Column("unanswered", "int64", "of which without a reply"),
    Column("config", "json", "every option"),
    Column("manifest", "json", "the model's identity, packages, platform, the executor's protections and limits"),
)

_CARD = """\
# Runs of SolverLearner

{rows} rows of {runs} runs. A row is a sample of a query in a setting: what was asked, what came back, and the verdict.

    from datasets import load_dataset

    rows = load_dataset("FOLDER", split="test")
    runs = load_dataset("FOLDER", "runs", split="test")  # how each run asked: join on `run`

No licence is stated: whose model made the replies may have terms of its own. Add `license:` to the block above before
you publish this. Accuracies leave out rows where `correct` is null, and have episodes as clusters.

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
            {"config_name": name, "features": [column.feature for column in columns]}
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


def _described(columns: Sequence[Column]) -> str:
    return _table(("column", "type", "what it holds"), [(f"`{c.name}`", c.kind, c.about) for c in columns])


def _table(head: Sequence[str], lines: Sequence[Sequence[JSON]]) -> str:
    cells = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in cells)


def _cell(value: JSON) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")
