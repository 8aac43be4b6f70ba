"""Stream: runs all stages: files, candidates, cases, triples, data card. Each stage takes items as it needs them."""

import gzip
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeVar, cast, get_args

from solverlearner.case2code.triples import Triple, line_of_triple
from solverlearner.errors import RunStopped, UsageError, check_choice, check_range
from solverlearner.execution.executor import Limits, Require
from solverlearner.files import whole_file
from solverlearner.inference.engine import Engine, left_open
from solverlearner.synth.card import Card
from solverlearner.synth.functions.candidate import Candidate, Collected
from solverlearner.synth.functions.collect import collect
from solverlearner.synth.functions.sources import source_files
from solverlearner.synth.pack import Packing, packed
from solverlearner.synth.parts import Parts
from solverlearner.synth.stage_examine import AnsweredCandidates, Asked, answered
from solverlearner.synth.writer import Writer, Writing

_FILES, _CANDIDATES = 16, 48
"""Number of files and of candidates in one part: some seconds of work, which a killed run repeats."""

T = TypeVar("T")


@dataclass(frozen=True)
class SynthOptions:
    """The options of a run. All but `to`, `processes` and `compress` decide the content of its triples.

    - `source`: folders, `stdlib` or `installed`; `to`: the folder to write into.
    - `cases`: cases per program (4 to 60), of which `shown` are shown.
    - `test`: share of packages in the test split (0 to 1).
    - `permissive`: use only files under a permissive licence.
    - `limits`, `require`: as for the executor.
    - `writer`: the model that writes the inputs; None means that they are drawn.

    A value out of range raises UsageError.
    """

    source: tuple[str, ...]
    to: Path
    seed: int = 0
    cases: int = 20
    shown: int = 8
    test: float = 0.2
    permissive: bool = False
    limits: Limits = field(default_factory=lambda: Limits(0.5, 4.0, 256, 8))
    require: str = "default"
    processes: int = 1
    compress: bool = False
    writer: Writer | None = None

    def __post_init__(self) -> None:
        check_range("cases", self.cases, 4, 60)
        check_range("shown", self.shown, 1, self.cases - 2)
        check_range("test", self.test, 0, 1)
        check_range("processes", self.processes, 1, 1024)
        check_choice("executor.require", self.require, get_args(Require))


@dataclass
class Tally:
    """The counts of a run.

    `seconds` holds the time of each stage, summed over all processes, and `wall` the seconds of the whole run. `made`
    and `there` count new and existing parts, `packages` those that triples are of. `engine` is the engine that asked
    the model, if a model wrote the inputs.
    """

    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    wall: float = 0.0
    made: int = 0
    there: int = 0
    packages: int = 0
    engine: Engine | None = None

    def spend(self, seconds: dict[str, float]) -> None:
        """Add seconds to each stage."""
        for stage, each in seconds.items():
            self.seconds[stage] = self.seconds.get(stage, 0) + each


def synthesise(options: SynthOptions) -> Tally:
    """Write `train.jsonl`, `test.jsonl`, the data card and the licences into `options.to`.

    Equal sources, options and code give equal bytes, with any number of processes and after any stops. There is one
    exception: on a busy machine a program that takes about as long as its limit can be left out.
    Raises: UsageError if a source gives no function; RunStopped, ExecutorError, OSError.
    """
    started, tally, card = time.perf_counter(), Tally(), Card(_asked(options))
    with Parts(options.to / ".parts", options.processes) as parts:
        with _writing(options) as writing:
            for each in _examined(options, parts, writing, tally, card):
                tally.counts.update(each.counts)
                tally.outcomes.update(each.outcomes)
                tally.spend(each.seconds)
            if writing:
                _note_writer(writing, tally, card)
        tally.made, tally.there = parts.made, parts.found
        if not tally.counts["candidate"]:
            problem = f"has no function to make triples from ({tally.counts['function: seen']} seen)"
            raise UsageError(f"source={','.join(options.source)}", problem)
        packing = Packing(options.seed, options.shown, options.test)
        found = lambda: (one for each in parts.again("examine", AnsweredCandidates) for one in each.found)  # noqa: E731
        began = time.perf_counter()
        tally.packages = len(_write(options, card, packed(found, packing, tally.counts)))
        card.counts, card.outcomes = tally.counts, tally.outcomes
        card.write(options.to)
        tally.seconds["pack"] = time.perf_counter() - began
    tally.wall = time.perf_counter() - started
    return tally


def _writing(options: SynthOptions) -> "Writing | nullcontext[None]":
    return Writing(options.writer, options.to) if options.writer else nullcontext()


def _note_writer(writing: Writing, tally: Tally, card: Card) -> None:
    """Add the writer's results to counts and card. Raises: RunStopped if too many programs have no completion."""
    if problem := left_open(writing.engine):
        raise RunStopped(problem)
    tally.engine = writing.engine
    tally.counts.update(writing.counts)
    card.writer = writing.record()


def _examined(
    options: SynthOptions, parts: Parts, writing: Writing | None, tally: Tally, card: Card
) -> Iterator[AnsweredCandidates]:
    """The stages before packing. Each is a stream that takes items from the stage before."""
    files = card.noted(source_files(options.source, options.permissive, tally.counts))
    collected = parts.all("collect", collect, _grouped(files, _FILES), Collected)
    candidates = _once(collected, tally)
    given = writing.replies(candidates) if writing else ((each, None) for each in candidates)
    asked = (
        Asked(
            tuple(candidate for candidate, _ in group), options.seed, options.cases, options.limits, options.require,
            tuple(reply for _, reply in group) if writing else None,
        )
        for group in _grouped(given, _CANDIDATES)
    )  # fmt: skip
    return parts.all("examine", answered, asked, AnsweredCandidates)


def _write(options: SynthOptions, card: Card, triples: Iterable[Triple]) -> set[str]:
    """Write the triples and count them on the card; gives the names of their packages."""
    packages = set()
    with ExitStack() as stack:
        files = {split: stack.enter_context(_opened(options, split)) for split in ("test", "train")}
        for triple in triples:
            files[str(triple.split)].write(line_of_triple(triple).encode())
            card.count(triple)
            packages.add(str(triple.package))
    return packages


@contextmanager
def _opened(options: SynthOptions, split: str) -> Iterator[BinaryIO]:
    """The file of a split, written whole or not at all. Compression adds no time stamp, so runs are equal."""
    with whole_file(options.to / f"{split}.jsonl{'.gz' * options.compress}") as raw:
        if options.compress:
            with gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed_file:
                yield cast(BinaryIO, packed_file)
        else:
            yield raw


def _asked(options: SynthOptions) -> dict[str, object]:
    """The options that decide the content of the triples, for the card."""
    names = ("seed", "cases", "shown", "test", "permissive")
    return {"source": ",".join(options.source)} | {name: getattr(options, name) for name in names}


def _once(collected: Iterable[Collected], tally: Tally) -> Iterator[Candidate]:
    seen: set[str] = set()
    for part in collected:
        tally.counts.update(part.counts)
        tally.spend(part.seconds)
        for candidate in part.candidates:
            if candidate.normal in seen:
                tally.counts["function: a duplicate"] += 1
            else:
                seen.add(candidate.normal)
                tally.counts["candidate"] += 1
                yield candidate


def _grouped(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    group: list[T] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield tuple(group)
            group = []
    if group:
        yield tuple(group)
