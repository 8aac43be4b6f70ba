"""show: print the exact prompts of one episode and call nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job
from solverlearner.design.call import Call
from solverlearner.design.episode import Episode
from solverlearner.design.plan import Plan, check_call, draw_checks, plan_episodes, setting_calls
from solverlearner.design.setting import CHECK
from solverlearner.errors import check_range
from solverlearner.evaluation.options import model_of, plan_of
from solverlearner.evaluation.recorded_limit import with_recorded_limit
from solverlearner.inference.reply_cache import kept_where
from solverlearner.models.base import Model
from solverlearner.models.recorded import Recorded


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="show")
@job
def show_main(options: dict[str, Any]) -> None:
    """`show`: print the exact prompts of one query of one episode; calls nothing. Raises: UsageError."""
    only = options["setting"]
    if only == CHECK.name:
        options["checks"] = True
    elif only is not None:
        options["settings"] = [only]
    plan = plan_of(options)
    check_range("episode", options["episode"], 0, plan.episodes - 1)
    check_range("query", options["query"], 0, plan.queries - 1)
    episode = next(e for e in plan_episodes(plan) if e.index == options["episode"])
    model = model_of(with_recorded_limit(options)) if options["why"] else None
    for call in _shown(plan, episode, options["query"], only):
        _print_call(call)
        if model and call.needs:
            print("--- reply: its prompt holds the rule that the first call replies with, so it is not looked for\n")
        elif model:
            print(f"--- reply: {_why(model, call, Path(str(options['results'])))}\n")


def _why(model: Model, call: Call, results: Path) -> str:
    return model.why(call) if isinstance(model, Recorded) else kept_where(results, model.request(call), call)


def _shown(plan: Plan, episode: Episode, query: int, only: str | None) -> Iterator[Call]:
    if only != CHECK.name:
        calls = [next(c for c in setting_calls(plan, s, episode) if c.query in (None, query)) for s in plan.settings]
        yield from {call.needs.place: call.needs for call in calls if call.needs}.values()
        yield from calls
    if plan.checks and only in (None, CHECK.name):
        for number, check in draw_checks(plan, episode.index):
            yield check_call(plan, episode, number, check)


def _print_call(call: Call) -> None:
    messages = call.messages  # before anything is printed: a rule may lack the form that they need
    print(f"--- {call.setting.name}: {call.setting.title}")
    for message in messages:
        if len(messages) > 1:
            print(f"[{message['role']}]")
        print(message["content"])
    if call.query is None:
        print(f"--- expected: {'a rule in words' if call.setting.writes == 'rule' else 'a program'}\n")
        return
    expected = call.items[0].expected
    print(f"--- expected: {call.task.literal(expected) if call.task.typed else expected}\n")


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(show_main, ["why=true" if word == "--why" else word for word in words])
