"""Candidate: a function as a complete program, before it is run."""

from dataclasses import dataclass

from solverlearner.synth.inputs.parameter import Parameter


@dataclass(frozen=True)
class Candidate:
    """A program whose `code` defines the function `name`, with its origin, licence and parameters.

    Duplicates have equal `normal`. Near-duplicates share one of their `skeletons` (see `normal.py`).
    """

    name: str
    code: str
    description: str
    package: str
    origin: str
    licence: str
    normal: str
    skeletons: tuple[str, ...]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True)
class Collected:
    """The candidates of one or more files, in order, with counts by reason and the seconds of the stage."""

    candidates: tuple[Candidate, ...]
    counts: dict[str, int]
    seconds: dict[str, float]
