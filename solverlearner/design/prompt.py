"""Prompt: the exact messages of one call, joined from one template a part in `prompts/`."""

from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from solverlearner.design.episode import Episode
from solverlearner.design.setting import CHECK, Setting
from solverlearner.models.question import Message
from solverlearner.task import Check, Input, Item, Task, Told

Hint = Literal["none", "domain", "strong"]

_MARK = "\0"  # no template has it


@cache
def template(name: str) -> Template:
    """The template of this file name in `prompts/`."""
    environment = Environment(
        loader=PackageLoader("solverlearner.prompts", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def render(
    setting: Setting,
    episode: Episode,
    query: Item | None,
    hint: Hint,
    *,
    noise_told: bool = False,
    own_rule: str | None = None,
) -> list[Message]:
    """The messages that ask for one query's answer; where `query` is None for a program, in `RULE` for a rule in words.

    `hint` is what an inductive prompt tells about the rule; deductive ones state the rule. `noise_told` says beside
    the examples that some may be wrong. `own_rule` is what the model itself found, shown in place of the examples.
    """
    task = episode.task
    told: Told = "rule" if setting.rule_given else hint
    shown = episode.shots if setting.shots_shown and own_rule is None else ()
    return _messages(
        task.question(query.input, told) if query else "",
        setting=setting,
        role=task.role if told != "none" else "",
        framing=task.specification() if setting.rule_given and setting.writes_program else task.framing(told),
        shots=tuple(_Shown(task.show(shot.input, told), task.write(shot.expected)) for shot in shown),
        noise_told=noise_told,
        answer_format=task.answer_format,
        signature=task.signature,
        contract=task.contract(told),
        call=_call(task, shown[0]) if shown else None,
        own_rule=None if own_rule is None else own_rule.strip().replace(_MARK, ""),
    )


def render_check(task: Task, check: Check) -> list[Message]:
    """The messages that ask one comprehension check about the stated rule."""
    return _messages(
        check.question,
        setting=CHECK,
        role=task.role,
        framing=task.framing("rule"),
        shots=(),
        answer_format=check.answer_format,
        own_rule=None,
    )


class _Shown(NamedTuple):
    """An example as a model reads it."""

    input: str
    output: str


def _messages(question: str, **parts: Hashable) -> list[Message]:
    before, after = _around_question(**parts)
    return [{"role": "user", "content": f"{before}{question}{after}".strip()}]


@lru_cache(maxsize=64)
def _around_question(**parts: Hashable) -> tuple[str, str]:
    """What stands before and after the question. Queries of an episode share it, and the template costs 0.1 ms."""
    before, _, after = template("prompt.jinja").render(**parts, question=_MARK).partition(_MARK)
    return before, after


def as_call(task: Task, x: Input) -> str:
    """An input as a program meets it: "solver('57', '27')"."""
    return f"solver({', '.join(map(task.literal, x))})"


def _call(task: Task, shot: Item) -> _Shown:
    # Demonstrations are text; this one line says which types stand behind it.
    return _Shown(as_call(task, shot.input), task.literal(shot.expected))
