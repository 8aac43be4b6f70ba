"""Plan: what a run asks, and the calls that it takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random

from solverlearner.episode import Episode, draw_episodes
from solverlearner.errors import check_choice, check_range
from solverlearner.model import Call
from solverlearner.noise import KINDS
from solverlearner.prompt import Hint, render, render_check
from solverlearner.setting import CHECK, Setting
from solverlearner.task import Check, Task


@dataclass(frozen=True)
class Plan:
    """What a run asks: so many episodes of a task, each with its shots and queries, in these settings."""

    task: Task
    settings: tuple[Setting, ...]
    episodes: int
    shots: int
    queries: int
    seed: int
    hint: Hint
    noise: float = 0.0
    noise_kind: str = "default"
    noise_told: bool = False
    identifiable: bool = False
    checks: bool = False
    samples: int = 1

    def __post_init__(self) -> None:
        check_range("episodes", self.episodes, 1, 1_000_000)
        check_range("shots", self.shots, 0, 1_000)
        check_range("queries", self.queries, 1, 10_000)
        check_range("samples", self.samples, 1, 1_000)
        check_range("noise", self.noise, 0, 1)
        check_choice("hint", self.hint, ("none", "domain", "strong"))
        check_choice("noise_kind", self.noise_kind, KINDS)

    @property
    def calls_an_episode(self) -> int:
        """How many replies an episode needs, comprehension checks apart."""
        return self.samples * sum(1 if setting.writes_program else self.queries for setting in self.settings)

    @cached_property
    def calls(self) -> int:
        """How many replies the run needs."""
        asked: set[str] = set()
        return self.episodes * self.calls_an_episode + sum(
            len(_fresh_checks(self, i, asked)) for i in range(self.episodes)
        )


def plan_episodes(plan: Plan, unwanted: Callable[[int], bool] = lambda index: False) -> Iterator[Episode]:
    """The episodes of a run but for the `unwanted`, lazily."""
    return draw_episodes(
        plan.task,
        seed=plan.seed,
        episodes=plan.episodes,
        shots=plan.shots,
        queries=plan.queries,
        noise=plan.noise,
        noise_kind=plan.noise_kind,
        identifiable=plan.identifiable,
        unwanted=unwanted,
    )


def draw_calls(plan: Plan, unwanted: Callable[[int], bool] = lambda index: False) -> Iterator[Call]:
    """Every call of a run, lazily, episode by episode, so that prompts with the same beginning follow each other.

    Episodes that are `unwanted` are not even drawn, unless the run asks checks, which go by the episodes before.
    """
    asked: set[str] = set()
    for episode in plan_episodes(plan) if plan.checks else plan_episodes(plan, unwanted):
        for setting in plan.settings:
            yield from setting_calls(plan, setting, episode)
        for number, check in _fresh_checks(plan, episode.index, asked):
            yield check_call(plan, episode, number, check)


def setting_calls(plan: Plan, setting: Setting, episode: Episode) -> Iterator[Call]:
    """The calls of one episode in one setting: one for a program, else one a query; each once a sample."""
    queries: tuple[int | None, ...] = (None,) if setting.writes_program else tuple(range(len(episode.queries)))
    for index in queries:
        query = None if index is None else episode.queries[index]
        prompt = partial(render, plan.task, setting, episode, query, plan.hint, noise_told=plan.noise_told)
        for sample in range(plan.samples):
            yield Call(plan.task, setting, episode, index, prompt, sample=sample)


def check_call(plan: Plan, episode: Episode, number: int, check: Check) -> Call:
    """The call of one comprehension check; `number` is its place in its episode."""
    return Call(plan.task, CHECK, episode, number, partial(render_check, plan.task, check), check)


def draw_checks(plan: Plan, index: int) -> list[tuple[int, Check]]:
    """One episode's comprehension checks, numbered."""
    return [*enumerate(plan.task.checks(Random(f"{plan.task.name}/checks/{plan.seed}/{index}")))]


def _fresh_checks(plan: Plan, index: int, asked: set[str]) -> list[tuple[int, Check]]:
    """Of these the ones whose question no earlier episode asked: a rule stated the same way needs no second reply."""
    fresh = [(n, check) for n, check in draw_checks(plan, index) if check.question not in asked] if plan.checks else []
    asked.update(check.question for _, check in fresh)
    return fresh
