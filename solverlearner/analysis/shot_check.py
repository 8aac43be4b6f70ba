"""Programs: the rows of a setting that writes programs, gathered by program; whether they fit their own shots."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from solverlearner.analysis.row_facts import FAILED, RowFacts
from solverlearner.analysis.selection import Program


class ShotCheck(NamedTuple):
    """Programs that were written from shots, by their outputs on the shots.

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
    score: float = 0.0
    outputs: "array[int]" = field(default_factory=lambda: array("q"))


@dataclass
class Programs:
    """The programs of one setting, by episode and sample: those that were written from shots and are answered."""

    _by_place: dict[tuple[int, int], _Gathered] = field(default_factory=dict)

    def add(self, facts: RowFacts, score: float) -> None:
        """One query's row; the queries of all programs come in the same order."""
        place = facts.cluster, facts.sample
        found = self._by_place.get(place)
        if found is None:
            found = self._by_place[place] = _Gathered(
                facts.shots, facts.shots_right, facts.length, facts.calls, facts.tokens
            )
        found.score += score
        found.outputs.append(facts.output)

    @property
    def check(self) -> ShotCheck | None:
        """How they do on their own shots; None where there are none."""
        found = self._by_place.values()
        fit = [each for each in found if each.shots_right == each.shots and each.length is not None]
        right = sum(each.score == len(each.outputs) for each in fit)
        return ShotCheck(len(found), len(fit), right) if found else None

    def episodes(self) -> Iterator[tuple[int, list[Program]]]:
        """Each episode's programs, by sample; the ones with fewer queries than the others are left out."""
        by_episode: dict[int, list[Program]] = {}
        for episode, sample in sorted(self._by_place):
            found = self._by_place[episode, sample]
            outputs = tuple(None if output == FAILED else output for output in found.outputs)
            program = Program(sample, found.shots_right, found.length, outputs, found.score, found.calls, found.tokens)
            by_episode.setdefault(episode, []).append(program)
        for episode, programs in by_episode.items():
            most = max(len(program.outputs) for program in programs)
            yield episode, [program for program in programs if len(program.outputs) == most]
