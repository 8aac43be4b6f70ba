"""`python -m solverlearner synth`: data for Case2Code from Python files."""

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import hydra

from solverlearner.build import construct
from solverlearner.entry import job
from solverlearner.errors import UsageError
from solverlearner.executor import Limits
from solverlearner.synth.run import Options, Tally, synthesise

_LIMITS = tuple(field.name for field in fields(Limits))


@hydra.main(version_base="1.3", config_path="../conf", config_name="synth")
@job
def synth_main(options: dict[str, Any]) -> None:
    """`synth`: write triples, their data card and licences. Raises: UsageError."""
    asked = options_of(options)
    try:
        asked.to.mkdir(parents=True, exist_ok=True)
        tally = synthesise(asked)
    except OSError as error:
        raise UsageError(f"to={asked.to}", f"cannot be written: {error.strerror or error}") from error
    print(*_lines(asked, tally), sep="\n")


def options_of(options: dict[str, Any]) -> Options:
    """A run's options, checked. Raises: UsageError."""
    given = dict(options)
    source, to = given.pop("source"), str(given.pop("to"))
    limits = construct(Limits, "", {name: given.pop(name) for name in _LIMITS})
    processes = given.pop("processes")
    return construct(Options, "", given | {
        "source": tuple(map(str, source)) if isinstance(source, list) else (str(source),),
        "to": Path(to).expanduser(), "limits": limits,
        "processes": (os.cpu_count() or 1) if processes is None else processes,
    })  # fmt: skip


def _lines(options: Options, tally: Tally) -> list[str]:
    counts = tally.counts
    spent = ", ".join(f"{stage} {seconds:.1f} s" for stage, seconds in tally.seconds.items())
    calls = ", ".join(f"{status} {count}" for status, count in tally.outcomes.most_common())
    return [
        f"{counts['file: read']} files, {counts['function: seen']} functions, {counts['candidate']} programs run, "
        f"{counts['triple: train']} train and {counts['triple: test']} test triples",
        f"Calls: {calls}",
        f"Took {tally.wall:.1f} s; over all processes: {spent}"
        + (f"; {tally.there} of {tally.there + tally.made} parts were there already" if tally.there else ""),
        f"Triples, data card (a count for every filter) and licences: {options.to}",
    ]
