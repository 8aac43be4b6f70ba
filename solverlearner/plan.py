"""Plan: what a run asks, and the calls that it takes."""

from collections.abc import Iterator
from dataclasses import dataclass

from solverlearner.episode import draw_episodes
from solverlearner.errors import check_choice, check_range
from solverlearner.model import Call
from solverlearner.prompt import Hint, render
from solverlearner.setting import Setting
from solverlearner.task import Task


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
    concurrency: int

    def __post_init__(self) -> None:
        check_range("episodes", self.episodes, 1, 1_000_000)
        check_range("shots", self.shots, 0, 1_000)
        check_range("queries", self.queries, 1, 10_000)
        check_range("concurrency", self.concurrency, 1, 4_096)
        check_choice("hint", self.hint, ("none", "domain", "strong"))

    @property
    def calls(self) -> int:
        """How many replies the run needs."""
        return self.episodes * sum(1 if setting.writes_program else self.queries for setting in self.settings)


def draw_calls(plan: Plan) -> Iterator[Call]:
    """Every call of a run, lazily, episode by episode, so that prompts with the same beginning follow each other."""
    task = plan.task
    episodes = draw_episodes(task, seed=plan.seed, episodes=plan.episodes, shots=plan.shots, queries=plan.queries)
    for episode in episodes:
        for setting in plan.settings:
            if setting.writes_program:
                yield Call(task, setting, episode, None, render(task, setting, episode, None, plan.hint))
                continue
            for index, query in enumerate(episode.queries):
                yield Call(task, setting, episode, index, render(task, setting, episode, query, plan.hint))
