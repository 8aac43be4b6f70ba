"""data: print a task's episodes, or the published file of its items."""

from collections.abc import Sequence
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.cli.output import make_json_printable
from solverlearner.design.items import export
from solverlearner.evaluation.options import plan_of


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="data")
@job
def data_main(options: dict[str, Any]) -> None:
    """`data`: print a task's items, or the published file of them. Raises: UsageError."""
    make_json_printable()
    for line in export(plan_of(options), str(options["format"])):
        print(line, end="")


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(data_main, words)
