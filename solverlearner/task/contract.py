"""Task: a hidden mapping function, the words for it, and the rules that a learner could confuse with it.

A task is a pure function of its own fields: it draws inputs from a generator it is handed, applies its rule, states
it, and reads an answer. A new one is one module in `tasks/` and one YAML in `conf/task/`. Modules in `tasks/` import
this module and the standard library, nothing else.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from random import Random
from typing import ClassVar, Literal, Protocol, Self, TypeVar

from solverlearner.errors import UsageError, check_choice, check_range
from solverlearner.task.argument_reader import read_arguments
from solverlearner.task.boxed import bare, is_placeholder, last_boxed, last_part, read_boxed, words_in
from solverlearner.task.code_blocks import code_blocks
from solverlearner.task.latex import plain_characters, plain_text
from solverlearner.task.rule import JSON, Check, Input, Item, Published, Rule
from solverlearner.task.rule_form import RULE_FORMS, RuleForm, text_table
from solverlearner.task.symbols import USUAL, Signs, Symbols

__all__ = [
    "JSON", "RULE_FORMS", "AskedSetting", "Check", "Input", "Item", "Published", "Rule", "RuleForm", "Signs", "Split",
    "Symbols", "Task", "Tasks", "Told", "UsageError", "bare", "check_choice", "check_range", "code_blocks",
    "is_placeholder", "last_boxed", "last_part", "pick", "plain_characters", "plain_text", "read_boxed", "shuffled",
    "text_table", "words_in",
]  # fmt: skip

Told = Literal["rule", "none", "domain", "strong"]
"""How much of the rule a prompt states: all of it, nothing, its domain, or its family."""

Split = Literal["shots", "queries"]

T = TypeVar("T")


class AskedSetting(Protocol):
    """The facts about a setting that a task may use: its name, and the options that decide a prompt."""

    @property
    def name(self) -> str:
        """As in the option `settings`."""
        ...

    @property
    def rule_given(self) -> bool:
        """Whether the prompt states the rule."""
        ...

    @property
    def shots_shown(self) -> bool:
        """Whether the prompt shows the shots."""
        ...

    @property
    def writes_program(self) -> bool:
        """Whether the model writes a program; else it gives the answer itself."""
        ...

    @property
    def asks(self) -> str:
        """What is unknown in a query: "output" or "input"."""
        ...


class Tasks(ABC):
    """The subject of a run: one task for all episodes (a `Task` itself), or another task in each episode."""

    name: ClassVar[str]

    query_options: ClassVar[tuple[str, ...]] = ()
    """The options that change the queries alone and leave rule and shots as they are, as `query_digits` of `arith`.

    Tables keep runs apart that differ in one of them, and show them as one variant.
    """

    later_options: ClassVar[Mapping[str, JSON]] = {}
    """The options that came after the first runs of the task, with their defaults.

    At its default such an option is no part of the name of a run's folder, so that earlier runs keep their folders.
    """

    @property
    def most_episodes(self) -> int | None:
        """How many episodes there are, None where they are drawn without end."""
        return None

    @property
    @abstractmethod
    def variant(self) -> str:
        """Short name of this setting of the options, unique within the task: "base-9"."""

    @abstractmethod
    def of_episode(self, seed: int, index: int) -> "Task":
        """The task whose rule the episode hides."""

    @property
    @abstractmethod
    def world(self) -> str | None:
        """Name of the default world; None without one."""

    def check_settings(self, settings: Sequence[AskedSetting]) -> None:
        """Refuse settings in which some episode cannot be asked. Raises: UsageError."""
        return

    def notes(self) -> Iterable[str]:
        """Remarks on the data that a reader of the scores needs, one sentence each."""
        return ()

    @property
    def data_hash(self) -> str:
        """Hash of the file that items come from; empty without a file."""
        return ""


class Task(Tasks):
    """One mapping function f: x → y with its words, default world, family and reader."""

    role: ClassVar[str]

    free_text: ClassVar[bool] = False
    """Whether answers are free text, in which one meaning may have several wordings."""

    typed: ClassVar[bool] = False
    """Whether inputs and outputs are typed JSON (`solverlearner.case2code.values`), with tuples, sets and others."""

    runs_rule: ClassVar[bool] = False
    """Whether only the rule's program tells what it makes of a new input, so that it runs in the executor for that."""

    why_no_form: ClassVar[Mapping[str, str]] = {}
    """Why the rule cannot be stated in a form (`rule_form`), for the error line: {"table": "it has too many rows"}."""

    signs: Signs = USUAL
    """How texts write the symbols: `self.signs("57")`. Values that a method is given are written already."""

    @property
    def symbols(self) -> Symbols | None:
        """What the items are written with, for the option `symbols`; None where it cannot be exchanged.

        A task that has symbols writes them by `signs` in its texts, and reads them by `signs.back` in `read`.
        """
        return None

    def written_with(self, signs: Signs) -> Self:
        """The same task with texts in these signs."""
        other = copy(self)
        object.__setattr__(other, "signs", signs)  # tasks are frozen dataclasses, and this is none of their options
        return other

    @property
    @abstractmethod
    def signature(self) -> str:
        """Text between `def` and the colon: "solver(n1: str, n2: str) -> str"."""

    def of_episode(self, seed: int, index: int) -> "Task":
        """The same in every episode."""
        return self

    @property
    @abstractmethod
    def rule(self) -> Rule:
        """The hidden mapping."""

    @property
    @abstractmethod
    def default_world(self) -> Rule | None:
        """The mapping that a model applies which recites: base 10, SVO, north is up, text unchanged; None: no such."""

    @property
    def world(self) -> str | None:
        """The default world's name."""
        return self.default_world.name if self.default_world else None

    def in_setting(self, setting: AskedSetting) -> "Task":
        """The task as one setting asks about it, with the rule that is right there; the same in all settings."""
        return self

    def argued_for(self, x: Input) -> JSON:
        """The answer that the run tries to persuade the model of, the same in all settings: the hidden rule's."""
        return self.rule.apply(x)

    def alone(self) -> str | None:
        """The paragraph before a question that is asked with nothing told: no rule, and no word that there is one.

        None for a task whose question has no meaning then, so that it has no setting `closed`.
        """
        return None

    def item_facts(self, x: Input) -> dict[str, JSON]:
        """Facts of an input that rows should tell, such as {"partition": "static"}; none by default."""
        return {}

    def meaning(self, value: JSON) -> str:
        """A text that equal answers share, so that several completions can be grouped by what they say.

        By default the value as JSON. A task whose `equal` is looser than equality gives the normal form.
        """
        return json.dumps(value, sort_keys=True, ensure_ascii=False)

    def default_answer(self, x: Input) -> JSON:
        """Answer of the default world; None without one, or if it does not cover the input."""
        return self.default_world.apply(x) if self.default_world else None

    @abstractmethod
    def family(self) -> Sequence[Rule]:
        """Every rule that a learner could confuse with this one, the most plausible first; contains `rule`.

        Empty if the rules cannot be listed, as for a real function. Then there is no ideal learner and no ambiguity.
        """

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]] | None:
        """The inputs of at most so many shots and queries, where there are only some; None where they are drawn."""
        return None

    def uncovered(self, shots: Sequence[Item]) -> str | None:
        """What no shot shows, if the family is too large to list; else None: letters, or parts that end in ";"."""
        return None

    def learned(self, shots: Sequence[Item]) -> Rule | None:
        """The rule that a learning algorithm of the task's own finds in the shots; None where it finds none.

        For a family that is too large to list and has such an algorithm. If the rule gives all shots right, the ideal
        learner takes it before those of `family`. It has the name of `rule` if it is the same mapping.
        """
        return None

    def first_shots(self) -> Sequence[Input]:
        """The inputs that the shots of an episode begin with, before those that are drawn; by default none.

        As a characteristic sample, from which a learner is proven to find the rule. `draw` gives none of them.
        """
        return ()

    @abstractmethod
    def draw(self, rng: Random, split: Split) -> Input:
        """One random input; uses only `rng.random()`, whose sequence Python promises to keep."""

    def key(self, x: Input) -> Hashable:
        """Two inputs with equal keys count as the same item, so never as a shot and a query."""
        return repr(x)

    def load(self, stored: JSON) -> Input:
        """The input that a stored row holds: its JSON list of arguments, or its only argument."""
        return tuple(stored) if isinstance(stored, list) else (stored,)

    def published(self) -> Iterable[Published] | None:
        """The lines of the published set that the options ask for, in its order; None where items are drawn."""
        return None

    def published_file(self, few_shot: bool) -> Iterable[str] | None:
        """The lines of that set's own file, or of the one with demonstrations; None where there is no such file."""
        return None

    def checks(self, rng: Random) -> Sequence[Check]:
        """One draw of the comprehension checks, none by default; a function of `rng` as `draw` is."""
        return ()

    @abstractmethod
    def framing(self, told: Told) -> str:
        """The paragraph before the examples: the rule stated (told="rule"), or what is said in its place."""

    def paraphrases(self, told: Told) -> Sequence[str]:
        """The paragraph of `framing` in other words, for the further wordings of prompts (`wording`); by default none.

        Each says the same facts and nothing more. Wording k has the k-th of `framing` and these, from the beginning
        again where there are fewer.
        """
        return ()

    def specification(self) -> str:
        """The rule stated for whom is to write it as a program: as for whom carries it out, if that is no program."""
        return self.framing("rule")

    def rule_domain(self) -> str:
        """What is asked for, in one or two sentences that tell nothing of the rule: "You are asked to add two numbers."

        They stand before a rule that is stated as code or as a table (`rule_form`), in place of `framing("rule")`.
        """
        return "A rule turns each input into its output."

    def rule_code(self) -> str | None:
        """The rule as Python text that defines `solver` (`rule_form=code`): by default the rule's program.

        The contract test runs it against `rule.apply`. None for a task whose rule cannot be stated as a program.
        """
        return self.rule.program or None

    def rule_table(self) -> str | None:
        """The rule as a table (`rule_form=table`): of digits with carry, of letters, of positions, of points.

        A sentence that says how to read the table, an empty line, and the table, which `text_table` writes. It must say
        the whole rule, and give no output of a whole input. By default None: the rule has no such table.
        """
        return None

    def rule_examples(self, rng: Random) -> Iterator[Input]:
        """Inputs that may stand as examples beside the rule in words (`rule_form=examples_and_words`).

        By default draws of shots without end, of which the prompt takes the first that the episode does not have.
        None at all: the task has no such form.
        """
        while True:
            yield self.draw(rng, "shots")

    @abstractmethod
    def show(self, x: Input, told: Told) -> str:
        """The input as text in a demonstration; told="none" must not give the domain away."""

    def write(self, y: JSON) -> str:
        """The output as text in a demonstration."""
        return str(y)

    def literal(self, value: JSON) -> str:
        """An argument or output as Python source."""
        return repr(value)

    def question(self, x: Input, told: Told) -> str:
        """The query that the model itself is to answer."""
        return f"What is the output for {self.show(x, told)}?"

    @property
    def invertible(self) -> bool:
        """Whether settings can ask for an input of a given output, by `input_question`; by default False."""
        return False

    @property
    def called(self) -> str:
        """The name of the rule's function where a prompt asks for a program that goes back: "rule"."""
        return "rule"

    def input_question(self, y: JSON) -> str:
        """The question for an input that has an output, of an `invertible` task: "Which text becomes "abc"?"."""
        return f"What is an input whose output is {self.write(y)}?"

    def input_limits(self) -> str:
        """What an input has to keep to, in a sentence, so that no answer is trivial; "" where nothing is said."""
        return ""

    def is_input(self, x: Input) -> bool:
        """Whether an input that was found counts as one, by `input_limits`; by default any that the rule covers."""
        return self.rule.apply(x) is not None

    def read_input(self, text: str, like: Input) -> Input | None:
        r"""The input in a completion, None without one. `like` is one that was drawn: the input has the same types.

        Symbols stay as they are written. By default these are the arguments in the last box: one text as it stands,
        `\boxed{57, 48}` for several arguments.
        """
        return read_arguments(text, like)

    @property
    def answer_format(self) -> str:
        r"""The sentence that asks for the one format which `read` reads: `\boxed{result}`, as in Wu et al. 2023."""
        return r'End the response with the result in "\boxed{result}".'

    def reply(self, y: JSON) -> str:
        r"""A reply in that format; `read(reply(y)) == y`."""
        return rf"\boxed{{{y}}}"

    def read_boxed(self, text: str, value: Callable[[str], T | None]) -> T | str | None:
        """`solverlearner.task.read_boxed` for a `value` that knows the signs: other texts are in usual symbols too."""
        return read_boxed(text, value, lambda inside: self.signs.back(bare(plain_text(inside))))

    @abstractmethod
    def read(self, text: str) -> JSON:
        """The answer in a completion; None without one."""

    @abstractmethod
    def contract(self, told: Told) -> str:
        """Arguments and return value of `solver`, in one or two sentences."""

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Whether an answer or a program's value counts as the expected one."""
        return value == expected

    def credit(self, expected: JSON, value: JSON) -> float:
        """The score of an answer or a program's value: from 0 to 1, where 1 is correct.

        A task that gives partial credit defines this method beside `equal`; without it a score is 1 or 0 by `equal`.
        """
        return 1.0 if self.equal(expected, value) else 0.0


def pick(rng: Random, items: Sequence[T]) -> T:
    """One element, from one `rng.random()`: the same on every Python, which `Random.choice` does not promise."""
    return items[int(rng.random() * len(items))]


def shuffled(rng: Random, items: Sequence[T]) -> list[T]:
    """The elements in another order, likewise."""
    return [item for _, item in sorted(((rng.random(), item) for item in items), key=lambda pair: pair[0])]
