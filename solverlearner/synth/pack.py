"""Pack: candidates with cases as triples, train and test by package, so that no code is on both sides."""

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
    """What packing goes by: `shown` cases of each program, and the share of the packages that are for testing."""

    seed: int
    shown: int
    test: float

    def split_of(self, package: str) -> str:
        """`test` or `train`: of a package the same in every run with this seed, whatever else there is."""
        digest = hashlib.blake2b(f"{self.seed}/{package}".encode(), digest_size=8).digest()
        return "test" if int.from_bytes(digest, "big") / 2**64 < self.test else "train"


@dataclass
class _Known:
    """Skeletons of the functions that have been packed: as the function that is asked for, and anywhere."""

    asked: set[str] = field(default_factory=set)
    anywhere: set[str] = field(default_factory=set)


def packed(found: Callable[[], Iterable[Found]], packing: Packing, counts: Counter[str]) -> Iterator[Triple]:
    """The triples, test before train, each in the order of the sources; `found` is gone through twice.

    Of near-duplicates the first is kept, and a test program before any from train, also where only a helper of a
    train program is in a test program, or the other way round.
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
    """The places of the shown cases, at random; both these and the rest have different outputs."""
    places = [*range(len(cases))]
    for _ in range(_TRIES):
        mixed = shuffled(rng, places)
        chosen, rest = mixed[:shown], mixed[shown:]
        if all(len({json.dumps(cases[place].output) for place in part}) > 1 for part in (chosen, rest)):
            break
    return tuple(sorted(chosen))
