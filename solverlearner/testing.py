"""Testing: what every task promises, checked for a task of one's own. With pytest, a whole test of a task is

    from solverlearner.testing import check_task

    def test_the_task_keeps_its_promises():
        check_task(MyTask())

The promises are those that this project's own tasks are tested for.
"""

import asyncio
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast, get_args

from solverlearner.design.episode import Episode, draw_episodes
from solverlearner.design.inverse import Inverse
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.prompt import Hint
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError, told
from solverlearner.evaluation.contract_check import checked_task
from solverlearner.evaluation.loop import score_call
from solverlearner.evaluation.row_schema import Row
from solverlearner.execution.answer_reader import Outcome
from solverlearner.execution.executor import Executor
from solverlearner.task import Input, Item, Rule, Task, Told
from solverlearner.task.contract_probe import probe_task
from solverlearner.task.relabelled import Relabelled, relabelled
from solverlearner.task.symbols import OTHER_SYMBOLS

__all__ = [
    "PROMISES",
    "TaskTrial",
    "check_task",
    "names_are_written_in_signs",
    "program_outcomes",
    "rule_as_code",
    "scripted_rows",
]

_NO_ANSWER = "I do not know."
_NEVER_RIGHT: tuple[Any, ...] = (None, True, [], {}, 0.5)
_SHOWN = 3
"""How many problems of one promise a failed check lists."""


def check_task(task: Task, *, shots: int = 8, queries: int = 4) -> None:
    """Check that a task keeps every promise of a task.

    Two episodes of `queries` queries and `shots` shots are drawn; a task with few distinct inputs needs smaller
    numbers. The rule's programs run in the executor, on the machine's own protections.

    Raises: AssertionError that names each broken promise, the part of the class, what it must give and what it gave.
    """
    __tracebackhide__ = True
    try:
        checked_task(task)
        probe_task(task)
        problems = [*_problems(TaskTrial(task, shots=shots, queries=queries))]
        problems += [] if problems else _in_other_symbols(task, shots, queries)
    except UsageError as error:
        problems = [str(error)]
    if problems:
        listed = "\n".join(f"- {each}" for each in problems)
        raise AssertionError(f"{type(task).__name__} breaks the contract of a task (docs/adding-a-task.md):\n{listed}")


@dataclass
class TaskTrial:
    """A task with the size of the episodes that it is tried on."""

    task: Task
    shots: int = 8
    queries: int = 4
    episodes: int = 2
    _drawn: dict[int, list[Episode]] = field(default_factory=dict, repr=False)

    @property
    def sizes(self) -> dict[str, Any]:
        """The size as keyword arguments."""
        return {"episodes": self.episodes, "shots": self.shots, "queries": self.queries}

    def drawn(self, seed: int = 0) -> list[Episode]:
        """The episodes of a seed. Raises: UsageError where the task has too few distinct inputs."""
        if seed not in self._drawn:
            self._drawn[seed] = [*draw_episodes(self.task, seed=seed, **self.sizes)]
        return self._drawn[seed]

    def items(self, seed: int = 0) -> list[Item]:
        """The shots and queries of these episodes."""
        return [item for episode in self.drawn(seed) for item in (*episode.shots, *episode.queries)]

    def plan(self, settings: Sequence[str], hint: Any = "domain") -> Plan:
        """A run of the task in these settings."""
        return Plan(self.task, parse_settings(settings), seed=0, hint=hint, **self.sizes)


def items_follow_from_the_seed(trial: TaskTrial) -> Iterator[str]:
    """The same seed gives the same items, by `rng.random()` alone, and another seed gives others."""
    again = TaskTrial(trial.task, **trial.sizes)
    if trial.items() != again.items():
        yield "draw: the same seed must give the same inputs; draw with rng alone, and keep no state"
    try:
        for split in ("shots", "queries"):
            trial.task.draw(_OnlyRandom(0), split)
    except _OtherDrawError:
        example = "pick(rng, items) and shuffled(rng, items) of solverlearner.task, or int(rng.random() * 10)"
        yield f"draw: must use rng.random() alone, the one method that gives the same on every Python; use {example}"
    if trial.shots > 1 and trial.items() == trial.items(1) and not trial.task.published():
        yield "draw: another seed must give other inputs"


def no_item_comes_twice(trial: TaskTrial) -> Iterator[str]:
    """No input comes twice in an episode, as `key` tells inputs apart."""
    for episode in trial.drawn(3):
        keys = [trial.task.key(item.input) for item in (*episode.shots, *episode.queries)]
        if len(set(keys)) < len(keys):
            yield f"key: an input comes twice in an episode, of {len(keys)} keys {len(set(keys))} are different"


def items_survive_json(trial: TaskTrial) -> Iterator[str]:
    """An input and its output are the same after they were stored, and the rule gives the same output again."""
    for item in trial.items():
        stored, expected = json.loads(json.dumps([list(item.input), item.expected]))
        if trial.task.load(stored) != item.input:
            yield f"load: must give {item.input!r} for the stored {stored!r}; it gave {trial.task.load(stored)!r}"
        elif expected != item.expected:
            yield f"rule.apply: its output {item.expected!r} comes back from JSON as {expected!r}; give plain values"
        elif trial.task.rule.apply(item.input) != item.expected:
            yield f"rule.apply: must give the same output each time, and does not for {item.input!r}"


def replies_are_read(trial: TaskTrial) -> Iterator[str]:
    """What a reply says is read and counts as right; another value counts as wrong; where nothing is said, None."""
    task = trial.task
    items = trial.items()
    for item in items:
        text = f"So.\n{task.reply(item.expected)}"
        if not task.equal(item.expected, read := task.read(text)):
            yield f"read: must find {item.expected!r} in {text!r}; it gave {read!r}"
    if (read := task.read(_NO_ANSWER)) is not None:
        yield f"read: must give None for {_NO_ANSWER!r}, which has no answer; it gave {read!r}"
    expected = items[0].expected
    others = [*_NEVER_RIGHT, *(item.expected for item in items)]
    for value in others:
        wrong = type(value) is not type(expected) or value != expected
        if wrong and task.equal(expected, value) and not _same_number(expected, value):
            yield f"equal: {value!r} must not count as {expected!r}"


def checks_are_read(trial: TaskTrial) -> Iterator[str]:
    """Comprehension checks, where there are any, are read in their own format."""
    for check in trial.task.checks(Random(0)):
        text = f"Well: {check.reply(check.expected)}"
        if not check.equal(check.expected, read := check.read(text)):
            yield f"checks: read must find {check.expected!r} in {text!r}; it gave {read!r}"
        if (read := check.read(_NO_ANSWER)) is not None:
            yield f"checks: read must give None for {_NO_ANSWER!r}; it gave {read!r}"
        if check.equal(check.expected, "x y z"):
            yield f"checks: equal counts 'x y z' as {check.expected!r}"


def the_family_holds_its_rules(trial: TaskTrial) -> Iterator[str]:
    """The family holds the rule once and the default world, and no two of its rules have one name."""
    names, default = [rule.name for rule in trial.task.family()], trial.task.default_world
    if not names:
        return
    if (times := names.count(trial.task.rule.name)) != 1:
        yield f"family: must hold the rule {trial.task.rule.name!r} once, and holds it {times} times"
    if default and default.name not in names:
        yield f"family: must hold the default world, {default.name!r}"
    if twice := sorted({name for name in names if names.count(name) > 1}):
        yield f"family: two rules have the name {twice[0]!r}"


def prompts_give_nothing_away(trial: TaskTrial) -> Iterator[str]:
    """A prompt that shows examples neither states the rule nor answers the query."""
    task = trial.task
    hints: tuple[Hint, ...] = get_args(Hint)
    for hint in hints:
        for call in draw_calls(trial.plan(["io", "solverlearner"], hint)):
            text = call.messages[0]["content"]
            if task.framing("rule") in text:
                yield f"framing({hint!r}): must not hold what framing('rule') says, the rule in words"
            shots = {task.show(shot.input, hint) for shot in call.episode.shots}
            if both := shots & {task.show(item.input, hint) for item in call.items}:
                yield f"show({hint!r}): a query reads like a shot, {sorted(both)[0]!r}; two inputs must have two texts"
            question = task.question(call.items[0].input, hint)
            if (question in text) is (call.query is None):
                must = "stand in no prompt for a program" if call.query is None else "be the question of the prompt"
                yield f"question({hint!r}): {question!r} must {must}"


def rule_forms_tell_it_as_they_should(trial: TaskTrial) -> Iterator[str]:
    """The sentence on the domain tells nothing of the rule; a table has rows and is no copy of the words."""
    task = trial.task
    words, domain, table = task.framing("rule"), task.rule_domain(), task.rule_table()
    if words in domain:
        yield "rule_domain: must not hold what framing('rule') says, the rule in words"
    if table is not None:
        if table.count("\n|") < 3:
            yield "rule_table: must be a sentence, an empty line and text_table(header, rows), with a row or more"
        if words in table:
            yield "rule_table: must not hold what framing('rule') says, the rule in words"
    examples = itertools.islice(task.rule_examples(Random(0)), 2)
    if none := [x for x in examples if task.rule.apply(x) is None]:
        yield f"rule_examples: must give inputs that the rule covers, and gives {none[0]!r}"


def names_are_written_in_signs(trial: TaskTrial) -> Iterator[str]:
    """No text of a task in novel signs has a name that is a symbol: whatever names one is written by `signs`."""
    task = trial.task
    symbols = task.symbols
    if symbols is None or not symbols.words or not isinstance(task, Relabelled) or not task.signs.novel:
        return
    x = trial.items()[0].input
    texts = {f"framing({told_as!r})": task.framing(told_as) for told_as in get_args(Told)}
    texts |= {"contract('rule')": task.contract("rule"), "question": task.question(x, "rule")}
    texts |= {"show": task.show(x, "rule"), "answer_format": task.answer_format}
    texts |= {"rule_domain": task.rule_domain(), "rule_table": task.rule_table() or ""}
    for part, text in texts.items():
        for name in symbols.usual:
            if re.search(rf"\b{re.escape(name)}\b", text, re.IGNORECASE):
                yield f"{part}: must write {name!r} as self.signs({name!r}), and has the usual name in {text!r}"


def inputs_are_asked_for_and_read(trial: TaskTrial) -> Iterator[str]:
    """Where a task can be asked for inputs, each drawn one is read from a reply and counts, and nothing else does."""
    if not trial.task.invertible:
        return
    for episode in trial.drawn():
        backwards = Inverse(trial.task, episode.queries)
        for item in map(backwards.asked, episode.queries):
            text = f"So.\n{backwards.reply(item.expected)}"
            if not backwards.equal(item.expected, read := backwards.read(text)):
                yield f"read_input and is_input: must find and take {item.expected!r} in {text!r}; they gave {read!r}"
            if wrong := [each for each in _NEVER_RIGHT if backwards.equal(item.expected, each)]:
                yield f"is_input: {wrong[0]!r} must not count as an input whose output is {item.input[0]!r}"
        if (read := backwards.read(_NO_ANSWER)) is not None:
            yield f"read_input: must give None for {_NO_ANSWER!r}, which has no answer; it gave {read!r}"


PROMISES: tuple[Callable[[TaskTrial], Iterator[str]], ...] = (
    items_follow_from_the_seed,
    no_item_comes_twice,
    items_survive_json,
    replies_are_read,
    checks_are_read,
    the_family_holds_its_rules,
    prompts_give_nothing_away,
    rule_forms_tell_it_as_they_should,
    inputs_are_asked_for_and_read,
)
"""The promises that need no program to run. Each gives a line for every way in which a task breaks it."""


async def scripted_rows(trial: TaskTrial, behaviour: str, executor: Executor) -> list[Row]:
    """The rows of a scripted model with this behaviour, in all settings."""
    model, rows = Scripted(behaviour), list[Row]()
    for call in draw_calls(trial.plan([*SETTINGS])):
        rows += await score_call(0, model.name, call, await model.ask(call), executor)
    return rows


def rule_as_code(task: Task) -> list[Rule]:
    """The rule with the program that prompts state it as (`rule_form=code`); an empty list where the task has none."""
    code = task.rule_code()
    return [] if code is None else [Rule(f"{task.rule.name}, as rule_code gives it", task.rule.apply, code)]


async def program_outcomes(programs: dict[str, list[Input]], executor: Executor) -> dict[str, list[Outcome]]:
    """The outcomes of programs on their inputs, by program."""
    found = await asyncio.gather(*(executor.run(program, inputs) for program, inputs in programs.items()))
    return dict(zip(programs, found, strict=True))


def _problems(trial: TaskTrial) -> Iterator[str]:
    for promise in PROMISES:
        yield from [*dict.fromkeys(_kept(promise, trial))][:_SHOWN]
    yield from [*dict.fromkeys(asyncio.run(_of_programs(trial)))][: 2 * _SHOWN]


def _in_other_symbols(task: Task, shots: int, queries: int) -> Iterator[str]:
    """The same promises for the task in other symbols, where it has any."""
    if task.symbols is None or isinstance(task, Relabelled) or task.published() is not None:
        return
    for level in OTHER_SYMBOLS:
        trial = TaskTrial(cast(Task, relabelled(task, level, 0)), shots=shots, queries=queries)
        yield from (
            f"symbols={level}: {line}" for line in (*_problems(trial), *_kept(names_are_written_in_signs, trial))
        )


def _kept(promise: Callable[[TaskTrial], Iterator[str]], trial: TaskTrial) -> Iterator[str]:
    try:
        yield from promise(trial)
    except UsageError:
        raise
    except Exception as error:
        yield f"{promise.__name__}: the task's own code raised {told(error)}"


async def _of_programs(trial: TaskTrial) -> list[str]:
    """What programs of rules give, against their `apply`; and whether a model that knows the rule is always right."""
    inputs = [item.input for item in trial.items()]
    rules = {rule.program: rule for rule in (*rule_as_code(trial.task), trial.task.rule, *trial.task.family())}
    covered = {program: [x for x in inputs if rule.apply(x) is not None] for program, rule in rules.items()}
    async with Executor(workers=2) as executor:
        outcomes = await program_outcomes({program: xs for program, xs in covered.items() if xs}, executor)
        problems = [
            line
            for program, found in outcomes.items()
            for line in _differences(rules[program], covered[program], found)
        ]
        rows = [] if problems else await scripted_rows(trial, "ideal", executor)
    wrong = [row for row in rows if not row.correct and (SETTINGS[row.setting].rule_given or row.ambiguity == 1)]
    return problems or [
        f"{row.setting}: a model that knows the rule must be right, and gives {row.value!r} for {row.input!r}, where "
        f"{row.expected!r} is expected ({row.status})"
        for row in wrong
    ]


def _differences(rule: Rule, inputs: Sequence[Input], outcomes: Sequence[Outcome]) -> Iterator[str]:
    for x, outcome in zip(inputs, outcomes, strict=True):
        if outcome.status != "ok":
            yield f"program of rule {rule.name!r}: fails for {x!r}: {outcome.message or outcome.status}"
            return
        if outcome.value != (expected := rule.apply(x)):
            yield f"program of rule {rule.name!r}: gives {outcome.value!r} for {x!r}, and its apply {expected!r}"
            return


def _same_number(one: Any, other: Any) -> bool:
    numbers = isinstance(one, int | float) and isinstance(other, int | float)
    return numbers and not isinstance(one, bool) and not isinstance(other, bool) and one == other


class _OtherDrawError(Exception):
    """Another method than `random` was asked for a number."""


class _OnlyRandom(Random):
    """A generator whose other methods, all of which draw bits, raise an error."""

    def getrandbits(self, k: int) -> int:
        raise _OtherDrawError
