"""Card: the data card of a run, with a count for every filter, and the licences of the packages used."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from solverlearner.case2code.triples import Triple
from solverlearner.synth.functions.licences import Owner
from solverlearner.synth.functions.sources import SourceFile
from solverlearner.task import JSON

_STAGES = {
    "file": ("Files", "read, and left out before reading"),
    "function": ("Functions", "seen, and left out by their syntax tree (the first rule that holds counts)"),
    "reply": ("Replies", "of the model that wrote the inputs, one a program, by what became of them"),
    "call": ("Example calls", "read in these replies, and dropped (the first reason that holds counts)"),
    "program": ("Programs", "left out by what they do in the executor"),
    "pack": ("Near-duplicates", "left out by their skeletons: names and constants do not count"),
}
_OF_WRITER = ("reply", "call")


@dataclass
class Card:
    """The options and results of a run. It holds no time, place or speed, so equal runs have equal cards.

    `writer` describes the model that wrote the inputs, or is None if they were drawn.
    """

    asked: dict[str, object]
    writer: dict[str, JSON] | None = None
    counts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    triples: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _owners: dict[str, Owner] = field(default_factory=dict)

    def noted(self, files: Iterable[SourceFile]) -> Iterator[SourceFile]:
        """Pass on the files, and keep their owners for the card."""
        for file in files:
            self._owners.setdefault(file.owner.name, file.owner)
            yield file

    def count(self, triple: Triple) -> None:
        """Count a triple under its split, package and licence."""
        owner = str(triple.package).partition("/")[0]
        self.triples[str(triple.split), owner, str(triple.licence)] += 1

    def write(self, folder: Path) -> None:
        """Write `card.json`, `CARD.md` and `LICENCES.txt`. Raises: OSError."""
        (folder / "card.json").write_text(json.dumps(self._record(), indent=1) + "\n", encoding="utf-8")
        (folder / "CARD.md").write_text("\n".join(self._lines()) + "\n", encoding="utf-8")
        (folder / "LICENCES.txt").write_text("\n".join(self._licences()) + "\n", encoding="utf-8")

    def _used(self) -> list[tuple[Owner, int, int]]:
        """Each owner with its numbers of train and test triples."""
        numbers: dict[str, Counter[str]] = {}
        for (split, owner, _), count in self.triples.items():
            numbers.setdefault(owner, Counter())[split] += count
        return [(self._owners[name], each["train"], each["test"]) for name, each in sorted(numbers.items())]

    def _record(self) -> dict[str, object]:
        packages = [
            {"name": owner.name, "version": owner.version, "licence": owner.licence, "train": train, "test": test}
            for owner, train, test in self._used()
        ]
        writer = {"writer": self.writer} if self.writer else {}
        return {
            "asked": self.asked, **writer, "counts": dict(sorted(self.counts.items())),
            "outcomes": dict(sorted(self.outcomes.items())), "packages": packages,
        }  # fmt: skip

    def _lines(self) -> Iterator[str]:
        train, test = self.counts["triple: train"], self.counts["triple: test"]
        yield "# Data card"
        yield ""
        yield f"{train} train and {test} test triples (program, inputs, outputs), after Case2Code (Shao et al. 2024)."
        yield f"Made by `python -m solverlearner synth` with {_listed(self.asked)}."
        if self.writer:
            yield f"A model wrote the inputs: {_listed(self.writer)}."
        for stage, (title, about) in _STAGES.items():
            if stage in _OF_WRITER and not self.writer:
                continue
            yield from ("", f"## {title}", "", f"{about[0].upper()}{about[1:]}.", "", "| count | |", "|---:|---|")
            rows = [
                (count, key.partition(": ")[2]) for key, count in self.counts.items() if key.startswith(f"{stage}: ")
            ]
            if stage == "program":
                rows.append((self.counts["candidate"], "run"))
            yield from (f"| {count} | {what} |" for count, what in sorted(rows, key=lambda row: (-row[0], row[1])))
        yield from ("", "## Calls", "", "Every call in the restricted executor by what became of it.", "")
        yield from ("| calls | |", "|---:|---|")
        yield from (f"| {count} | {status} |" for status, count in self.outcomes.most_common())
        yield from ("", "## Packages", "", "Texts of the licences: `LICENCES.txt`.", "")
        yield from ("| package | version | licence | train | test |", "|---|---|---|---:|---:|")
        for owner, trained, tested in self._used():
            yield f"| {owner.name} | {owner.version} | {owner.licence} | {trained} | {tested} |"

    def _licences(self) -> Iterator[str]:
        yield "The programs of these triples were taken from the following packages, without their comments, docstrings"
        yield "and annotations; `origin` names the file and line of each. Each package's own statement follows; a text"
        yield "that several have stands once."
        known: dict[str, str] = {}
        for owner, train, test in self._used():
            name = f"{owner.name} {owner.version}".strip()
            yield from ("", "=" * 100, f"{name} ({owner.licence}): {train + test} programs", "=" * 100)
            for path in map(Path, owner.texts):
                text = _read(path)
                if text in known:
                    yield f"{path.name}: as of {known[text]}"
                elif text:
                    known[text] = name
                    yield from (f"--- {path.name}", text)


def _listed(values: Mapping[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
