"""Prompt: the exact messages of one call, joined from one template a part in `prompts/` or in the user's folder."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Literal

from solverlearner.design.episode import Episode
from solverlearner.design.inverse import asked_item, asked_task
from solverlearner.design.prompt_options import OUR_PROMPTS, Prompts
from solverlearner.design.rule_statement import Example, rule_stated
from solverlearner.design.setting import CHECK, Setting
from solverlearner.design.templates import our_templates
from solverlearner.models.question import Message
from solverlearner.task import Check, Input, Item, Task, Told

Hint = Literal["none", "domain", "strong"]

_WHOLE = "prompt.jinja"
_MARK = "\0"  # none of our templates has it


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
    task = asked_task(episode, setting)
    told: Told = "rule" if setting.rule_given or setting.nothing_told else hint
    shown = episode.shots if setting.shots_shown and own_rule is None else ()
    return _messages(
        prompts,
        task.question(asked_item(task, query).input, told) if query else "",
        setting=setting,
        role=task.role if told != "none" else "",
        framing=_framing(episode, episode.task.in_setting(setting), setting, told, prompts),
        shots=tuple(Example(task.show(shot.input, told), task.write(shot.expected)) for shot in shown),
        noise_told=noise_told,
        answer_format=task.answer_format,
        signature=task.signature,
        contract=task.contract(told),
        call=_call(task, shown[0]) if shown else None,
        own_rule=None if own_rule is None else own_rule.strip().replace(_MARK, ""),
    )


def _framing(episode: Episode, task: Task, setting: Setting, told: Told, prompts: Prompts) -> str:
    if setting.nothing_told:
        return task.alone() or ""
    if setting.rule_given:
        return rule_stated(episode, task, setting, prompts)
    return prompts.in_its_words(task.framing(told), task.paraphrases(told))


def render_check(episode: Episode, check: Check, prompts: Prompts = OUR_PROMPTS) -> list[Message]:
    """The messages that ask one comprehension check about the stated rule."""
    task = episode.task
    return _messages(
        prompts,
        check.question,
        setting=CHECK,
        role=task.role,
        framing=rule_stated(episode, task, CHECK, prompts),
        shots=(),
        answer_format=check.answer_format,
        own_rule=None,
    )


def _messages(prompts: Prompts, question: str, *, setting: Setting, **parts: Hashable) -> list[Message]:
    parts["setting"] = setting
    if prompts.templates.folder is None:
        before, after = _around_question(prompts.templates.wording, **parts)
        text = f"{before}{question}{after}"
    else:  # which may show the question twice, or in capitals
        text = prompts.templates.render(_WHOLE, **parts, question=question)
    told_apart = setting.writes_program or bool(setting.writes == "answer" and parts["answer_format"])
    about = prompts.about_thought(setting, told_apart)
    system: list[Message] = [] if prompts.system is None else [{"role": "system", "content": prompts.system}]
    return [*system, {"role": "user", "content": "\n\n".join(filter(None, (text.strip(), about)))}]


@lru_cache(maxsize=64)
def _around_question(wording: int, /, **parts: Hashable) -> tuple[str, str]:
    """The text before and after the question. Queries of an episode share it, and the template costs 0.1 ms."""
    before, _, after = our_templates(wording).render(_WHOLE, **parts, question=_MARK).partition(_MARK)
    return before, after


def as_call(task: Task, x: Input) -> str:
    """An input as a program meets it: "solver('57', '27')"."""
    return f"solver({', '.join(map(task.literal, x))})"


def _call(task: Task, shot: Item) -> Example:
    # Demonstrations are text; this one line says which types stand behind it.
    return Example(as_call(task, shot.input), task.literal(shot.expected))
