"""diagnose: say which rule each program of stored runs carries out. No model is asked."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import hydra

from solverlearner.analysis.kept_runs import KeptRun, kept_runs
from solverlearner.analysis.labels import counted
from solverlearner.analysis.rules_found import NAMES
from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import RunStopped, UsageError, warn
from solverlearner.evaluation.diagnosed_rows import Diagnosed, diagnose_run
from solverlearner.evaluation.options import executor_of
from solverlearner.reporting.progress_bar import watched


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="diagnose")
@job
def diagnose_main(options: dict[str, Any]) -> None:
    """`diagnose`: write what each program does into the rows, say how many do what. Raises: UsageError, RunStopped."""
    places = listed(options["results"])
    runs = kept_runs(places, warn)
    counts, skipped = asyncio.run(_diagnosed(runs, options["workers"]))
    total = counts.total()
    print(
        f"{counted(total, 'program')} of {counted(len(runs) - skipped, 'run')}, compared with the rules of their tasks:"
    )
    print("\n".join(f"  {counts[kind]:>5}  {name}" for kind, name in NAMES.items() if counts[kind]))
    print(f"\nNext: python -m solverlearner tables results={places[0]} only=rules")
    if skipped:
        raise RunStopped(f"{counted(skipped, 'run')} could not be examined, see above")


async def _diagnosed(runs: Sequence[KeptRun], workers: int | None) -> tuple[Counter[str], int]:
    """How many programs do what, and how many runs could not be examined. Runs of the same limits share an executor."""
    groups: dict[str, list[KeptRun]] = {}
    for run in runs:
        groups.setdefault(json.dumps(run.config.get("executor", {}), sort_keys=True), []).append(run)
    counts: Counter[str] = Counter()
    skipped = 0
    for options, own in groups.items():
        async with executor_of(json.loads(options) | {"workers": workers}) as executor:
            for run in watched(own, "runs are examined"):
                try:
                    found = await diagnose_run(run.rows_file, run.config, executor)
                except UsageError as error:
                    warn(f"{run.path}: left as it is: {error}")
                    skipped += 1
                    continue
                _warn_of_other_items(run, found)
                counts.update(each.found or "none" for each in found.found)
    return counts, skipped


def _warn_of_other_items(run: KeptRun, found: Diagnosed) -> None:
    if found.other_items:
        rows = counted(found.other_items, "row")
        warn(f"{run.path}: {rows} left as they are: the task draws other items now; the same `run` command asks them")


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(diagnose_main, words)
