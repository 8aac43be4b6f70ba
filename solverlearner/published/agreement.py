"""Agreement: our verdicts on a corpus beside the published ones, by model and arm, and each disagreement's cause."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.scores import Scores
from solverlearner.published.published_reply import Corpus, Unusable
from solverlearner.published.scored_corpus import Verdict

_KEPT = 1000
"""Disagreements and unusable lines that are kept word for word; all are counted."""


class Column(NamedTuple):
    """What a score is of: the setting, and the arm's label."""

    setting: str
    arm: str

    @property
    def label(self) -> str:
        """ "io", "io, steps"."""
        return ", ".join(part for part in self if part)


class Cell(NamedTuple):
    """What an accuracy is of."""

    model: str
    task: str
    column: Column
    variant: str


@dataclass(frozen=True)
class Line:
    """A model on a task in one setting and arm, over all variants. `theirs`: published, None unless all are judged.

    `unread` counts the replies in which our reader found no answer.
    """

    model: str
    task: str
    column: Column
    variants: int
    n: int
    ours: Estimate
    theirs: float | None
    unread: int


@dataclass(frozen=True)
class PublishedEffect:
    """The difference between two columns of one model on a task, paired on the items that both have."""

    model: str
    task: str
    first: Column
    second: Column
    n: int
    clusters: int
    estimate: Estimate


class Agreement:
    """Collects verdicts of one corpus, run by run, and says what came out.

    Memory is for a score an item, and for the disagreements themselves.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.replies = self.runs = self.judged = self.agreed = 0
        self.causes: Counter[str] = Counter()
        self.differing: list[dict[str, Any]] = []
        self.unusable: list[Unusable] = []
        self.unusable_count = 0
        self.cells: dict[Cell, list[int]] = {}
        self._scores: dict[tuple[str, str], Scores] = defaultdict(Scores)
        self._clusters: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._unread: Counter[tuple[str, str, Column]] = Counter()
        self._theirs: dict[tuple[str, str, Column], list[int]] = defaultdict(lambda: [0, 0])

    def leave_out(self, line: Unusable) -> None:
        """Count a line that is not scored."""
        self.unusable_count += 1
        if len(self.unusable) < _KEPT:
            self.unusable.append(line)

    def add(self, verdicts: Iterable[Verdict]) -> None:
        """Count the verdicts of one run."""
        self.runs += 1
        for verdict in verdicts:
            self._add(verdict)

    def _add(self, verdict: Verdict) -> None:
        reply = verdict.reply
        variant = reply.variant or reply.task.variant
        column = Column(reply.setting, reply.arm.label)
        named = reply.cluster or f"{reply.task.name}/{variant}/{reply.episode}"
        cluster = self._clusters.setdefault(named, len(self._clusters))
        item = self._items.setdefault(repr(reply.item.input), len(self._items))
        model, task = reply.model, reply.task.name
        self._scores[model, task].add(column.label, float(verdict.correct), cluster, reply.query, reply.sample, item)
        self._unread[model, task, column] += verdict.value is None
        cell = self.cells.setdefault(Cell(model, task, column, variant), [0, 0])
        cell[0] += 1
        cell[1] += verdict.correct
        self.replies += 1
        if reply.verdict is None:
            return
        self.judged += 1
        theirs = self._theirs[model, task, column]
        theirs[0] += 1
        theirs[1] += reply.verdict
        if reply.verdict == verdict.correct:
            self.agreed += 1
        else:
            self._differ(verdict)

    def _differ(self, verdict: Verdict) -> None:
        cause = cause_of(self.corpus, verdict)
        self.causes[cause] += 1
        if len(self.differing) < _KEPT:
            reply = verdict.reply
            record = {"place": reply.place, "cause": cause, "expected": reply.item.expected, "ours": verdict.value}
            self.differing.append(record | {"verdict": reply.verdict, "reply_ends": (reply.text or "")[-200:]})

    def lines(self) -> list[Line]:
        """A line for each model, task, setting and arm."""
        found = []
        for model, task, column in sorted({cell[:3] for cell in self.cells}):
            sizes = [size for cell, size in self.cells.items() if cell[:3] == (model, task, column)]
            ours = self._scores[model, task].estimate(column.label, independent=False)
            judged, right = self._theirs.get((model, task, column), (0, 0))
            n = sum(size[0] for size in sizes)
            if ours:
                theirs = right / judged if judged == n else None
                found.append(Line(model, task, column, len(sizes), n, ours, theirs, self._unread[model, task, column]))
        return found

    def effects(self) -> list[PublishedEffect]:
        """Each setting and arm of a model against its first one that shares items with it, `io` before the others."""
        columns: dict[tuple[str, str], list[Column]] = defaultdict(list)
        for model, task, column in sorted({cell[:3] for cell in self.cells}):
            columns[model, task].append(column)
        found = []
        for (model, task), there in columns.items():
            base, *others = sorted(there, key=lambda column: (column.arm != "", column.setting != "io", column))
            for other in others:
                contrast = self._scores[model, task].contrast([other.label, base.label], [1, -1])
                if contrast:
                    size = contrast.n, contrast.episodes
                    found.append(PublishedEffect(model, task, other, base, *size, contrast.estimate))
        return found

    def gaps(self) -> list[str]:
        """Variants that one model has and another lacks, or has fewer replies to: a half-fetched corpus shows here."""
        most: dict[tuple[str, Column, str], int] = defaultdict(int)
        for cell, (n, _) in self.cells.items():
            most[cell[1:]] = max(most[cell[1:]], n)
        found = []
        for model in sorted({cell.model for cell in self.cells}):
            asked = {cell[1:3] for cell in self.cells if cell.model == model}
            for (task, column, variant), n in sorted(most.items()):
                there = self.cells.get(Cell(model, task, column, variant), [0, 0])[0]
                if (task, column) in asked and there < n:
                    found.append(
                        f"{model}, {column.label}, {task} {variant}: {there} of {n} replies that another model has"
                    )
        return found

    def record(self) -> dict[str, Any]:
        """All of it as plain values, for `agreement.json`."""
        return {
            "corpus": self.corpus.name,
            "replies": self.replies,
            "runs": self.runs,
            "published_verdicts": self.judged,
            "agreed": self.agreed,
            "disagreements_by_cause": dict(self.causes.most_common()),
            "unusable": self.unusable_count,
            "settings": [_plain(line) for line in self.lines()],
            "gaps": self.gaps(),
            "effects": [_plain(effect) for effect in self.effects()],
            "cells": [_plain_cell(*each) for each in self.cells.items()],
            "differing": self.differing,
            "unusable_lines": [line._asdict() for line in self.unusable],
        }


def _plain_cell(cell: Cell, size: list[int]) -> dict[str, Any]:
    return cell._asdict() | {"column": cell.column.label, "n": size[0], "right": size[1]}


def _plain(made: Any) -> dict[str, Any]:
    def value(each: Any) -> Any:
        return each._asdict() if isinstance(each, Column) else vars(each) if isinstance(each, Estimate) else each

    return {key: value(each) for key, each in vars(made).items()}


def cause_of(corpus: Corpus, verdict: Verdict) -> str:
    """Why our verdict differs from the published one, from the answer and the reply alone."""
    reply = verdict.reply
    found, expected = corpus.answer(reply.text or ""), str(reply.item.expected)
    answer = (reply.text or "").strip() if found is None else found
    if not verdict.correct:
        nothing = verdict.value in (None, "") or found is None
        return "theirs right: no answer where the prompt asks for it" if nothing else "theirs right: another reading"
    if answer == expected:
        return "ours right: the answer is given word for word, and they read something else"
    if answer.lower() == expected.lower():
        return "ours right: upper and lower case"
    if _letters(answer) == _letters(expected):
        return "ours right: blanks, stops or quotation marks"
    if expected in answer:
        return "ours right: words, a label or an equation before the answer"
    return "ours right: another form of the same value"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))
