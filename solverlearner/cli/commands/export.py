"""export: write runs as Inspect logs or for Hugging Face's datasets, or Case2Code data as chats to train on."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.analysis.kept_runs import KeptRun, kept_runs
from solverlearner.cli.hydra_app import hydra_command, job, listed
from solverlearner.errors import UsageError, Warn, check_choice, warn
from solverlearner.reporting.export.hf_dataset import write_dataset

EXPORT_FORMATS = ("inspect", "hf", "sft")


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="export")
@job
def export_main(options: dict[str, Any]) -> None:
    """`export`: write runs, or the triples of files, in one of `EXPORT_FORMATS`. Raises: UsageError."""
    form = str(options["format"])
    check_choice("format", form, EXPORT_FORMATS)
    if form == "sft":
        print(_chats(options))
        return
    runs = kept_runs(listed(options["results"]), warn)
    to = Path(str(options["to"])).expanduser() if options["to"] else runs[0].path.parent / form
    write = write_dataset if form == "hf" else _log_writer()
    try:
        to.mkdir(parents=True, exist_ok=True)
        print(write(runs, to, warn))
    except OSError as error:
        raise UsageError(f"to={to}", f"cannot be written: {error.strerror or error}") from error


def _chats(options: dict[str, Any]) -> str:
    from solverlearner.synth.chats import write_chats  # the other formats have no use for what it imports

    data = [file for word in listed(options["data"]) for file in _files(Path(word).expanduser())]
    if not data:
        raise UsageError("data", "must be given: data=…, a file of triples or a folder that `synth` wrote")
    to = Path(str(options["to"])).expanduser() if options["to"] else data[0].with_name("sft.jsonl")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        return write_chats(data, to)
    except OSError as error:
        raise UsageError(f"to={to}", f"cannot be written: {error.strerror or error}") from error


def _files(path: Path) -> list[Path]:
    """A file, or the files of a folder that `synth` wrote."""
    if not path.is_dir():
        return [path]
    found = [file for file in sorted(path.glob("*.jsonl*")) if file.name.startswith(("test.", "train."))]
    if not found:
        raise UsageError(f"data={path}", "has no train.jsonl or test.jsonl")
    return found


def _log_writer() -> Callable[[Sequence[KeptRun], Path, Warn], str]:
    try:
        from solverlearner.reporting.export.inspect_log import (
            write_logs,  # inspect_ai is an extra, and takes seconds to import
        )
    except ImportError as error:
        if not (error.name or "").startswith("inspect_ai"):
            raise
        raise UsageError("export inspect", "needs inspect_ai: pip install 'solverlearner[inspect]'") from error
    return write_logs


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code. A first word without "=" is the format."""
    named = words and "=" not in words[0] and not words[0].startswith("-")
    return hydra_command(export_main, [f"format={words[0]}", *words[1:]] if named else words)
