"""Candidate: a function as a program of its own, before anything is known about what it does when it runs."""

from dataclasses import dataclass

from solverlearner.synth.inputs.parameter import Parameter


@dataclass(frozen=True)
class Candidate:
    """A program whose `code` defines `name`; where it is from; what it is recognised by; what it may be given.

    `normal` is equal for duplicates, a `skeletons` in common makes near-duplicates (see `normal.py`).
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
    """What a file, or several, came to: candidates in the order of the files, and counts of what was left out."""

    candidates: tuple[Candidate, ...]
    counts: dict[str, int]
    seconds: dict[str, float]
