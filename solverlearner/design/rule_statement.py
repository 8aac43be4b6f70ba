"""Rule statement: the paragraphs that state a given rule in one of its forms (option `rule_form`)."""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import NamedTuple

from solverlearner.design.episode import Episode
from solverlearner.design.prompt_options import Prompts
from solverlearner.design.setting import Setting
from solverlearner.errors import UsageError
from solverlearner.task import RULE_FORMS, Input, RuleForm, Task

_EXAMPLES = 3
"""How many examples stand beside the words. They are the same in all episodes that do not have them as items."""

_MOST_DRAWS = 1_000


class Example(NamedTuple):
    """An example as a model reads it."""

    input: str
    output: str


def rule_stated(episode: Episode, task: Task, setting: Setting, prompts: Prompts) -> str:
    """The rule of a task as a setting states it. `task` is the episode's task as the setting asks about it.

    Raises: UsageError where the task has no such form.
    """
    stated = task.specification() if setting.writes_program else task.framing("rule")
    words = prompts.in_its_words(stated, task.paraphrases("rule"))
    form = prompts.rule_form
    if form == "words":
        return words
    check_form(task, form)
    told = prompts.templates.render(
        "rule_form.jinja",
        form=form,
        setting=setting,
        words=words,
        domain=task.rule_domain(),
        code=(task.rule_code() or "").strip(),
        table=task.rule_table() or "",
        contract=task.contract("rule"),
        examples=_examples(episode, task) if form == "examples_and_words" else (),
    )
    return told.strip()


def forms_of(task: Task) -> list[RuleForm]:
    """The forms in which prompts can state the rule of a task."""
    there = {
        "code": task.rule_code() is not None,
        "table": task.rule_table() is not None,
        "examples_and_words": next(task.rule_examples(Random(0)), None) is not None,
    }
    return [form for form in RULE_FORMS if there.get(form, True)]


def check_form(task: Task, form: RuleForm) -> None:
    """Raises: UsageError for a form that the rule does not have, with those that it has."""
    if form not in (there := forms_of(task)):
        why = f", because {reason}" if (reason := task.why_no_form.get(form)) else ""
        problem = f"the rule of {task.name} {task.variant} has no such form{why}; it has {', '.join(there)}"
        raise UsageError(f"rule_form={form}", problem)


def _examples(episode: Episode, task: Task) -> Sequence[Example]:
    """Examples that are no item of the episode. Raises: UsageError where there is none."""
    found = tuple(islice(_unasked(episode, task), _EXAMPLES))
    if not found:
        problem = f"episode {episode.index} has all inputs as items, and none is left for an example; lower shots"
        raise UsageError("rule_form=examples_and_words", problem)
    return tuple(Example(task.show(x, "rule"), task.write(task.rule.apply(x))) for x in found)


def _unasked(episode: Episode, task: Task) -> Iterator[Input]:
    seen = {task.key(item.input) for item in (*episode.shots, *episode.queries)}
    for x in islice(task.rule_examples(Random(f"{task.name}/rule_examples")), _MOST_DRAWS):
        if (key := task.key(x)) not in seen:
            seen.add(key)
            yield x
