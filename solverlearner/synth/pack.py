"""Pack: turns candidates with cases into triples, and splits them by package so that no code is on both sides."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from random import Random

from solverlearner.case2code.triples import Triple
from solverlearner.case2code.values import decode
from solverlearner.synth.probe import Case
from solverlearner.synth.stage_examine import Found
from solverlearner.task import shuffled

_TRIES = 20


@dataclass(frozen=True)
class Packing:
    """Options of packing: the seed, the number of shown cases per program, and the share (0 to 1) of test packages."""

    seed: int
    shown: int
    test: float

    def split_of(self, package: str) -> str:
        """`test` or `train`. A package has the same split in every run with this seed, whatever the other sources."""
        digest = hashlib.blake2b(f"{self.seed}/{package}".encode(), digest_size=8).digest()
        return "test" if int.from_bytes(digest, "big") / 2**64 < self.test else "train"


@dataclass
class _Known:
    """Skeletons of packed functions: of the functions that are asked for, and of all functions with their helpers."""

    asked: set[str] = field(default_factory=set)
    anywhere: set[str] = field(default_factory=set)


def packed(found: Callable[[], Iterable[Found]], packing: Packing, counts: Counter[str]) -> Iterator[Triple]:
    """The triples: first all of test, then all of train, each in the order of the sources.

    `found` is called twice, once for each split. Of near-duplicates within a split the first is kept. A train program
    that shares a function or a helper with a test program is dropped.
    """
    tested = _Known()
    yield from _of_split("test", found(), packing, tested, _Known(), counts)
    yield from _of_split("train", found(), packing, _Known(), tested, counts)


def _of_split(
    split: str, found: Iterable[Found], packing: Packing, own: _Known, other: _Known, counts: Counter[str]
) -> Iterator[Triple]:
    for each in found:
        candidate = each.candidate
        if packing.split_of(candidate.package) != split:
            continue
        if other.anywhere.intersection(candidate.skeletons):
            counts["pack: near-duplicate of a test program"] += 1
        elif candidate.skeletons[0] in own.asked:
            counts["pack: near-duplicate within its split"] += 1
        else:
            own.asked.add(candidate.skeletons[0])
            own.anywhere.update(candidate.skeletons)
            counts[f"triple: {split}"] += 1
            yield _triple(each, split, packing)


def _triple(found: Found, split: str, packing: Packing) -> Triple:
    candidate = found.candidate
    rng = Random(f"{packing.seed}/pack/{candidate.normal}")
    cases = shuffled(rng, found.cases)
    names = [parameter.name for parameter in candidate.parameters]
    return Triple(
        code=candidate.code,
        func_name=candidate.name,
        inputs=tuple(dict(zip(names, map(decode, case.input), strict=True)) for case in cases),
        outputs=tuple(decode(case.output) for case in cases),
        chosen=_chosen(cases, packing.shown, rng),
        id=f"{candidate.package}/{candidate.name}-{candidate.normal[:8]}",
        description=candidate.description or None,
        split=split,
        package=candidate.package,
        origin=candidate.origin,
        licence=candidate.licence,
    )


def _chosen(cases: list[Case], shown: int, rng: Random) -> tuple[int, ...]:
    """The indices of the shown cases, drawn at random so that shown and held-out cases each have several outputs."""
    places = [*range(len(cases))]
    for _ in range(_TRIES):
        mixed = shuffled(rng, places)
        chosen, rest = mixed[:shown], mixed[shown:]
        if all(len({json.dumps(cases[place].output) for place in part}) > 1 for part in (chosen, rest)):
            break
    return tuple(sorted(chosen))
