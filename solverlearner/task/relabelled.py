"""Relabelled: a task whose items are written with other symbols, paired item by item with the usual one.

The task inside knows usual symbols alone: it draws, applies its rule and compares answers. Values are translated on
the way in and out. The texts of the task write symbols by `Task.signs`.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from random import Random

from solverlearner.errors import UsageError, check_choice
from solverlearner.task.contract import AskedSetting, Split, Task, Tasks, Told
from solverlearner.task.rule import JSON, Check, Input, Item, Rule
from solverlearner.task.symbols import SYMBOLS, Signs, Symbols

USUAL_INPUT = "usual_input"
"""The fact of a row that holds its input in usual symbols: runs that differ in symbols alone are paired by it."""

_PROBES = 30
_MOST_DRAWS = 20


def relabelled(tasks: Tasks, level: str, seed: int) -> Tasks:
    """The tasks with symbols of this level of `SYMBOLS`. The seed of the run decides which sign each symbol has.

    Raises: UsageError for a level that is none, and for a task that has no symbols or asks for published items.
    """
    check_choice("symbols", level, SYMBOLS)
    if level == "usual":
        return tasks
    first = tasks.of_episode(seed, 0)
    if not isinstance(first, Task) or (symbols := first.symbols) is None:
        problem = f"task={tasks.name} has no symbols that could be written in another way; leave symbols=usual"
        raise UsageError(f"symbols={level}", problem)
    if first.published() is not None:
        raise UsageError(f"symbols={level}", "published items are in usual symbols; leave out data or symbols")
    signs = _signs_of(first, symbols, level, seed)
    return Relabelled(tasks, signs) if isinstance(tasks, Task) else RelabelledTasks(tasks, signs)


def _signs_of(task: Task, symbols: Symbols, level: str, seed: int) -> Signs:
    """Drawn again while the hidden rule reads as the default world, as swapped names of a swapped compass would."""
    for attempt in range(_MOST_DRAWS):
        signs = symbols.signs(level, Random(f"{task.name}/symbols/{level}/{seed}/{attempt}"))
        found = Relabelled(task, signs)
        world = found.default_world
        if signs.novel or world is None or not found.same(found.rule, world):
            break
    return signs


class RelabelledTasks(Tasks):
    """Tasks of which every episode's is relabelled by the same signs."""

    def __init__(self, inner: Tasks, signs: Signs) -> None:
        self.inner, self.signs = inner, signs

    @property
    def name(self) -> str:  # type: ignore[override]
        """As inside."""
        return self.inner.name

    @property
    def most_episodes(self) -> int | None:
        """As inside."""
        return self.inner.most_episodes

    @property
    def variant(self) -> str:
        """As inside: the option `symbols` is a condition of the run."""
        return self.inner.variant

    def of_episode(self, seed: int, index: int) -> Task:
        """The relabelled task of the episode."""
        return Relabelled(self.inner.of_episode(seed, index), self.signs)

    @property
    def world(self) -> str | None:
        """As inside."""
        return self.inner.world

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """As inside."""
        self.inner.check_settings(settings)

    def notes(self) -> Iterable[str]:
        """As inside."""
        return self.inner.notes()

    @property
    def data_hash(self) -> str:
        """As inside."""
        return self.inner.data_hash


class Relabelled(RelabelledTasks, Task):
    """One relabelled task. Its inputs and outputs are as they are written; the task inside has the usual ones."""

    inner: Task

    def __init__(self, inner: Task, signs: Signs) -> None:
        super().__init__(inner.written_with(signs), signs)

    @property
    def role(self) -> str:  # type: ignore[override]
        """As inside."""
        return self.inner.role

    @property
    def free_text(self) -> bool:  # type: ignore[override]
        """As inside."""
        return self.inner.free_text

    @property
    def why_no_form(self) -> Mapping[str, str]:  # type: ignore[override]
        """As inside."""
        return self.inner.why_no_form

    @property
    def runs_rule(self) -> bool:  # type: ignore[override]
        """As inside."""
        return self.inner.runs_rule

    @property
    def typed(self) -> bool:  # type: ignore[override]
        """As inside."""
        return self.inner.typed

    @property
    def signature(self) -> str:
        """As inside."""
        return self.inner.signature

    @property
    def symbols(self) -> Symbols | None:
        """As inside."""
        return self.inner.symbols

    def of_episode(self, seed: int, index: int) -> Task:
        """The same in every episode."""
        return self

    def in_setting(self, setting: AskedSetting) -> Task:
        """The task inside as the setting asks about it."""
        there = self.inner.in_setting(setting)
        return self if there is self.inner else Relabelled(there, self.signs)

    @cached_property
    def rule(self) -> Rule:
        """The hidden rule on signs."""
        return _written(self.inner.rule, self.signs)

    @property
    def world(self) -> str | None:
        """The default world's name."""
        return self.default_world.name if self.default_world else None

    @cached_property
    def default_world(self) -> Rule | None:
        """What a model recites: with permuted symbols the usual meaning of the signs, else the default world on signs.

        Where the symbols have no usual meaning (`Symbols.means`), or it makes no difference, also on signs.
        """
        inside = self.inner.default_world
        if inside is None or self.signs.novel or not (self.symbols and self.symbols.means):
            return _written(inside, self.signs) if inside else None
        on_signs = _written(inside, self.signs)
        return on_signs if self.same(inside, on_signs) else replace(inside, name=f"{inside.name}, signs as usual")

    def family(self) -> Sequence[Rule]:
        """The family on signs, and first the default world if it is a rule of its own."""
        return self._family

    @cached_property
    def _family(self) -> Sequence[Rule]:
        family = [_written(rule, self.signs) for rule in self.inner.family()]
        world = self.default_world
        if not family or world is None or world.name in {rule.name for rule in family}:
            return family
        hidden = self.rule.name
        return [world, *(rule for rule in family if rule.name == hidden or not self.same(rule, world))]

    def same(self, rule: Rule, other: Rule) -> bool:
        """Whether two rules agree on some drawn inputs."""
        return all(rule.apply(x) == other.apply(x) for x in self._probes)

    @cached_property
    def _probes(self) -> list[Input]:
        rng = Random(f"{self.name}/symbols/probes")
        return [self.draw(rng, "shots") for _ in range(_PROBES)]

    def _usual(self, x: Input) -> Input:
        return tuple(map(self.signs.unwrite, x))

    def _shown(self, x: Input) -> Input:
        return tuple(map(self.signs.write, x))

    def alone(self) -> str | None:
        """As inside; None with novel signs, which mean nothing alone."""
        return None if self.signs.novel else self.inner.alone()

    def argued_for(self, x: Input) -> JSON:
        """As inside, on signs."""
        return self.signs.write(self.inner.argued_for(self._usual(x)))

    def item_facts(self, x: Input) -> dict[str, JSON]:
        """The facts inside, and the input in usual symbols."""
        usual = self._usual(x)
        return {**self.inner.item_facts(usual), USUAL_INPUT: list(usual)}

    def meaning(self, value: JSON) -> str:
        """As inside, of the value in usual symbols."""
        return self.inner.meaning(self.signs.unwrite(value))

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]] | None:
        """As inside, on signs."""
        found = self.inner.given(shots, queries)
        return None if found is None else ([*map(self._shown, found[0])], [*map(self._shown, found[1])])

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """As inside, on signs."""
        found = self.inner.uncovered(self._usual_items(shots))
        return None if found is None else self.signs(found)

    def _usual_items(self, shots: Sequence[Item]) -> list[Item]:
        return [Item(self._usual(shot.input), self.signs.unwrite(shot.expected)) for shot in shots]

    def learned(self, shots: Sequence[Item]) -> Rule | None:
        """As inside, on signs."""
        found = self.inner.learned(self._usual_items(shots))
        return _written(found, self.signs) if found else None

    def first_shots(self) -> Sequence[Input]:
        """Those inside, on signs."""
        return [*map(self._shown, self.inner.first_shots())]

    def draw(self, rng: Random, split: Split) -> Input:
        """The same inputs as inside, on signs."""
        return self._shown(self.inner.draw(rng, split))

    def key(self, x: Input) -> Hashable:
        """As inside."""
        return self.inner.key(self._usual(x))

    def load(self, stored: JSON) -> Input:
        """As inside, on signs."""
        return self._shown(self.inner.load(self.signs.unwrite(stored)))

    def checks(self, rng: Random) -> Sequence[Check]:
        """Those inside, with answers on signs."""
        return [self._check(check) for check in self.inner.checks(rng)]

    def _check(self, check: Check) -> Check:
        signs = self.signs
        return replace(
            check,
            expected=signs.write(check.expected),
            read=lambda text: signs.write(check.read(text)),
            equal=lambda expected, value: check.equal(signs.unwrite(expected), signs.unwrite(value)),
        )

    def framing(self, told: Told) -> str:
        """As inside."""
        return self.inner.framing(told)

    def paraphrases(self, told: Told) -> Sequence[str]:
        """As inside."""
        return self.inner.paraphrases(told)

    def specification(self) -> str:
        """As inside."""
        return self.inner.specification()

    def rule_domain(self) -> str:
        """As inside."""
        return self.inner.rule_domain()

    def rule_code(self) -> str | None:
        """The program inside with a translation of the signs around it."""
        code = self.inner.rule_code()
        return self.signs.program(code) if code else None

    def rule_table(self) -> str | None:
        """As inside."""
        return self.inner.rule_table()

    def rule_examples(self, rng: Random) -> Iterator[Input]:
        """Those inside, on signs."""
        return map(self._shown, self.inner.rule_examples(rng))

    def show(self, x: Input, told: Told) -> str:
        """As inside: it writes the signs that it is given."""
        return self.inner.show(x, told)

    def write(self, y: JSON) -> str:
        """As inside."""
        return self.inner.write(y)

    def literal(self, value: JSON) -> str:
        """As inside."""
        return self.inner.literal(value)

    def question(self, x: Input, told: Told) -> str:
        """As inside."""
        return self.inner.question(x, told)

    @property
    def invertible(self) -> bool:
        """As inside."""
        return self.inner.invertible

    @property
    def called(self) -> str:
        """As inside."""
        return self.inner.called

    def input_question(self, y: JSON) -> str:
        """As inside."""
        return self.inner.input_question(y)

    def input_limits(self) -> str:
        """As inside."""
        return self.inner.input_limits()

    def is_input(self, x: Input) -> bool:
        """As inside, of the input in usual symbols."""
        return self.inner.is_input(self._usual(x))

    def read_input(self, text: str, like: Input) -> Input | None:
        """As inside: an input as it is written."""
        return self.inner.read_input(text, like)

    @property
    def answer_format(self) -> str:
        """As inside."""
        return self.inner.answer_format

    def reply(self, y: JSON) -> str:
        """As inside."""
        return self.inner.reply(y)

    def read(self, text: str) -> JSON:
        """What the reader inside, which knows the signs, finds in usual symbols, as signs."""
        return self.signs.write(self.inner.read(text))

    def contract(self, told: Told) -> str:
        """As inside."""
        return self.inner.contract(told)

    def equal(self, expected: JSON, value: JSON) -> bool:
        """As inside, of both in usual symbols."""
        return self.inner.equal(self.signs.unwrite(expected), self.signs.unwrite(value))

    def credit(self, expected: JSON, value: JSON) -> float:
        """As inside, of both in usual symbols."""
        return self.inner.credit(self.signs.unwrite(expected), self.signs.unwrite(value))


@lru_cache(maxsize=50_000)
def _written(rule: Rule, signs: Signs) -> Rule:
    """The rule on signs. A family of another episode has the same rules."""

    def apply(x: Input) -> JSON:
        return signs.write(rule.apply(tuple(map(signs.unwrite, x))))

    return replace(rule, apply=apply, program=signs.program(rule.program))
