"""Episode: one draw of shots and queries, the same for every setting, so that every comparison is paired."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from random import Random

from solverlearner.design.noise import corrupt
from solverlearner.errors import UsageError
from solverlearner.task import Input, Item, Published, Rule, Split, Task, Tasks

# Redraws before the draw is given up. A space of 1,000 items that has one left is missed with probability e^-20.
_MOST_REDRAWS = 20_000

# Draws of all shots before `identifiable` is given up: where one draw in 100 would do, it is missed once in 10^4.
_MOST_DRAWS = 1_000


@dataclass(frozen=True)
class Episode:
    """Shots and queries of one hidden rule, all inputs distinct; `corrupted` of the shots have a wrong output.

    `ambiguity` counts the rules of the family that give the most shots right (without noise: all shots). With 1 the
    shots pin the rule. `ideal` is the most plausible of these rules. If the family is too large to list, `uncovered`
    holds what the shots leave open, such as letters of a key. If no rule can be listed, `ideal` and `ambiguity` are
    None. `task` is the task of the hidden rule.
    """

    task: Task
    index: int
    shots: tuple[Item, ...]
    queries: tuple[Item, ...]
    ideal: Rule | None
    ambiguity: int | None
    uncovered: str | None
    corrupted: int = 0
    fitting: tuple[Rule, ...] = ()

    def posterior(self, item: Item) -> float | None:
        """The ideal learner's probability of the expected answer: its share among the rules that fit the shots best.

        Before the shots rules are as likely as their weights say: equally, in most families. None where the family
        cannot be listed.
        """
        if not self.fitting:
            return None
        if len(self.fitting) == 1:
            return float(self.fitting[0].apply(item.input) == item.expected)
        right = sum(rule.weight for rule in self.fitting if rule.apply(item.input) == item.expected)
        return right / sum(rule.weight for rule in self.fitting)


def draw_episodes(
    tasks: Tasks,
    *,
    seed: int,
    episodes: int,
    shots: int,
    queries: int,
    noise: float = 0.0,
    noise_kind: str = "default",
    identifiable: bool = False,
    unwanted: Callable[[int], bool] = lambda index: False,
) -> Iterator[Episode]:
    """Episodes 0, 1, … of a task without the `unwanted` ones. Each follows from task, seed and its index alone.

    Queries have a random stream of their own and are drawn first. So a sweep over `shots` keeps its queries, and a
    larger number of shots begins with the same ones. The streams do not depend on the variant, so variants of a family
    share items if they can. Raises: UsageError if the task has too few distinct items, or no draw is `identifiable`.
    """
    published = tasks.published() if isinstance(tasks, Task) else None
    lines = None if published is None else list(published)
    for index in range(episodes):
        if lines is None and unwanted(index):  # of a published set every episode takes what the ones before left
            continue
        task = tasks.of_episode(seed, index)
        if given := task.given(shots, queries):
            yield _given(task, seed, index, *given, noise, noise_kind)
            continue
        seen: set[Hashable] = set()
        taken = [] if lines is None else _next_lines(task, lines, queries, seen, index)
        if lines is None:
            query_inputs = _distinct(task, _drawn(task, "queries", seed, index), "queries", queries, seen)
        else:
            query_inputs = [line.query for line in taken]
        demonstrations = [shot for line in taken for shot in line.shots]
        first = task.first_shots()
        again = (chain(first, _drawn(task, "shots", seed, index, *attempt)) for attempt in _attempts(identifiable))
        clean = _shots(task, [demonstrations] if demonstrations else again, shots, seen, index, identifiable)
        yield _episode(task, index, clean, query_inputs, noise, noise_kind, f"{seed}/{index}")


def _episode(
    task: Task, index: int, clean: tuple[Item, ...], queries: Sequence[Input], noise: float, noise_kind: str, seed: str
) -> Episode:
    """The episode of these shots, some with a wrong output if there is noise, and the rules that they leave open."""
    noisy, corrupted = corrupt(task, clean, noise, noise_kind, seed)
    if not (fitting := fitting_rules(task, noisy)):
        return Episode(task, index, noisy, _items(task, queries), None, None, None, corrupted)
    told = fitting[0], len(fitting), task.uncovered(noisy)
    return Episode(task, index, noisy, _items(task, queries), *told, corrupted, (*fitting,))


def _given(
    task: Task, seed: int, index: int, shots: Sequence[Input], queries: Sequence[Input], noise: float, noise_kind: str
) -> Episode:
    """An episode whose rule has a fixed set of cases and no family."""
    noisy, corrupted = corrupt(task, _items(task, shots), noise, noise_kind, f"{seed}/{index}")
    return Episode(task, index, noisy, _items(task, queries), None, None, None, corrupted)


def _attempts(identifiable: bool) -> Iterator[tuple[int, ...]]:
    """The suffix of the stream for each draw: none for the first, so it is the same with and without `identifiable`."""
    yield ()
    yield from ((attempt,) for attempt in range(1, _MOST_DRAWS if identifiable else 1))


def _drawn(task: Task, split: Split, *stream: int) -> Iterator[Input]:
    rng = Random("/".join(map(str, (task.name, split, *stream))))
    while True:
        yield task.draw(rng, split)


def _distinct(task: Task, inputs: Iterable[Input], split: Split, count: int, seen: set[Hashable]) -> list[Input]:
    """The first `count` inputs with new keys, or fewer if `inputs` ends; adds their keys to `seen`."""
    found: list[Input] = []
    redraws = 0
    for x in inputs if count else ():
        key = task.key(x)
        if key not in seen:
            seen.add(key)
            found.append(x)
            if len(found) == count:
                break
        elif (redraws := redraws + 1) > _MOST_REDRAWS:
            problem = f"{task.name} {task.variant} has too few distinct items for one episode; lower shots or queries"
            raise UsageError(split, problem)
    return found


def _next_lines(task: Task, lines: list[Published], count: int, seen: set[Hashable], index: int) -> list[Published]:
    """Take the next lines of a published set out of `lines`. A line whose item this episode has waits for a later one.

    So that the set is used whole, repeats and all, and no episode has an item twice.
    """
    taken: list[Published] = []
    waiting: list[Published] = []
    for line in lines:
        if len(taken) < count and (key := task.key(line.query)) not in seen:
            seen.add(key)
            taken.append(line)
        else:
            waiting.append(line)
    if len(taken) < count:
        problem = f"the published set of {task.name} {task.variant} is used up in episode {index}; lower it or episodes"
        raise UsageError(f"queries={count}", problem)
    lines[:] = waiting
    return taken


def _shots(
    task: Task, draws: Iterable[Iterable[Input]], count: int, seen: set[Hashable], index: int, identifiable: bool
) -> tuple[Item, ...]:
    """The first of these draws; if shots must be `identifiable`, the first that only one rule of the family fits."""
    if identifiable and not task.family():
        problem = f"{task.name} {task.variant} has no family of rules that shots could pin; leave it out"
        raise UsageError("identifiable=true", problem)
    for inputs in draws:
        shots = _items(task, _distinct(task, inputs, "shots", count, set(seen)))
        if len(shots) < count:
            problem = f"episode {index} has only {len(shots)} published demonstrations; lower it or raise queries"
            raise UsageError(f"shots={count}", problem)
        if not identifiable or len(fitting_rules(task, shots)) == 1:
            return shots
    problem = f"{count} shots of {task.name} {task.variant} do not pin the rule in episode {index}; raise shots"
    raise UsageError("identifiable=true", problem)


def _items(task: Task, inputs: Sequence[Input]) -> tuple[Item, ...]:
    return tuple(Item(x, task.rule.apply(x)) for x in inputs)


def fitting_rules(task: Task, shots: Sequence[Item]) -> list[Rule]:
    """The rules of the family that give the most shots right, the most plausible first; without shots all rules.

    A rule that gives all shots right and that the task has learned from them by its own algorithm comes before them.
    Empty for a task whose rules cannot be listed.
    """
    family = task.family()
    learned = task.learned(shots)
    own = [learned] if learned and all(_fits(learned, shot) for shot in shots) else []
    others = [rule for rule in family if rule.name != learned.name] if own and learned else family
    if fit_all := [*own, *(rule for rule in others if all(_fits(rule, shot) for shot in shots))]:
        return fit_all
    counts = [sum(_fits(rule, shot) for shot in shots) for rule in family]
    most = max(counts, default=0)
    return [rule for rule, count in zip(family, counts, strict=True) if count == most]


def _fits(rule: Rule, shot: Item) -> bool:
    return rule.apply(shot.input) == shot.expected
