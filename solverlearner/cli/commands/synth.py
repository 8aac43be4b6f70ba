"""synth: make Case2Code data from Python files: functions, inputs for them, and what they give."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.errors import UsageError
from solverlearner.evaluation.identity import model_answers_from
from solverlearner.evaluation.instantiate import construct, without_credentials
from solverlearner.evaluation.options import model_of, price_known, request_options_of
from solverlearner.execution.executor import Limits
from solverlearner.inference.budget import check_budget
from solverlearner.reporting.terminal import cost_line
from solverlearner.synth.stream import SynthOptions, Tally, synthesise
from solverlearner.synth.writer import Writer

_LIMITS = tuple(field.name for field in fields(Limits))
_OWN = ("seed", "cases", "shown", "test", "permissive", "require", "compress")


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="synth")
@job
def synth_main(options: dict[str, Any]) -> None:
    """`synth`: write triples, their data card and licences. Raises: UsageError, RunStopped."""
    asked = synth_options(options)
    try:
        asked.to.mkdir(parents=True, exist_ok=True)
        tally = synthesise(asked)
    except OSError as error:
        raise UsageError(f"to={asked.to}", f"cannot be written: {error.strerror or error}") from error
    print(*_lines(asked, tally), sep="\n")


def synth_options(options: dict[str, Any]) -> SynthOptions:
    """A run's options, checked. Raises: UsageError."""
    source, processes = options["source"], options["processes"]
    return construct(SynthOptions, "", {name: options[name] for name in _OWN} | {
        "source": tuple(map(str, source)) if isinstance(source, list) else (str(source),),
        "to": Path(str(options["to"])).expanduser(),
        "limits": construct(Limits, "", {name: options[name] for name in _LIMITS}),
        "processes": (os.cpu_count() or 1) if processes is None else processes,
        "writer": _writer(options) if options.get("model") else None,
    })  # fmt: skip


def _writer(options: dict[str, Any]) -> Writer:
    """The model that writes the inputs, not yet open. Raises: UsageError."""
    if options["model"].get("batch"):
        raise UsageError("batch=true", "synth asks while programs run; leave it out")
    model = model_of(options)
    price = price_known(options, model.name)
    given = construct(_Given, "", {name: options[name] for name in ("calls", "budget")})
    asked = model_answers_from(without_credentials(options["model"]))
    return Writer(
        model, given.calls, request_options_of(options), asked, price, check_budget(given.budget, price, model.name)
    )  # fmt: skip


@dataclass(frozen=True)
class _Given:
    calls: int
    budget: float | None


def _lines(options: SynthOptions, tally: Tally) -> list[str]:
    counts = tally.counts
    spent = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in tally.seconds.items())
    ran = ", ".join(f"{status} {count}" for status, count in tally.outcomes.most_common())
    return [
        f"{counts['file: read']} files, {counts['function: seen']} functions, {counts['candidate']} programs run, "
        f"{counts['triple: train']} train and {counts['triple: test']} test triples",
        *_empty_split(options, tally),
        f"Calls: {ran}",
        *_asked(options, tally),
        f"Took {tally.wall:.1f} s; over all processes: {spent}"
        + (f"; {tally.there} of {tally.there + tally.made} parts were there already" if tally.there else ""),
        f"Triples, data card (a count for every filter) and licences: {options.to}",
    ]


def _empty_split(options: SynthOptions, tally: Tally) -> Iterator[str]:
    """Why a split is empty that should hold a share of the packages."""
    train, test = (tally.counts[f"triple: {split}"] for split in ("train", "test"))
    empty = (
        "test"
        if options.test > 0 and train and not test
        else "train"
        if options.test < 1 and test and not train
        else ""
    )
    if empty:
        other = "train" if empty == "test" else "test"
        there = "the one package is" if tally.packages == 1 else f"all {tally.packages} packages are"
        yield f"The {empty} split is empty: a package is in one split as a whole, and {there} in {other}."
        yield f"  Name more packages as source, or give another seed or share than test={options.test:g}."


def _asked(options: SynthOptions, tally: Tally) -> Iterator[str]:
    """What a model was asked, if any was, and what it cost over all sessions."""
    writer, engine, counts = options.writer, tally.engine, tally.counts
    if writer is None or engine is None:
        return
    dropped = ", ".join(
        f"{count} {key[6:]}"
        for key, count in sorted(counts.items())
        if key.startswith("call: ") and key != "call: read"
    )
    yield f"{writer.model.name} wrote {counts['call: read']} example calls; dropped: {dropped or 'none'}"
    asked = engine.counts
    yield f"{asked.stored} of {asked.total} replies were there already; {asked.asked} were asked for now"
    yield cost_line(engine.log.usage, writer.price)
    if writer.model.remark:
        yield writer.model.remark


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(synth_main, words)
