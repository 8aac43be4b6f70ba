"""`python -m solverlearner export FORMAT`: runs on disk, in the formats that others read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.entry import job, listed
from solverlearner.errors import UsageError, Warn, check_choice, warn
from solverlearner.hf_dataset import write_dataset
from solverlearner.kept_runs import KeptRun, kept_runs

FORMATS = ("inspect", "hf")


def as_options(words: Sequence[str]) -> list[str]:
    """The words of a command line for Hydra: a first word without "=" is the format."""
    if words and "=" not in words[0] and not words[0].startswith("-"):
        return [f"format={words[0]}", *words[1:]]
    return [*words]


@hydra.main(version_base="1.3", config_path="conf", config_name="export")
@job
def export_main(options: dict[str, Any]) -> None:
    """`export`: write every run that is found in one of `FORMATS`. Raises: UsageError."""
    form = str(options["format"])
    check_choice("format", form, FORMATS)
    runs = kept_runs(listed(options["results"]), warn)
    to = Path(str(options["to"])).expanduser() if options["to"] else runs[0].path.parent / form
    write = write_dataset if form == "hf" else _log_writer()
    try:
        to.mkdir(parents=True, exist_ok=True)
        print(write(runs, to, warn))
    except OSError as error:
        raise UsageError(f"to={to}", f"cannot be written: {error.strerror or error}") from error


def _log_writer() -> Callable[[Sequence[KeptRun], Path, Warn], str]:
    try:
        from solverlearner.inspect_log import write_logs  # inspect_ai is an extra, and takes seconds to import
    except ImportError as error:
        if not (error.name or "").startswith("inspect_ai"):
            raise
        raise UsageError("export inspect", "needs inspect_ai: pip install 'solverlearner[inspect]'") from error
    return write_logs
