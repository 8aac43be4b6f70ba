"""Plan: the items and settings of a run, and the calls that it makes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import product
from random import Random

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode, draw_episodes
from solverlearner.design.inverse import asked_task
from solverlearner.design.learner import Known, Learner, Tried, checked_messages
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.noise import NOISE_KINDS
from solverlearner.design.prompt import EpisodePrompts, Hint, as_call, render, render_check
from solverlearner.design.prompt_options import OUR_PROMPTS, Prompts
from solverlearner.design.rule_statement import check_form
from solverlearner.design.setting import CHECK, RULE, SETTINGS, Setting
from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.models.question import Message
from solverlearner.task import Check, Task, Tasks

_MOST_FORMS = 100  # episodes whose rules are looked at before a run; a task refuses a form for all rules of a kind
_PLACEHOLDER = "(the rule that the model replied with)"


@dataclass(frozen=True)
class Plan:
    """The items and settings of a run: episodes of a task, each with shots and queries, and how they are asked.

    Raises: UsageError for values that are out of range or do not go together.
    """

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
    learner: LearnerOptions = field(default_factory=LearnerOptions)
    prompts: Prompts = OUR_PROMPTS

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
            problem = f"{self.task.name} {self.task.variant} has only {most}; episodes={most} asks all of them"
            raise UsageError(f"episodes={self.episodes}", problem)
        if most is not None and self.identifiable:
            raise UsageError("identifiable=true", f"{self.task.name} has no family of rules that shots could pin")

    def queries_in(self, episode: int) -> int:
        """How many queries an episode has: `queries`, or fewer where its rule has no further cases."""
        given = self.task.of_episode(self.seed, episode).given(self.shots, self.queries)
        return self.queries if given is None else len(given[1])

    def calls_in(self, episode: int) -> int:
        """How many completions an episode needs at most, comprehension checks apart."""
        queries = self.queries_in(episode)
        asked = sum(self.rounds_in(s) * (1 if s.writes_program else queries) for s in self.settings)
        return self.samples * (asked + self.states_rule)

    def rounds_in(self, setting: Setting) -> int:
        """How many calls a program or an answer takes at most in a setting, the rule in words apart."""
        learner = self.learner.of(setting)
        return learner.most_calls - learner.states_rule

    @property
    def states_rule(self) -> bool:
        """Whether each episode and sample has a call for a rule in words."""
        return any(self.learner.of(setting).states_rule for setting in self.settings)

    @property
    def one_after_another(self) -> bool:
        """Whether some call follows from the completion of another one."""
        return any(self.learner.of(setting).most_calls > 1 for setting in self.settings)

    @cached_property
    def calls(self) -> int:
        """How many completions the run needs; at most so many with a learner that may stop early."""
        asked: set[str] = set()
        alike = self.task.most_episodes is None  # then a million episodes need not be looked at one by one
        queries = self.episodes * self.calls_in(0) if alike else sum(map(self.calls_in, range(self.episodes)))
        return queries + sum(len(_fresh_checks(self, i, asked)) for i in range(self.episodes))

    def asked_in(self, setting: Setting, queries: int) -> Iterator[tuple[int | None, int]]:
        """Query and sample of each call in a setting, for an episode with this many queries.

        The query is None for a program or a rule in words, which serve all queries.
        """
        return product(range(queries) if setting.writes == "answer" else (None,), self.samples_of(setting))

    def samples_of(self, setting: Setting) -> range:
        """The numbers of a setting's samples; one that repeats another's prompts has draws of its own behind those."""
        first = self.samples if setting.draws_of else 0
        return range(first, first + self.samples)

    @property
    def spared(self) -> int:
        """How many of these calls a learner may leave out."""
        rounds = sum(self.rounds_in(setting) - 1 for setting in self.settings if setting.writes_program)
        return self.episodes * self.samples * rounds


def plan_episodes(plan: Plan, unwanted: Callable[[int], bool] = lambda index: False) -> Iterator[Episode]:
    """The episodes of a run without the `unwanted` ones, lazily."""
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


def check_settings(plan: Plan) -> None:
    """Refuse settings that the task does not have. Raises: UsageError."""
    task = plan.task
    for setting in plan.settings:
        if setting.only_for not in (None, task.name):
            raise UsageError(f"settings=[{setting.name}]", f"is a setting of task={setting.only_for} alone")
        if setting.nothing_told and task.of_episode(plan.seed, 0).alone() is None:
            problem = f"{task.name} has no question that can be asked with nothing told (Task.alone gives None)"
            raise UsageError(f"settings=[{setting.name}]", f"{problem}; leave it out, and persuasion=true")
        if setting.asks == "input" and not task.of_episode(plan.seed, 0).invertible:
            problem = f"{task.name} {task.variant} has no question for an input (Task.input_question); leave it out"
            raise UsageError(f"settings=[{setting.name}]", problem)
    task.check_settings(plan.settings)
    _check_rule_form(plan)


def _check_rule_form(plan: Plan) -> None:
    """Raises: UsageError for a form that the rule does not have, or that no prompt shows."""
    form = plan.prompts.rule_form
    if form == "words":
        return
    one_rule = isinstance(plan.task, Task)
    for index in range(1 if one_rule else min(plan.episodes, _MOST_FORMS)):
        check_form(plan.task.of_episode(plan.seed, index), form)
    if not (plan.checks or any(setting.rule_given for setting in plan.settings)):
        stating = ", ".join(setting.name for setting in SETTINGS.values() if setting.rule_given)
        raise UsageError(f"rule_form={form}", f"no setting states the rule: add {stating} to settings, or leave it out")


def draw_calls(plan: Plan, unwanted: Callable[[int], bool] = lambda index: False) -> Iterator[Call]:
    """All calls of a run, lazily, episode by episode, so that prompts with the same beginning follow each other.

    The `unwanted` episodes are not drawn. A run with checks draws all, because a question is asked only the first time.
    """
    asked: set[str] = set()
    for episode in plan_episodes(plan) if plan.checks else plan_episodes(plan, unwanted):
        for setting in plan.settings:
            yield from setting_calls(plan, setting, episode)
        for number, check in _fresh_checks(plan, episode.index, asked):
            yield check_call(plan, episode, number, check)


def setting_calls(plan: Plan, setting: Setting, episode: Episode) -> Iterator[Call]:
    """The calls of one episode in one setting: one for a program, else one for each query, all once per sample.

    `Call.needs` gives the call that comes before, `Call.next` the one that follows from a completion.
    """
    learner, prompts = plan.learner.of(setting), plan.prompts.in_episode(plan.seed, episode.index)
    task, known_of = asked_task(episode, setting), _known(plan, setting, episode, prompts)
    for index in (None,) if setting.writes_program else range(len(episode.queries)):
        known = known_of(index)
        prompt = partial(_prompt, learner, known)
        for sample in plan.samples_of(setting):
            wording = prompts.number
            yield Call(task, setting, episode, index, prompt, None, sample, learner, known, wording=wording)


def _known(plan: Plan, setting: Setting, episode: Episode, prompts: Prompts) -> Callable[[int | None], Known]:
    """Gives the shots and the prompts for a query, or for a program; they hold no output of a query."""
    told, templates = plan.noise_told, prompts.templates
    texts = EpisodePrompts(setting, episode, plan.hint, told, prompts)
    rule_prompt = partial(render, RULE, episode, None, plan.hint, noise_told=told, prompts=prompts)
    call, about = partial(as_call, episode.task), prompts.about_thought(setting, told_apart=True)

    def known(index: int | None) -> Known:
        prompt = partial(texts.messages, None if index is None else episode.queries[index])
        return Known(episode.shots, prompt, rule_prompt, call, episode.task.literal, told, templates, about)

    return known


def _prompt(learner: Learner, known: Known) -> list[Message]:
    """The prompt of the first round, with a placeholder for the rule in words that has no completion yet."""
    if not learner.states_rule:
        return checked_messages(learner, learner.first(known))
    return checked_messages(learner, learner.next(known, [Tried([], _PLACEHOLDER, None, ())]))


def check_call(plan: Plan, episode: Episode, number: int, check: Check) -> Call:
    """The call of one comprehension check; `number` is its position in the episode."""
    prompts = plan.prompts.in_episode(plan.seed, episode.index)
    prompt = partial(render_check, episode, check, prompts)
    return Call(episode.task, CHECK, episode, number, prompt, check, wording=prompts.number)


def draw_checks(plan: Plan, index: int) -> list[tuple[int, Check]]:
    """One episode's comprehension checks, numbered."""
    rng = Random(f"{plan.task.name}/checks/{plan.seed}/{index}")
    return [*enumerate(plan.task.of_episode(plan.seed, index).checks(rng))]


def _fresh_checks(plan: Plan, index: int, asked: set[str]) -> list[tuple[int, Check]]:
    """The checks whose question no earlier episode asked; adds their questions to `asked`."""
    fresh = [(n, check) for n, check in draw_checks(plan, index) if check.question not in asked] if plan.checks else []
    asked.update(check.question for _, check in fresh)
    return fresh
