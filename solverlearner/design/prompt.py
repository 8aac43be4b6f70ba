"""Prompt: the exact messages of one call, joined from one template a part in `prompts/` or in the user's folder."""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Literal

from solverlearner.design.episode import Episode
from solverlearner.design.inverse import asked_input, asked_task
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
    return EpisodePrompts(setting, episode, hint, noise_told, prompts).messages(query, own_rule)


class EpisodePrompts:
    """The prompts of one setting in one episode; see `render` for the arguments. What they share is made once."""

    def __init__(self, setting: Setting, episode: Episode, hint: Hint, noise_told: bool, prompts: Prompts) -> None:
        self._setting, self._episode, self._noise_told, self._prompts = setting, episode, noise_told, prompts
        self._told: Told = "rule" if setting.rule_given or setting.nothing_told else hint
        self._task = asked_task(episode, setting)
        self._without_own_rule: Callable[[str], list[Message]] | None = None

    def messages(self, query: Item | None, own_rule: str | None = None) -> list[Message]:
        """The messages for one query, or for a program or a rule in words."""
        question = self._task.question(asked_input(self._task, query), self._told) if query else ""
        if own_rule is not None:
            return self._around(own_rule)(question)
        if self._without_own_rule is None:
            self._without_own_rule = self._around(None)
        return self._without_own_rule(question)

    def _around(self, own_rule: str | None) -> Callable[[str], list[Message]]:
        task, told, setting, episode = self._task, self._told, self._setting, self._episode
        shown = episode.shots if setting.shots_shown and own_rule is None else ()
        return _around(
            self._prompts,
            setting=setting,
            role=task.role if told != "none" else "",
            framing=_framing(episode, episode.task.in_setting(setting), setting, told, self._prompts),
            shots=tuple(Example(task.show(shot.input, told), task.write(shot.expected)) for shot in shown),
            noise_told=self._noise_told,
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
    around = _around(
        prompts,
        setting=CHECK,
        role=task.role,
        framing=rule_stated(episode, task, CHECK, prompts),
        shots=(),
        answer_format=check.answer_format,
        own_rule=None,
    )
    return around(check.question)


def _around(prompts: Prompts, *, setting: Setting, **parts: Hashable) -> Callable[[str], list[Message]]:
    """A function that gives the messages with a question among these parts."""
    parts["setting"] = setting
    told_apart = setting.writes_program or bool(setting.writes == "answer" and parts["answer_format"])
    about = prompts.about_thought(setting, told_apart)
    system: list[Message] = [] if prompts.system is None else [{"role": "system", "content": prompts.system}]
    ours = prompts.templates.folder is None
    shared = _around_question(prompts.templates.wording, **parts) if ours else None

    def messages(question: str) -> list[Message]:
        # Templates of the user's own may show the question twice, or in capitals.
        text = question.join(shared) if shared else prompts.templates.render(_WHOLE, **parts, question=question)
        return [*system, {"role": "user", "content": "\n\n".join(filter(None, (text.strip(), about)))}]

    return messages


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
