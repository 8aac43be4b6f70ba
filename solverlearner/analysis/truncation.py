"""Truncation: the replies that a limit of tokens cut before their answer, what they do to an accuracy, and the remedy.

A reply can also be cut after its answer, as by a limit that a model reaches with examples behind its program. Such an
answer counts as it is, and no limit has to be raised for it.
"""

import ast
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from solverlearner.analysis.intervals import Estimate
from solverlearner.inference.token_limit import fitting_limit, reasons

CutKind = Literal["", "before", "repeating", "after"]
"""Where a limit cut a reply: not at all, before its answer, before it in an endless repetition, after its answer."""

LOWER_BOUND = "↑"
"""Marks an accuracy that is a lower bound because more than a few replies were cut before their answer."""

_MANY = 0.05  # of a setting's queries, and of two replies at least
_NO_ANSWER = ("no_answer", "no_program")
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
_TAIL, _DENSE = 600, 0.22  # prose and code of 600 letters pack to about half, a repetition to less than a fifth


def cut_kind(state: str | None, status: str, reply: str, program: str | None, reasoning: str | None = None) -> CutKind:
    """Where a reply with the state `truncated` was cut; "" for any other state. `reply` is the completion's text.

    A program is complete if its block is closed, or if another statement follows `solver`.

    >>> cut_kind("truncated", "no_answer", "First we add 4 and", None)
    'before'
    >>> cut_kind("truncated", "ok", "The result is \\\\boxed{12}. Let me check: 4", None)
    'after'
    """
    if state != "truncated":
        return ""
    if status not in _NO_ANSWER and (program is None or not _cut_inside(reply, program)):
        return "after"
    return "repeating" if _repeats(reply.strip() or (reasoning or "")) else "before"


def _cut_inside(reply: str, program: str) -> bool:
    """Whether the reply ends within the program, before its `solver` is complete."""
    closed = len(_FENCE.findall(reply)) % 2 == 0 and _FENCE.search(reply)
    if closed or _last_line(reply) != _last_line(program):
        return False
    try:
        last = ast.parse(program).body[-1]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return True
    names = [getattr(last, "name", None), *(getattr(target, "id", None) for target in getattr(last, "targets", ()))]
    return "solver" in names or isinstance(last, ast.ClassDef)


def _last_line(text: str) -> str:
    return text.rstrip().rpartition("\n")[2].strip()


def _repeats(text: str) -> bool:
    tail = text[-_TAIL:].encode(errors="replace")
    return len(tail) >= _TAIL / 2 and len(zlib.compress(tail)) < _DENSE * _TAIL


@dataclass
class Cuts:
    """The cut replies of one setting by kind: `replies` as places, `queries` as numbers.

    `gain` is what their queries would add to the sum of scores if all of them were right. `longest` is the number of
    tokens of the longest reply that was cut before its answer, None where it is unknown. `thoughts`: one of them had
    thoughts.
    """

    replies: dict[CutKind, set[tuple[int, int, int]]] = field(default_factory=dict)
    queries: Counter[CutKind] = field(default_factory=Counter)
    gain: float = 0.0
    longest: float | None = None
    thoughts: bool = False

    def add(
        self, kind: CutKind, place: tuple[int, int, int], score: float, tokens: float | None, thoughts: bool
    ) -> None:
        """Count the query of a cut reply. `place` tells replies apart: episode, sample, and query if it is of one."""
        self.replies.setdefault(kind, set()).add(place)
        self.queries[kind] += 1
        if kind == "before":
            self.gain += 1 - score
            self.longest = tokens if self.longest is None else max(self.longest, tokens or 0)
            self.thoughts |= thoughts

    def many(self, answered: int) -> bool:
        """Whether more than a few of the answered queries are of replies that a higher limit may complete."""
        return len(self.replies.get("before", ())) > 1 and self.queries["before"] >= _MANY * answered

    def count(self, kind: CutKind) -> int:
        """The number of replies of a kind."""
        return len(self.replies.get(kind, ()))

    def remedy(self, model: str, options: Mapping[str, Any]) -> str:
        """What to raise and to what, in words for the run's options: "max_tokens=1600 instead of 400"."""
        limit = options.get("max_tokens")
        if not isinstance(limit, int):
            return "ask with a higher limit of tokens"
        if self.longest is not None and self.longest < 0.9 * limit:
            told = f"replies ended at {self.longest:,.0f} tokens, below max_tokens={limit}"
            return f"{told}, so at the endpoint's or the context's limit: raise that (context= for weights of your own)"
        reasoning = self.thoughts or reasons(model, options)
        return f"max_tokens={fitting_limit(limit, reasoning=reasoning)} instead of {limit}"


CutSetting = tuple[Cuts, Estimate | None, int]
"""The cut replies of a setting, its accuracy and the number of its answered queries."""


def cut_lines(cuts: Mapping[str, CutSetting], model: str, options: Mapping[str, Any]) -> Iterator[str]:
    """Sentences on the cut replies of a run, by setting; none on a remedy without many that were cut too early."""
    limit = options.get("max_tokens")
    where = "the limit of tokens" if limit is None else f"max_tokens={limit}"
    many = {name: each for name, each in cuts.items() if each[0].many(each[2])}
    if many:
        parts = [_bounds(name, *each) for name, each in many.items()]
        yield f"Cut at {where} before an answer: {'; '.join(parts)}."
        yield "They count as wrong, so these accuracies are lower bounds, and effects move with them."
        remedies = dict.fromkeys(each[0].remedy(model, options) for each in many.values())
        yield f"To let them end: {'; '.join(remedies)} (asks anew, into a folder of its own)."
    for kind, told in _OTHERS.items():
        found = {name: each.count(kind) for name, (each, _, answered) in cuts.items() if _notable(each, kind, answered)}
        if found:
            listed = ", ".join(f"{count} of {name}" for name, count in found.items())
            yield f"Replies that {told}: {listed}."


_OTHERS: Mapping[CutKind, str] = {
    "repeating": "repeat themselves until the limit, which a higher one would hardly mend",
    "after": "were cut after their answer, which counts as it is",
}


def _notable(cuts: Cuts, kind: CutKind, answered: int) -> bool:
    return cuts.count(kind) > 1 and cuts.queries[kind] >= _MANY * answered


def _bounds(name: str, cuts: Cuts, accuracy: Estimate | None, answered: int) -> str:
    share = f"{100 * cuts.queries['before'] / answered:.0f} % of queries"
    if accuracy is None:
        return f"{name} {share}"
    value = accuracy.value
    return f"{name} {share}, {100 * value:.0f} % right and {100 * (value + cuts.gain / answered):.0f} % at most"
