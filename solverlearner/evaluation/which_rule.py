"""Which rule: a program runs on probe inputs and is compared with every rule that its task knows.

Probes are inputs that the task draws, the same for every run. A program may carry out the hidden rule, the default
world's, or another one of the family. It may store its shots. Or it does none of these.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from random import Random

from solverlearner.case2code.values import NONE
from solverlearner.design.verdict import Found, RuleFound
from solverlearner.evaluation.scoring import score_value
from solverlearner.evaluation.shot_table import node_count, stores_pieces, stores_shots
from solverlearner.execution.executor import Executor, Outcome
from solverlearner.task import JSON, Input, Item, Rule, Split, Task

PROBES = 200
MOST_RULES = 5_000
"""Rules of a larger family are compared as far as this number, the most plausible first, and the hidden one."""

_REDRAWS = 10  # a small space of inputs gives fewer probes
_ALONE = 2  # a program that does not end costs its limit of time on each
_FIRST = 20
_FEWEST_COVERED = 20
_LOOKED_AT = 8
_CLOSEST = 16
_TASKS_KEPT = 32


class Probes:
    """The probe inputs of a task, and what each of its rules gives for them."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.inputs: list[Input] = []
        self._keys: list[Hashable] = []
        self._rules: list[tuple[Found, Rule]] | None = None
        self._expected: dict[tuple[int, int], JSON] = {}
        for key, x in islice(_distinct(task), PROBES):
            self._keys.append(key)
            self.inputs.append(x)

    def places(self, without: Sequence[Item]) -> list[int]:
        """The numbers of the probes that are none of these items."""
        seen = {self.task.key(item.input) for item in without}
        return [place for place, key in enumerate(self._keys) if key not in seen]

    def rules(self) -> list[tuple[Found, Rule]]:
        """The hidden rule, the default world's, and the rest of the family, at most `MOST_RULES` of it."""
        if self._rules is None:
            hidden, default = self.task.rule, self.task.default_world
            known: dict[str, tuple[Found, Rule]] = {hidden.name: ("hidden", hidden)}
            if default:
                known.setdefault(default.name, ("default_world", default))
            for rule in islice(self.task.family(), MOST_RULES):
                known.setdefault(rule.name, ("another", rule))
            self._rules = [*known.values()]
        return self._rules

    def agreement(self, number: int, outcomes: Mapping[int, Outcome], places: Sequence[int]) -> float | None:
        """The share of these probes on which a program's outcomes are what a rule gives.

        Inputs that the rule does not cover are left out; None where it covers none.
        """
        expected = {place: value for place in places if (value := self._gives(number, place)) is not None}
        if not expected:
            return None
        return sum(self._same(place, value, outcomes[place]) for place, value in expected.items()) / len(expected)

    def _gives(self, number: int, place: int) -> JSON:
        """The output of a rule for a probe; None where it does not cover it."""
        if (number, place) not in self._expected:
            self._expected[number, place] = self.rules()[number][1].apply(self.inputs[place])
        return self._expected[number, place]

    def _same(self, place: int, expected: JSON, outcome: Outcome) -> bool:
        if outcome.status != "ok":
            return False
        value = NONE if self.task.typed and outcome.value is None else outcome.value
        return value is not None and score_value(self.task, Item(self.inputs[place], expected), value) == 1

    def closest(self, outcomes: Mapping[int, Outcome], places: Sequence[int]) -> tuple[Found, str, float] | None:
        """The rule that the outcomes agree with most; of several the first. None where there are no probes.

        The hidden rule and the default world's are compared first. Of the others those count that are the closest on
        the first probes. A rule that covers fewer than 20 probes is left out, unless there are fewer.
        """
        best: tuple[Found, str, float] | None = None
        least = min(_FEWEST_COVERED, len(places))
        for number in self._by_closeness(outcomes, places[:_LOOKED_AT]):
            kind, rule = self.rules()[number]
            covered = sum(self._gives(number, place) is not None for place in places)
            share = self.agreement(number, outcomes, places) if covered >= least else None
            if share is not None and (best is None or share > best[2]):
                best = kind, rule.name, share
            if share == 1:
                break
        return best

    def _by_closeness(self, outcomes: Mapping[int, Outcome], few: Sequence[int]) -> Iterator[int]:
        """The numbers of the rules to compare, in the order of their rules among those that are equally close."""
        kinds = [kind for kind, _ in self.rules()]
        told = sum(kind != "another" for kind in kinds)
        yield from range(told)
        shares = [(self.agreement(number, outcomes, few) or 0.0, number) for number in range(told, len(kinds))]
        near = sorted(shares, key=lambda each: -each[0])[:_CLOSEST]
        yield from (number for share, number in near if share)


def _distinct(task: Task) -> Iterator[tuple[Hashable, Input]]:
    """Inputs with distinct keys, of shots and of queries by turns; ends where new ones are rare."""
    splits: tuple[Split, ...] = ("shots", "queries")
    streams = [Random(f"{task.name}/probes/{split}") for split in splits]
    seen: set[Hashable] = set()
    for _ in range(_REDRAWS * PROBES):
        for rng, split in zip(streams, splits, strict=True):
            x = task.draw(rng, split)
            if (key := task.key(x)) not in seen:
                seen.add(key)
                yield key, x


_kept: dict[int, Probes] = {}


def probes_of(task: Task) -> Probes:
    """The probes of a task; those of the tasks that were used last are kept."""
    found = _kept.pop(id(task), None)
    if found is None or found.task is not task:
        found = Probes(task)
    _kept[id(task)] = found
    for old in [*_kept][:-_TASKS_KEPT]:
        del _kept[old]
    return found


async def rule_found(
    task: Task, program: str, shots: Sequence[Item], right: int, fitting: Sequence[Rule], executor: Executor
) -> RuleFound:
    """What a program does on the probes of its task, see `RuleFound`.

    `shots` are those that it was written from, none where it was written from a stated rule; it gets `right` of them
    right. `fitting` are the rules that fit the episode's shots best. Raises: ExecutorError, UsageError.
    """
    probes = probes_of(task)
    places = probes.places(shots)
    outcomes, ran = await _outcomes(probes, program, places, executor)
    best = probes.closest(outcomes, ran)
    kind, name, share = best or (None, None, None)
    sizes = node_count(program), _smallest(fitting or [task.rule])
    return RuleFound(
        _kind(kind if share and share > 0.5 else None, task, program, shots, right)
        or ("none" if any(outcome.status == "ok" for outcome in outcomes.values()) else "fails"),
        name if share else None,
        share,
        *sizes,
    )


def _kind(carries_out: Found | None, task: Task, program: str, shots: Sequence[Item], right: int) -> Found | None:
    """What a program does that carries out such a rule on most probes, or none; None: nothing that has a name.

    A program that stores its shots whole and else does what the default world does is a table of its shots.
    """
    if carries_out == "hidden":
        return "hidden"
    if stores_shots(program, shots):
        return "shot_table"
    if carries_out:
        return carries_out
    if stores_pieces(program, shots) and not stores_pieces(task.rule.program, shots):
        return "shot_table"  # the hidden rule is not itself such a lookup
    return "fits_shots" if shots and right == len(shots) else None


async def _outcomes(
    probes: Probes, program: str, places: Sequence[int], executor: Executor
) -> tuple[dict[int, Outcome], list[int]]:
    """A program's outcomes by probe, and the probes that it ran on.

    These are the first two alone where it does not end on one of them, and the first 20 where it gives no value for
    any: then the rest would only take time.
    """
    outcomes: dict[int, Outcome] = {}
    states: set[str] = set()
    for part in (places[:_ALONE], places[_ALONE:_FIRST], places[_FIRST:]):
        came = await executor.run(program, [probes.inputs[place] for place in part], probes.task.typed)
        outcomes |= zip(part, came, strict=True)
        states |= {outcome.status for outcome in came}
        if "timeout" in states or ("ok" not in states and len(outcomes) >= _FIRST):
            break
    return outcomes, [*outcomes]


def _smallest(rules: Sequence[Rule]) -> int | None:
    sizes = [size for rule in islice(rules, MOST_RULES) if rule.program and (size := _nodes(rule.program))]
    return min(sizes, default=None)


_nodes = lru_cache(maxsize=10_000)(node_count)
