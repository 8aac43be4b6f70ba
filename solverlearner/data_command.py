"""Data command."""

from typing import Any

import hydra

from solverlearner.cell import plan_of
from solverlearner.entry import job
from solverlearner.export import export


@hydra.main(version_base="1.3", config_path="conf", config_name="data")
@job
def data_main(options: dict[str, Any]) -> None:
    """`data`: print a task's items, or the published file of them. Raises: UsageError."""
    for line in export(plan_of(options), str(options["format"])):
        print(line, end="")
