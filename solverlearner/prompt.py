"""Prompt: the exact messages of one call, joined from one template a part in `prompts/`."""

from functools import cache
from typing import Literal, TypedDict

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from solverlearner.episode import Episode
from solverlearner.setting import CHECK, Setting
from solverlearner.task import Check, Item, Task, Told

Hint = Literal["none", "domain", "strong"]


class Message(TypedDict):
    """One chat message as the API takes it."""

    role: str
    content: str


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("solverlearner.prompts", "."),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("prompt.jinja")


def render(
    task: Task, setting: Setting, episode: Episode, query: Item | None, hint: Hint, *, noise_told: bool = False
) -> list[Message]:
    """The messages that ask for one query's answer, or for a program where `query` is None.

    `hint` is what an inductive prompt tells about the rule; deductive ones state the rule. `noise_told` says beside
    the examples that some may be wrong.
    """
    told: Told = "rule" if setting.rule_given else hint
    shots = [{"input": task.show(s.input, told), "output": task.write(s.expected)} for s in episode.shots]
    return _messages(
        setting=setting,
        role=task.role if told != "none" else "",
        framing=task.framing(told),
        shots=shots,
        noise_told=noise_told,
        question=task.question(query.input, told) if query else "",
        answer_format=task.answer_format,
        signature=task.signature,
        contract=task.contract(told),
        call=_call(episode) if setting.shots_shown and episode.shots else None,
    )


def render_check(task: Task, check: Check) -> list[Message]:
    """The messages that ask one comprehension check about the stated rule."""
    return _messages(
        setting=CHECK,
        role=task.role,
        framing=task.framing("rule"),
        shots=[],
        question=check.question,
        answer_format=check.answer_format,
    )


def _messages(**parts: object) -> list[Message]:
    return [{"role": "user", "content": _template().render(parts).strip()}]


def _call(episode: Episode) -> dict[str, str]:
    # Demonstrations are text; this one line says which types stand behind it.
    shot = episode.shots[0]
    return {"input": f"solver({', '.join(map(repr, shot.input))})", "output": repr(shot.expected)}
