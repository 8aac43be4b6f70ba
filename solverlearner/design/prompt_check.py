"""Prompt check: a user's templates are rendered once in all ways that a run needs, before anything is asked."""

from collections.abc import Iterator

from solverlearner.design.call import Call
from solverlearner.design.episode import Episode
from solverlearner.design.learner import Tried
from solverlearner.design.plan import Plan, check_call, draw_checks, plan_episodes, setting_calls
from solverlearner.design.setting import Setting
from solverlearner.design.verdict import unanswered
from solverlearner.errors import UsageError
from solverlearner.models.question import Message


def check_prompts(plan: Plan) -> None:
    """Render the prompts of the first episode, further rounds and checks included; nothing where templates are ours.

    Raises: UsageError that names file and line where a template fails, or where two queries have the same prompt.
    """
    folder = plan.prompts.templates.folder
    if folder is None:
        return
    episode = next(plan_episodes(plan))
    for setting in plan.settings:
        prompts = [*_prompts(plan, setting, episode)]
        if not setting.writes_program and len(prompts) > 1 and all(each == prompts[0] for each in prompts):
            problem = f"all queries have the same prompt in {setting.name}: no template shows {{{{ question }}}}"
            raise UsageError(f"prompts={folder}", problem)
    for number, check in draw_checks(plan, 0) if plan.checks else []:
        _ = check_call(plan, episode, number, check).messages


def _prompts(plan: Plan, setting: Setting, episode: Episode) -> Iterator[list[Message]]:
    for call in setting_calls(plan, setting, episode):
        if call.sample:
            continue
        if call.needs:
            _ = call.needs.messages
        yield call.messages
        _further_rounds(call)


def _further_rounds(call: Call) -> None:
    """The second round after a completion without a program, and after one whose program misses every shot."""
    if call.rounds == 1:
        return
    rule = [Tried(call.needs.messages, "a rule", None, ())] if call.needs else []
    missed = tuple(unanswered("not run") for _ in call.episode.shots)
    for program, verdicts in ((None, ()), ("def solver(): ...", missed)):
        if following := call.next([*rule, Tried(call.messages, "", program, verdicts)]):
            _ = following.messages
