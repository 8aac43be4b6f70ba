"""Plan: what a run asks, and the calls that it takes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import product
from random import Random

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode, draw_episodes
from solverlearner.design.feedback import ask_again
from solverlearner.design.learner import AT_ONCE, Learner, refines
from solverlearner.design.noise import NOISE_KINDS
from solverlearner.design.prompt import Hint, render, render_check
from solverlearner.design.setting import APPLY_OWN_RULE, CHECK, RULE, Setting
from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.models.question import Message
from solverlearner.task import Check, Item, Tasks

_PLACEHOLDER = "(the rule that the model replied with)"


@dataclass(frozen=True)
class Plan:
    """What a run asks: so many episodes of a task, each with its shots and queries, in these settings."""

    task: Tasks
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
    learner: Learner = AT_ONCE

    def __post_init__(self) -> None:
        check_range("episodes", self.episodes, 1, 1_000_000)
        check_range("shots", self.shots, 0, 1_000)
        check_range("queries", self.queries, 1, 10_000)
        check_range("samples", self.samples, 1, 1_000)
        check_range("noise", self.noise, 0, 1)
        check_choice("hint", self.hint, ("none", "domain", "strong"))
        check_choice("noise_kind", self.noise_kind, NOISE_KINDS)
        self.learner.check(self.settings, self.shots)
        most = self.task.most_episodes
        if most is not None and self.episodes > most:
            raise UsageError(
                f"episodes={self.episodes}", f"{self.task.name} {self.task.variant} has only {most}; lower it"
            )
        if most is not None and self.identifiable:
            raise UsageError("identifiable=true", f"{self.task.name} has no family of rules that shots could pin")

    def queries_in(self, episode: int) -> int:
        """How many queries an episode has: `queries`, or fewer where its rule has no further cases."""
        given = self.task.of_episode(self.seed, episode).given(self.shots, self.queries)
        return self.queries if given is None else len(given[1])

    def calls_in(self, episode: int) -> int:
        """How many replies an episode needs at most, comprehension checks apart."""
        queries = self.queries_in(episode)
        asked = sum(self.learner.rounds(s) if s.writes_program else queries for s in self.settings)
        return self.samples * (asked + self.learner.states_rule)

    @cached_property
    def calls(self) -> int:
        """How many replies the run needs; with a learner that may stop early, at most."""
        asked: set[str] = set()
        alike = self.task.most_episodes is None  # then a million episodes need not be looked at one by one
        queries = self.episodes * self.calls_in(0) if alike else sum(map(self.calls_in, range(self.episodes)))
        return queries + sum(len(_fresh_checks(self, i, asked)) for i in range(self.episodes))

    def asked_in(self, setting: Setting, queries: int) -> Iterator[tuple[int | None, int]]:
        """Query and sample of each call in a setting, of an episode with so many queries; None stands for all."""
        at_once = setting.writes_program or setting == RULE
        return product((None,) if at_once else range(queries), range(self.samples))

    @property
    def spared(self) -> int:
        """How many of these calls a learner may make none of."""
        rounds = sum(self.learner.rounds(setting) - 1 for setting in self.settings if setting.writes_program)
        return self.episodes * self.samples * rounds


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
    """The calls of one episode in one setting: one for a program, else one a query; each once a sample.

    What a call needs to be asked before, and what may be asked after it, hangs on it (`Call.needs`, `Call.next`).
    """
    queries: tuple[int | None, ...] = (None,) if setting.writes_program else tuple(range(len(episode.queries)))
    by_rule = plan.learner.states_rule and (refines(setting) or setting == APPLY_OWN_RULE)
    again = partial(ask_again, episode, plan.noise_told) if refines(setting) else None
    for index in queries:
        query = None if index is None else episode.queries[index]
        prompt = _prompt(plan, setting, episode, query)
        for sample in range(plan.samples):
            call = Call(episode.task, setting, episode, index, prompt, None, sample, plan.learner, again=again)
            yield _by_rule(plan, call, query) if by_rule else call


def _by_rule(plan: Plan, call: Call, query: Item | None) -> Call:
    """The call as it is asked where a rule in words comes first."""

    def given(rule: str) -> list[Message]:
        return render(call.setting, call.episode, query, plan.hint, own_rule=rule)

    rule = _prompt(plan, RULE, call.episode, None)
    needs = Call(call.task, RULE, call.episode, None, rule, None, call.sample, plan.learner)
    return replace(call, prompt=partial(given, _PLACEHOLDER), needs=needs, given=given)


def _prompt(plan: Plan, setting: Setting, episode: Episode, query: Item | None) -> Callable[[], list[Message]]:
    return partial(render, setting, episode, query, plan.hint, noise_told=plan.noise_told)


def check_call(plan: Plan, episode: Episode, number: int, check: Check) -> Call:
    """The call of one comprehension check; `number` is its place in its episode."""
    return Call(episode.task, CHECK, episode, number, partial(render_check, episode.task, check), check)


def draw_checks(plan: Plan, index: int) -> list[tuple[int, Check]]:
    """One episode's comprehension checks, numbered."""
    rng = Random(f"{plan.task.name}/checks/{plan.seed}/{index}")
    return [*enumerate(plan.task.of_episode(plan.seed, index).checks(rng))]


def _fresh_checks(plan: Plan, index: int, asked: set[str]) -> list[tuple[int, Check]]:
    """Of these the ones whose question no earlier episode asked: a rule stated the same way needs no second reply."""
    fresh = [(n, check) for n, check in draw_checks(plan, index) if check.question not in asked] if plan.checks else []
    asked.update(check.question for _, check in fresh)
    return fresh
