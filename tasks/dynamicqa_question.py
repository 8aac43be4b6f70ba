"""A question of DYNAMICQA as a task: what it asks in each setting, and which answers count."""

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import ClassVar, Literal

from solverlearner.task import JSON, AskedSetting, Input, Rule, Split, Task, Told, holds_words, normal_form, rouge_l

from .dynamicqa_data import Question

Shown = Literal["", "original", "other"]
_SHOWN: Mapping[str, Shown] = {"context": "original", "persuade": "other"}
MATCHES = ("alias", "exact", "rouge")
_LABEL = re.compile(r"^\s*(\[?answer\]?|assistant)\s*:", re.IGNORECASE)
_ROUGE = 0.3  # F above it counts, in the authors' code
_CLOSED = "You'll be given a question about the article and answer it with a one word. Answer the [Question]."
_TOLD = (
    "You'll be given a question and a context about the article and answer it with a one word. Answer the [Question]."
)


@dataclass(frozen=True)
class AskedQuestion(Task):
    """One question. `shown`: the answer in the context that the prompt shows, which is then the right one.

    The words are those of the authors' code (`prepare_input` in copenlu/dynamicqa).
    """

    item: Question
    of: str
    match: str
    same_wording: bool
    shown: Shown = ""

    name: ClassVar[str] = "dynamicqa"
    role: ClassVar[str] = ""
    signature: ClassVar[str] = "solver(question: str) -> str"
    answer_format: ClassVar[str] = ""
    free_text: ClassVar[bool] = True
    why_no_form: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("code", "table", "examples_and_words"), "each question has a fact of its own"
    )

    @property
    def variant(self) -> str:
        """Variant of the run."""
        return self.of

    @cached_property
    def rule(self) -> Rule:
        """The answer that the context holds, or with nothing told the original one."""
        persuades = self.shown == "other"
        answer = self.item.other if persuades else self.item.original
        return Rule("other answer" if persuades else "original answer", lambda x: answer, "")

    @cached_property
    def default_world(self) -> Rule:
        """The original answer."""
        return Rule("original answer", lambda x: self.item.original, "")

    def argued_for(self, x: Input) -> JSON:
        """The other answer, in all settings."""
        return self.item.other

    def in_setting(self, setting: AskedSetting) -> "AskedQuestion":
        """With the setting's context."""
        shown = _SHOWN.get(setting.name, "")
        return self if shown == self.shown else replace(self, shown=shown)

    def family(self) -> Sequence[Rule]:
        """Empty: there are no rules that could be confused."""
        return ()

    def given(self, shots: int, queries: int) -> tuple[Sequence[Input], Sequence[Input]]:
        """No shots, and the question."""
        return (), ((self.item.question,),)

    def draw(self, rng: Random, split: Split) -> Input:
        """The question."""
        return (self.item.question,)

    def key(self, x: Input) -> Hashable:
        """The question."""
        return str(x[0])

    def item_facts(self, x: Input) -> dict[str, JSON]:
        """Its partition, subject, both answers, edits and popularity."""
        item = self.item
        return {
            "partition": item.partition,
            "subject": item.subject,
            "original": item.original,
            "other": item.other,
            "edits": item.edits,
            "popularity": item.popularity,
        }

    def alone(self) -> str:
        """What is to be done."""
        return _CLOSED

    def framing(self, told: Told) -> str:
        """What is to be done, with a context."""
        return _TOLD

    def rule_examples(self, rng: Random) -> Iterator[Input]:
        """None: each question has a fact of its own."""
        return iter(())

    def show(self, x: Input, told: Told) -> str:
        """The bare question."""
        return str(x[0])

    def question(self, x: Input, told: Told) -> str:
        """The question, behind the context if one is shown, and the article's subject where the prompt names it."""
        item = self.item
        named = self.same_wording or not self.shown or item.partition == "disputable"
        about = f"This article is about {item.subject}. " if named else ""
        context = f"[Context]: {item.told(str(self.rule.apply(x)))} " if self.shown else ""
        return f"{about}{context}[Question]: {x[0]} [Answer]:"

    def reply(self, y: JSON) -> str:
        """The answer."""
        return str(y)

    def read(self, text: str) -> JSON:
        """The first line with words, without a label before it."""
        for line in text.splitlines():
            said = _LABEL.sub("", line).strip(" *\"'")
            if any(map(str.isalnum, said)):
                return said
        return None

    def contract(self, told: Told) -> str:
        """Argument and return value."""
        return "question is text; the function returns the answer as text."

    def equal(self, expected: JSON, value: JSON) -> bool:
        """By `match`; with alias, an answer counts that holds the expected one and not the other one."""
        if not isinstance(expected, str) or not isinstance(value, str):
            return False
        if self.match == "rouge":
            return rouge_l(value, expected) > _ROUGE
        said = normal_form(value)
        if self.match == "exact" or said == normal_form(expected):
            return said == normal_form(expected)
        wanted, others = self._names(expected), self._others(expected)
        if said in wanted or said in others:
            return said in wanted and said not in others
        longest = max((name for name in (*wanted, *others) if holds_words(said, name)), key=len, default="")
        rivals = (name for name in others if holds_words(said, name) and not holds_words(longest, name))
        return longest in wanted and not any(rivals)

    def _names(self, answer: str) -> list[str]:
        aliases = self.item.aliases if answer == self.item.original else ()
        return [normal_form(name) for name in (answer, *aliases)]

    def _others(self, answer: str) -> list[str]:
        other = self.item.other if answer == self.item.original else self.item.original
        return [name for name in self._names(other) if name not in self._names(answer)]

    def meaning(self, value: JSON) -> str:
        """Its normal form."""
        return normal_form(str(value))
