"""List functions: a list of numbers → a list, or a number (Rule 2020; BIG-bench's list functions).

The family is a small language of operations, listed by size (`list_functions.py`). A rule of a larger size is less
plausible before the shots, so the ideal learner is graded: its probability of an answer rises with every shot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Rule,
    Split,
    UsageError,
    check_range,
    pick,
)

from .example_sets import ExampleSets, ExampleTask, SetsOfFile
from .list_file import WORDS, read_list_sets
from .list_functions import LARGEST_SIZE, Function, drawn_from, family, function, random_list
from .list_task import ListTask

_FAMILY_SIZE = 3
"""The family has at least the functions up to this size, also where the hidden one is smaller."""

_EXAMPLE: list[JSON] = [4, 0, 2, 7]


@dataclass(frozen=True)
class Lists(ListTask):
    """One function of lists. `longest`: numbers of the longest list; `query_length`: of every query, if given.

    `named` is the variant's name, None for the function's own.
    """

    function: Function
    longest: int
    query_length: int | None = None
    named: str | None = None

    @property
    def variant(self) -> str:
        """ "size-2", or the function: "sort.take2"."""
        return self.named or self.rule.name

    @property
    def rule(self) -> Rule:
        """This function."""
        return self.function.rule

    @property
    def default_world(self) -> None:
        """No function is the usual one."""
        return

    def family(self) -> Sequence[Rule]:
        """All functions up to size 3, or up to the hidden one's size, that give a list, or a number, as this one."""
        size = min(max(_FAMILY_SIZE, self.function.size), LARGEST_SIZE)
        own = self.rule.name if self.named is None else ""
        return family(size, self.function.to_number, own)

    def draw(self, rng: Random, split: Split) -> Input:
        """A list of at least two digits."""
        if split == "queries" and self.query_length:
            return (random_list(rng, self.query_length, self.query_length),)
        return (random_list(rng, 2, self.longest),)

    @property
    def to_number(self) -> bool:
        """As of the function."""
        return self.function.to_number

    @property
    def words(self) -> str:
        """Its steps."""
        return self.function.words

    @property
    def strong(self) -> str:
        """What steps there are."""
        return (
            "It takes a few steps. Each step chooses, reorders, repeats or changes the numbers, or counts or adds "
            "them up. It may depend on a condition."
        )

    def rule_table(self) -> str:
        """The steps as a table."""
        how = "Each row is a step. Steps are taken one after the other, each with the list that the one before left."
        when = " The first column says for which of the given lists they are taken." if self.function.condition else ""
        return f"{how}{when}\n\n{self.signs(self.function.table)}"

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """ "What is a list whose output is [3, 1]?"."""
        return f"What is a list whose output is {self.write(y)}?"

    def input_limits(self) -> str:
        """At least two digits."""
        return "The list has two numbers or more, each of one digit."

    def is_input(self, x: Input) -> bool:
        """A list of digits, as drawn ones are."""
        numbers = x[0] if isinstance(x[0], list) else []
        return len(numbers) > 1 and all(type(each) is int and 0 <= each <= 9 for each in numbers)

    def checks(self, rng: Random) -> Sequence[Check]:
        """One list whose value follows from the stated function."""
        expected = self.rule.apply((_EXAMPLE,))
        question = self.question((self.signs.write(_EXAMPLE),), "rule")
        return [Check(question, self.answer_format, expected, self.reply, self.read, self.equal)]


@dataclass(frozen=True, kw_only=True)
class GivenLists(ExampleTask, ListTask):
    """A function of a file: it is known by its examples, and at most in words. `named` is the variant's name."""

    named: str

    @property
    def variant(self) -> str:
        """The name of the file, and some digits of its hash."""
        return self.named

    @cached_property
    def to_number(self) -> bool:
        """Whether the outputs are numbers."""
        return not any(isinstance(y, list) for y in self.examples.outputs.values())

    @property
    def words(self) -> str:
        """As in the file, behind a few words, because it need not be a sentence: "It does this: sort the list."."""
        return f"It does this: {self.examples.words.rstrip('.')}."


@dataclass(frozen=True)
class ListFunctions(SetsOfFile):
    """List functions: of a size, another one in each episode, or a `concept` for all of them.

    `data`: a file or a folder of functions that are known by examples, one an episode.
    """

    size: int = 2
    concept: str | None = None
    longest: int = 8
    query_length: int | None = None
    data: str | None = None

    kind: ClassVar[str] = "lists"
    name: ClassVar[str] = "lists"
    where_words: ClassVar[str] = WORDS
    query_options: ClassVar[tuple[str, ...]] = ("query_length",)
    later_options: ClassVar[Mapping[str, JSON]] = {"data": None}

    def __post_init__(self) -> None:
        if self.data is not None:
            if given := [key for key in ("concept", "query_length") if getattr(self, key) is not None]:
                raise UsageError(f"data={self.data}", f"has lists of its own; leave out {', '.join(given)}")
            _ = self.example_sets
            return
        check_range("size", self.size, 1, LARGEST_SIZE)
        check_range("longest", self.longest, 2, 100)
        if self.query_length is not None:
            check_range("query_length", self.query_length, 1, 1_000)
        if self.concept is not None:
            try:
                function(CONCEPTS.get(self.concept, self.concept))
            except ValueError as error:
                problem = f"{error}; or give a name: {', '.join(CONCEPTS)}"
                raise UsageError(f"concept={self.concept}", problem) from None

    @property
    def example_sets(self) -> ExampleSets | None:
        """The functions of a file."""
        return None if self.data is None else read_list_sets(self.data)

    @property
    def variant(self) -> str:
        """ "size-2", or the concept; for a file its name and hash."""
        if sets := self.example_sets:
            return sets.variant
        return f"size-{self.size}" if self.concept is None else self.concept

    @property
    def world(self) -> None:
        """No function is the usual one."""
        return

    def notes(self) -> Iterable[str]:
        """How many functions a file has, and of how many it tells the rule."""
        if sets := self.example_sets:
            told = sum(bool(each.words) for each in sets.sets)
            yield f"{self.data} has {self.most_episodes} functions, {told} of them with the rule in words."

    def of_episode(self, seed: int, index: int) -> ListTask:
        """The function of an episode."""
        if sets := self.example_sets:
            found = sets.of_episode(index, f"lists/functions/{seed}")
            return GivenLists(examples=found, stream=f"lists/examples/{seed}/{index}", named=self.variant)
        if self.concept is not None:
            made = function(CONCEPTS.get(self.concept, self.concept))
            return Lists(made, self.longest, self.query_length, self.concept if self.concept in CONCEPTS else None)
        made = pick(Random(f"lists/{seed}/{index}"), drawn_from(self.size))
        return Lists(made, self.longest, self.query_length, self.variant)


CONCEPTS = {
    "copy_first": "take1",
    "remove_first": "drop1",
    "last_two": "take_last2",
    "first_three": "take3",
    "reversed": "reverse",
    "sorted": "sort",
    "second": "item2",
    "length": "count",
    "total": "sum",
    "largest": "max",
    "smallest_first_two": "sort.take2",
    "largest_two": "sort_down.take2",
    "evens": "evens",
    "large_numbers": "above5",
    "no_repeats": "unique",
    "how_many_distinct": "unique.count",
    "plus_two": "add2",
    "doubled": "times2",
    "palindrome": "mirror",
    "stutter": "doubled_items",
    "add_up": "running_sums",
    "alternate": "every_second",
    "swap_ends": "swap_ends",
    "wrap_in_sevens": "first_is7.last_is7",
    "count_sevens": "count7",
    "sort_if_long": "longer4?sort:reverse",
    "grow_or_shrink": "first_even?twice:take1",
}
"""Named concepts after those of Rule 2020 and BIG-bench, as functions of our language."""
