"""Prompt: the exact messages of one call, joined from one template a part in `prompts/` or in the user's folder."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, NamedTuple

from solverlearner.design.episode import Episode
from solverlearner.design.setting import CHECK, Setting
from solverlearner.design.templates import Templates, our_templates
from solverlearner.errors import UsageError
from solverlearner.models.question import Message
from solverlearner.task import Check, Input, Item, Task, Told

Hint = Literal["none", "domain", "strong"]

_WHOLE = "prompt.jinja"
_MARK = "\0"  # none of our templates has it


@dataclass(frozen=True)
class Prompts:
    """The templates of a run's prompts, and the text of a system message before each of them; None: no such message.

    Raises: UsageError for a text without a word.
    """

    templates: Templates = field(default_factory=our_templates)
    system: str | None = None

    def __post_init__(self) -> None:
        if self.system is not None and not self.system.strip():
            raise UsageError("system", "is an empty text; give one, or null for no system message")


OUR_PROMPTS = Prompts()


def render(
    setting: Setting,
    episode: Episode,
    query: Item | None,
    hint: Hint,
    *,
    noise_told: bool = False,
    own_rule: str | None = None,
    prompts: Prompts = OUR_PROMPTS,
) -> list[Message]:
    """The messages that ask for one query's answer; where `query` is None for a program, in `RULE` for a rule in words.

    `hint` is what an inductive prompt tells about the rule; deductive ones state the rule. `noise_told` says beside
    the examples that some may be wrong. `own_rule` is what the model itself found, shown in place of the examples.
    """
    task = episode.task.in_setting(setting)
    told: Told = "rule" if setting.rule_given or setting.nothing_told else hint
    shown = episode.shots if setting.shots_shown and own_rule is None else ()
    return _messages(
        prompts,
        task.question(query.input, told) if query else "",
        setting=setting,
        role=task.role if told != "none" else "",
        framing=_framing(task, setting, told),
        shots=tuple(Example(task.show(shot.input, told), task.write(shot.expected)) for shot in shown),
        noise_told=noise_told,
        answer_format=task.answer_format,
        signature=task.signature,
        contract=task.contract(told),
        call=_call(task, shown[0]) if shown else None,
        own_rule=None if own_rule is None else own_rule.strip().replace(_MARK, ""),
    )


def _framing(task: Task, setting: Setting, told: Told) -> str:
    if setting.nothing_told:
        return task.alone() or ""
    return task.specification() if setting.rule_given and setting.writes_program else task.framing(told)


def render_check(task: Task, check: Check, prompts: Prompts = OUR_PROMPTS) -> list[Message]:
    """The messages that ask one comprehension check about the stated rule."""
    return _messages(
        prompts,
        check.question,
        setting=CHECK,
        role=task.role,
        framing=task.framing("rule"),
        shots=(),
        answer_format=check.answer_format,
        own_rule=None,
    )


class Example(NamedTuple):
    """An example as a model reads it."""

    input: str
    output: str


def _messages(prompts: Prompts, question: str, **parts: Hashable) -> list[Message]:
    if prompts.templates.folder is None:
        before, after = _around_question(**parts)
        text = f"{before}{question}{after}"
    else:  # which may show the question twice, or in capitals
        text = prompts.templates.render(_WHOLE, **parts, question=question)
    system: list[Message] = [] if prompts.system is None else [{"role": "system", "content": prompts.system}]
    return [*system, {"role": "user", "content": text.strip()}]


@lru_cache(maxsize=64)
def _around_question(**parts: Hashable) -> tuple[str, str]:
    """The text before and after the question. Queries of an episode share it, and the template costs 0.1 ms."""
    before, _, after = our_templates().render(_WHOLE, **parts, question=_MARK).partition(_MARK)
    return before, after


def as_call(task: Task, x: Input) -> str:
    """An input as a program meets it: "solver('57', '27')"."""
    return f"solver({', '.join(map(task.literal, x))})"


def _call(task: Task, shot: Item) -> Example:
    # Demonstrations are text; this one line says which types stand behind it.
    return Example(as_call(task, shot.input), task.literal(shot.expected))
