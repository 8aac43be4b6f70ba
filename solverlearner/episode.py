"""Episode: one draw of shots and queries, the same for every setting, so that every comparison is paired."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from solverlearner.errors import UsageError
from solverlearner.task import Item, Rule, Split, Task

# Redraws before the draw is given up. A space of 1,000 items that has one left is missed with probability e^-20.
_MOST_REDRAWS = 20_000


@dataclass(frozen=True)
class Episode:
    """k shots and m queries without duplicates between or within them.

    `ideal` is the most plausible rule of the family that fits the shots: what a learner without weights would apply.
    `ambiguity` counts the rules that fit: 1 means that the shots pin the rule. Where a family is too large to list,
    `uncovered` says what the shots leave open.
    """

    index: int
    shots: tuple[Item, ...]
    queries: tuple[Item, ...]
    ideal: Rule | None
    ambiguity: int
    uncovered: str | None


def draw_episodes(task: Task, *, seed: int, episodes: int, shots: int, queries: int) -> Iterator[Episode]:
    """Episodes 0, 1, … of a task; each is a function of (task, seed, its index) alone.

    Queries are drawn first and from a stream of their own, so a sweep over shots keeps its queries, and more shots
    begin with the fewer ones. The streams do not know the variant, so variants of a family share items where they can.
    Raises: UsageError where the task has too few distinct items.
    """
    for index in range(episodes):
        seen: set[Hashable] = set()
        query_items = _draw(task, "queries", seed, index, queries, seen)
        shot_items = _draw(task, "shots", seed, index, shots, seen)
        fitting = fitting_rules(task, shot_items)
        ideal = fitting[0] if fitting else None
        yield Episode(index, shot_items, query_items, ideal, len(fitting), task.uncovered(shot_items))


def _draw(task: Task, split: Split, seed: int, index: int, count: int, seen: set[Hashable]) -> tuple[Item, ...]:
    rng = Random(f"{task.name}/{split}/{seed}/{index}")
    items: list[Item] = []
    redraws = 0
    while len(items) < count:
        x = task.draw(rng, split)
        key = task.key(x)
        if key not in seen:
            seen.add(key)
            items.append(Item(x, task.rule.apply(x)))
        elif (redraws := redraws + 1) > _MOST_REDRAWS:
            problem = f"{task.name} {task.variant} has too few distinct items for one episode; lower shots or queries"
            raise UsageError(split, problem)
    return tuple(items)


def fitting_rules(task: Task, shots: Sequence[Item]) -> list[Rule]:
    """The family's rules that give every shot its output, the most plausible first; all of them without shots."""
    return [rule for rule in task.family() if all(rule.apply(shot.input) == shot.expected for shot in shots)]
