"""Word order: a sentence in one of six orders → its subject, verb and object (Cheng et al. 2024, section 4).

A sentence has three parts; a part is one word, or with `complexity` a word and all that belongs to it, so that a
position means a part and not a word. `tasks/sentences.py` holds the grammar and says how the words show the parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar

from solverlearner.task import (
    JSON,
    Check,
    Input,
    Rule,
    Split,
    Symbols,
    Task,
    Told,
    check_choice,
    check_range,
    read_boxed,
    text_table,
    words_in,
)

from .paraphrases import SYNTAX
from .sentences import CLASSES, CONTENT, DEEPEST, draw_parts, plain, read_roles
from .word_order import ORDERS, ROLES, word_order

_SYMBOLS = Symbols((CONTENT,), fixed=tuple(ROLES.values()), words=True, means=False)
"""The words that are no function words. Only novel signs stand for the roles too: exchanged, they are another order."""


@dataclass(frozen=True)
class Syntax(Task):
    """Recognition of subject, verb and object by word order.

    `shown` (the option `show`) is the form of the output, the same in examples, answers and programs, so that no
    setting needs a second one: "roles" a dict with the keys subject, verb and object, "standard" the sentence in
    subject-verb-object order. `vocabulary` "shared" takes subjects and objects from one pool, so that only the
    position tells them apart. `query_complexity` gives the queries another complexity than the shots.
    """

    order: str = "sov"
    vocabulary: str = "shared"
    complexity: int = 0
    shown: str = "roles"
    query_complexity: int | None = None

    kind: ClassVar[str] = "syntax"
    query_options: ClassVar[tuple[str, ...]] = ("query_complexity",)
    name: ClassVar[str] = "syntax"
    role: ClassVar[str] = "an expert in linguistics"
    signature: ClassVar[str] = "solver(sentence: str)"

    def __post_init__(self) -> None:
        check_choice("order", self.order, ORDERS)
        check_choice("vocabulary", self.vocabulary, ("shared", "disjoint"))
        check_range("complexity", self.complexity, 0, DEEPEST)
        check_choice("show", self.shown, ("roles", "standard"))
        if self.query_complexity is not None:
            check_range("query_complexity", self.query_complexity, 0, DEEPEST)

    @property
    def variant(self) -> str:
        """ "sov"; options that differ from their default are named too."""
        extra = {
            "disjoint": self.vocabulary == "disjoint",
            "standard": self.shown == "standard",
            f"complexity-{self.complexity}": self.complexity > 0,
            f"query-complexity-{self.query_complexity}": self.query_complexity is not None,
        }
        return "-".join([self.order, *(name for name, there in extra.items() if there)])

    @property
    def symbols(self) -> Symbols:
        """The words of sentences, and the names of the roles."""
        return _SYMBOLS

    @property
    def rule(self) -> Rule:
        """This order."""
        return word_order(self.order, self.shown, self._deepest)

    @property
    def default_world(self) -> Rule:
        """Subject-verb-object: the first part is taken for the subject, the last for the object."""
        return word_order("svo", self.shown, self._deepest)

    @property
    def _deepest(self) -> int:
        return max(self.complexity, self.query_complexity or 0)

    def family(self) -> Sequence[Rule]:
        """The six orders, subject-verb-object first, then as common as they are in the world's languages."""
        return [word_order(order, self.shown, self._deepest) for order in ORDERS]

    def draw(self, rng: Random, split: Split) -> Input:
        """One sentence; the same underlying one in all six orders."""
        harder = split == "queries" and self.query_complexity is not None
        parts = draw_parts(rng, self.vocabulary, self.query_complexity or 0 if harder else self.complexity)
        return (" ".join(parts[role] for role in self.order),)

    def framing(self, told: Told) -> str:
        """Wording of the rule after the word-order task of Wu et al. 2023."""
        if told == "none":
            return "A hidden rule turns one input into one output."
        task = self._task
        if told == "rule":
            first, second, third = (self.signs(ROLES[role]) for role in self.order)
            order = f"In every sentence the {first} comes first, then the {second}, then the {third}"
            uses = f"it uses the {self.signs(_long(self.order))} order"
            return f"Imagine a language that {self._unlike_english}: {uses}. {order}. {task}"
        words = "" if self.signs.usual else "what its words mean and "
        order = f"{words}its word order, which may be another and is unknown"
        unknown = f"A language is the same as English except for {order}."
        if told == "domain":
            return f"{unknown} {task}"
        *orders, last = map(self.signs, map(_long, ORDERS))
        return f"{unknown} {task} The order is the same in all sentences: {', '.join(orders)} or {last}."

    def paraphrases(self, told: Told) -> Sequence[str]:
        """Of rule, domain and family; with other signs none."""
        if told == "none" or not self.signs.usual:
            return ()
        first, second, third = (ROLES[role] for role in self.order)
        facts = {"first": first, "second": second, "third": third, "long": _long(self.order)}
        *orders, last = map(_long, ORDERS)
        facts |= {"unlike": self._unlike_english, "orders": ", ".join(orders), "last": last}
        texts = [f"{text.format(**facts)} {self._task}" for text in SYNTAX["rule" if told == "rule" else "domain"]]
        families = [text.format(**facts) for text in SYNTAX["strong"]]
        return texts if told != "strong" else [" ".join(both) for both in zip(texts, families, strict=True)]

    @property
    def _task(self) -> str:
        return self.signs(_TASK[self.shown].format(standard=self._standard) + _modifiers(self._deepest))

    @property
    def _unlike_english(self) -> str:
        if not self.signs.usual:
            order = "" if self.order == "svo" else " and its word order"
            return f"differs from English in nothing but what its words mean{order}"
        return "is the same as English" if self.order == "svo" else "differs from English in nothing but word order"

    def rule_domain(self) -> str:
        """What is to be found, and which words belong together."""
        return self.alone() + self.signs(_modifiers(self._deepest))

    def rule_table(self) -> str:
        """The part at each place."""
        parts = (self.signs(ROLES[role]) for role in self.order)
        places = zip(("first", "second", "third"), parts, strict=True)
        table = text_table(["place in the sentence", "part"], [*places])
        return f"The table says which part stands at which place of a sentence.\n\n{table}"

    def alone(self) -> str:
        """What is to be found, without a word on a language."""
        return self.signs(_ALONE[self.shown].format(standard=self._standard))

    @property
    def _standard(self) -> str:
        return "standard English (subject-verb-object order)" if self.signs.usual else "subject-verb-object order"

    def meaning(self, value: JSON) -> str:
        """The words of each part as `equal` compares them."""
        if isinstance(value, dict):
            return "; ".join(f"{role}: {plain(str(value[role]))}" for role in sorted(value))
        return plain(str(value))

    def show(self, x: Input, told: Told) -> str:
        """The bare sentence."""
        return str(x[0])

    def write(self, y: JSON) -> str:
        """ "subject: John, verb: sees, object: Mary", or the sentence in standard order."""
        return ", ".join(f"{role}: {words}" for role, words in y.items()) if isinstance(y, dict) else str(y)

    def question(self, x: Input, told: Told) -> str:
        """The sentence stands in quotation marks, so that it is seen where it ends."""
        if told == "none":
            return f'What is the output for "{x[0]}"?'
        if self.shown == "standard":
            return f'What is the sentence "{x[0]}" in {self.signs(self._standard)}?'
        return f'What are {self.signs("the subject, the verb and the object")} of the sentence "{x[0]}"?'

    @property
    def invertible(self) -> bool:
        """True."""
        return True

    def input_question(self, y: JSON) -> str:
        """The parts, or the sentence in standard order."""
        return (
            f'Which sentence of this language is "{y}" in standard English ({self.signs("subject-verb-object")} order)?'
            if self.shown == "standard"
            else f"Which sentence of this language has the parts {self.write(y)}?"
        )

    @property
    def answer_format(self) -> str:
        r"""Asks for one labelled line, or for `\boxed{result}`."""
        if self.shown == "standard":
            return r'End the response with the result in "\boxed{result}".'
        return self.signs('End the response with one line of the form "subject: ..., verb: ..., object: ...".')

    def reply(self, y: JSON) -> str:
        r"""The labelled line, or `\boxed{John sees Mary}`."""
        return rf"\boxed{{{y}}}" if self.shown == "standard" else self.write(y)

    def read(self, text: str) -> JSON:
        """The roles of the last labelled line, or the boxed sentence."""
        if self.shown == "standard":
            read = read_boxed(text, words_in)
            return self.signs.back(read) if read else read
        return self.signs.unwrite(read_roles(text, [self.signs(role) for role in ROLES.values()]))

    def contract(self, told: Told) -> str:
        """Argument and return types in words."""
        if self.shown == "standard":
            order = self.signs("subject-verb-object")
            of = "the output" if told == "none" else f"the sentence in {order} order"
            return f"sentence is the input as a string; the function returns {of} as a string."
        return self.signs(
            "sentence is the input as a string; the function returns the output as a dict with the keys "
            '"subject", "verb" and "object" and strings as values.'
        )

    def equal(self, expected: JSON, value: JSON) -> bool:
        """Case, spacing, quotation marks and a final stop do not matter; all three roles must be right."""
        if isinstance(expected, dict) and isinstance(value, dict) and expected.keys() == value.keys():
            return all(self.equal(words, value[role]) for role, words in expected.items())
        return isinstance(expected, str) and isinstance(value, str) and plain(expected) == plain(value)

    def checks(self, rng: Random) -> Sequence[Check]:
        """The sentence put back into standard order; where that is the task itself, its roles."""
        other = replace(self, shown="standard" if self.shown == "roles" else "roles").written_with(self.signs)
        x = self.draw(rng, "shots")
        expected = other.rule.apply(x)
        question = other.question((self.signs(str(x[0])),), "rule")
        return [Check(question, other.answer_format, expected, other.reply, other.read, other.equal)]


_TASK = {
    "roles": "Your task is to find the subject, the verb and the object of a sentence in this language.",
    "standard": "Your task is to put a sentence of this language into {standard}.",
}

_ALONE = {
    "roles": "Your task is to find the subject, the verb and the object of a sentence.",
    "standard": "Your task is to put a sentence into {standard}.",
}


def _modifiers(complexity: int) -> str:
    # The words are listed, so that a program can be written that has seen no sentence; they do not tell the order.
    if complexity == 0:
        return " Subject, verb and object are one word each."
    kinds = " ".join(text.format(words=", ".join(words)) for text, words in CLASSES[:complexity])
    several = "A subject, verb or object may have several words, which stay together; the answer has all of them."
    return f" {several} {kinds}"


def _long(order: str) -> str:
    return "-".join(ROLES[role] for role in order)
