"""Programs: the rows of a setting that writes programs, gathered by program; whether they fit their own shots."""

import json
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from solverlearner.analysis.selection import Program

FAILED = -1
"""Stands for the value of a query that a program gave none for; None is no value: no hidden rule gives it, and what a
real function gives is `typed.NONE`."""


class ShotCheck(NamedTuple):
    """Programs that were written from shots, by what they do on them.

    Of those that fit all their shots some are right on all queries; the others have memorised, or generalise wrongly.
    """

    programs: int
    fit: int
    right: int

    @property
    def memorised(self) -> int:
        """Programs that fit all their shots and miss a query."""
        return self.fit - self.right

    @property
    def never_fitted(self) -> int:
        """Programs that miss a shot, and replies without a program."""
        return self.programs - self.fit


@dataclass(slots=True)
class _Gathered:
    shots: int
    shots_right: int
    length: int | None
    calls: int
    tokens: float | None
    right: int = 0
    outputs: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass
class Programs:
    """The programs of one setting, by episode and sample. What is not answered, or not written from shots, is none."""

    _by_place: dict[tuple[int, int], _Gathered] = field(default_factory=dict)

    def add(
        self,
        place: tuple[int, int],
        output: int,
        correct: bool,
        shots: int,
        shots_right: int,
        length: int | None,
        calls: int,
        tokens: float | None,
    ) -> None:
        """One query's row of the program at (episode, sample); the queries of all programs come in the same order.

        `output` is a checksum of the value, or `FAILED`.
        """
        found = self._by_place.get(place)
        if found is None:
            found = self._by_place[place] = _Gathered(shots, shots_right, length, calls, tokens)
        found.right += correct
        found.outputs.append(output)

    def add_row(self, row: Mapping[str, Any]) -> None:
        """The same from a row as it is kept; what is unanswered, or has no shots, is passed over."""
        if row["correct"] is None or not row.get("shots"):
            return
        value = json.dumps(row["value"], ensure_ascii=False).encode(errors="replace")
        output = FAILED if row["value"] is None else zlib.crc32(value)
        prompt, completion = row["prompt_tokens"], row["completion_tokens"]
        tokens = None if prompt is None or completion is None else prompt + completion
        length = None if row["program"] is None else len(row["program"])
        place = row["episode"], row["sample"]
        self.add(place, output, row["correct"], row["shots"], row["shots_right"], length, row["calls"], tokens)

    @property
    def check(self) -> ShotCheck | None:
        """How they do on their own shots; None where there are none."""
        found = self._by_place.values()
        fit = [each for each in found if each.shots_right == each.shots and each.length is not None]
        right = sum(each.right == len(each.outputs) for each in fit)
        return ShotCheck(len(found), len(fit), right) if found else None

    def episodes(self) -> Iterator[tuple[int, list[Program]]]:
        """Each episode's programs, by sample; the ones with fewer queries than the others are left out."""
        by_episode: dict[int, list[Program]] = {}
        for episode, sample in sorted(self._by_place):
            found = self._by_place[episode, sample]
            outputs = tuple(None if output == FAILED else output for output in found.outputs)
            program = Program(sample, found.shots_right, found.length, outputs, found.right, found.calls, found.tokens)
            by_episode.setdefault(episode, []).append(program)
        for episode, programs in by_episode.items():
            most = max(len(program.outputs) for program in programs)
            yield episode, [program for program in programs if len(program.outputs) == most]
