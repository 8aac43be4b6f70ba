"""Draws: the completions of each prompt together, from rows: what each says, and the probabilities of its tokens."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from solverlearner.analysis.divergence import Draw
from solverlearner.design.setting import ASKABLE

UNREAD = ""
"""The meaning of a completion without a readable answer: all of these are one group, as in the published code."""

COLUMNS = (
    "setting", "episode", "query", "sample", "input", "expected", "value", "score", "correct", "recited", "meaning",
    "on_target", "posterior", "default_world_correct", "facts", "tokens", "ambiguity",
)  # fmt: skip
"""The columns of rows that are read."""


@dataclass
class Prompt:
    """The completions of one prompt, in the order of their samples.

    `query` is None for a prompt that asks for a program: it has a completion for all queries of its episode, and a
    meaning is what the program does on each of them. `on_target` and `on_default` say of each completion which share of
    its answers is the run's target or the default world's answer. `chosen` holds the log-probabilities of each
    completion's tokens, `means` its mean distribution; both are None where some completion has none. Of free text
    with facts, `said` holds the answers as they were read ("" without one) and `expected` the right one.
    """

    setting: str
    cluster: int
    query: int | None
    answers: list[str] = field(default_factory=list)
    on_target: list[float] = field(default_factory=list)
    on_default: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    chosen: list[list[float]] | None = None
    means: list[Draw] | None = None
    posterior: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    question: str = ""
    said: list[str] = field(default_factory=list)
    expected: str = ""

    @property
    def groups(self) -> list[int]:
        """The number of the meaning of each completion."""
        return numbered(self.answers)


@dataclass
class _Draw:
    """One completion as its rows tell it, a value a query."""

    meanings: list[str] = field(default_factory=list)
    on_target: list[float] = field(default_factory=list)
    on_default: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)
    tokens: Mapping[str, Any] | None = None
    said: str = ""


def numbered(answers: Iterable[str]) -> list[int]:
    """Meanings as numbers, by first appearance.

    >>> numbered(["b", "a", "b"])
    [0, 1, 0]
    """
    known: dict[str, int] = {}
    return [known.setdefault(answer, len(known)) for answer in answers]


class Draws:
    """Collects rows and gives the prompts that they are of. Unanswered queries and comprehension checks are left out.

    `own_rules`: each episode hides a rule of its own.
    """

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int | None], dict[int, _Draw]] = {}
        self._seen: set[tuple[str, int, int, int]] = set()
        self._told: dict[tuple[str, int, int | None], Mapping[str, Any]] = {}
        self.own_rules = False

    def add(self, row: Mapping[str, Any], seed: int = 0) -> None:
        """Take one row, with at least `COLUMNS`; `seed` tells episodes of several runs apart.

        Of rows for the same sample of a query, the first counts. A row of an earlier version has no meaning; its value
        stands for it then, and whether it is correct for whether it is the target.
        """
        setting = ASKABLE.get(row["setting"])
        if setting is None or row["score"] is None:
            return
        self.own_rules |= row["ambiguity"] is None
        cluster = (seed << 32) + row["episode"]
        known = row["setting"], cluster, row["query"], row["sample"]
        if known in self._seen:
            return
        self._seen.add(known)
        place = row["setting"], cluster, None if setting.writes_program else row["query"]
        draw = self._found.setdefault(place, {}).setdefault(row["sample"], _Draw())
        self._told.setdefault(place, row)
        draw.meanings.append(_meaning(row))
        draw.on_target.append(float(bool(row["correct"] if row["on_target"] is None else row["on_target"])))
        draw.on_default.append(float(row["recited"] or bool(row["correct"] and row["default_world_correct"])))
        draw.right.append(row["score"])
        draw.tokens = draw.tokens or row["tokens"]
        draw.said = str(row["value"] or "")

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts in the order of settings, episodes and queries."""
        order = {name: place for place, name in enumerate(ASKABLE)}
        places = sorted(self._found, key=lambda place: (order[place[0]], place[1], place[2] or 0))
        return [self._prompt(place) for place in places]

    def _prompt(self, place: tuple[str, int, int | None]) -> Prompt:
        draws = [draw for _, draw in sorted(self._found[place].items())]
        told = self._told[place]
        tokens = [draw.tokens for draw in draws if draw.tokens]
        known = len(tokens) == len(draws)
        return Prompt(
            *place,
            answers=["\n".join(draw.meanings) for draw in draws],
            on_target=[sum(draw.on_target) / len(draw.on_target) for draw in draws],
            on_default=[sum(draw.on_default) / len(draw.on_default) for draw in draws],
            right=[sum(draw.right) / len(draw.right) for draw in draws],
            chosen=[each["chosen"] for each in tokens] if known else None,
            means=[Draw(each["mean"], each["tail"]) for each in tokens] if known else None,
            posterior=told["posterior"],
            facts=told["facts"] or {},
            question=str(told["input"][0]) if told["input"] else "",
            said=[draw.said for draw in draws] if told["facts"] else [],
            expected=str(told["expected"]) if told["facts"] else "",
        )


def _meaning(row: Mapping[str, Any]) -> str:
    if row["meaning"] is not None:
        return str(row["meaning"])
    return UNREAD if row["value"] is None else json.dumps(row["value"], sort_keys=True)


def draws_of(rows: Iterable[Mapping[str, Any]]) -> Draws:
    """The draws of rows, each with every column of the schema."""
    draws = Draws()
    for row in rows:
        draws.add(row)
    return draws
