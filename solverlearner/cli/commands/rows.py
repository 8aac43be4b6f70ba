"""rows: write the rows of all runs in a folder, with their options, to one Parquet, CSV or JSON-lines file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.kept_runs import KeptRun, kept_runs
from solverlearner.analysis.labels import counted
from solverlearner.analysis.query_frame import QueryColumns
from solverlearner.analysis.run_folders import is_rows_of_run
from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import UsageError, warn
from solverlearner.reporting.export.row_table import write_rows


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="rows")
@job
def rows_main(options: dict[str, Any]) -> None:
    """`rows`: write the file and say how much it holds. Raises: UsageError."""
    runs = _of_models(kept_runs(listed(options["results"]), warn), listed(options["models"]))
    to = Path(str(options["to"])).expanduser()
    if is_rows_of_run(to):
        raise UsageError(f"to={to}", "would be taken for the rows of a run; give the file another name or folder")
    found = QueryColumns(runs, bool(options["texts"]))
    try:
        rows = write_rows(found, to, warn)
    except OSError as error:
        raise UsageError(f"to={to}", f"cannot be written: {error.strerror or error}") from error
    size = f"{to.stat().st_size / 1e6:.1f} MB"
    print(f"{counted(rows, 'row')} of {counted(len(runs), 'run')} in {len(found.columns)} columns, {size}: {to}")


def _of_models(runs: Sequence[KeptRun], models: Sequence[str]) -> list[KeptRun]:
    """The runs of these models; all where none is named. Raises: UsageError for a name that no run has."""
    there = {run.path: run.model for run in runs} if models else {}
    for name in models:
        if name not in there.values():
            known = ", ".join(sorted({model for model in there.values() if model}))
            raise UsageError(f"models=[{','.join(models)}]", f"no run of {name}; there are {known}")
    return [run for run in runs if not models or there[run.path] in models]


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(rows_main, words)
