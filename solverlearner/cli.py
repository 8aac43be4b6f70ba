"""The commands that Hydra configures: configurations become plans and models here, and nowhere else."""

import argparse
import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import hydra
from omegaconf import DictConfig, OmegaConf

from solverlearner.build import construct, instance, recorded
from solverlearner.config_errors import one_line
from solverlearner.display import render_summary
from solverlearner.episode import draw_episodes
from solverlearner.errors import RunStopped, UsageError, check_range
from solverlearner.executor import Executor, ExecutorError, Limits
from solverlearner.model import Model
from solverlearner.option_help import help_text
from solverlearner.plan import Plan
from solverlearner.prompt import render
from solverlearner.results import RunFolder, folder_name, open_folder
from solverlearner.run import Counts
from solverlearner.session import carry_out
from solverlearner.setting import parse_settings
from solverlearner.summary import as_record, read_rows, summarise

# What a run's folder does not depend on: these change how it is carried out, not what the model is asked.
_NOT_IN_NAME = ("results", "concurrency", "executor")
_PLAN_KEYS = ("episodes", "shots", "queries", "seed", "hint", "concurrency")


def hydra_command(main: Callable[[], None], argv: Sequence[str]) -> int:
    """Run one of the functions below on the words of a command line; gives the exit code.

    0, 1 for a run that could not finish, 2 for an option that is wrong, 130 for Ctrl-C; each with one line.
    """
    OmegaConf.register_new_resolver("solverlearner_help", help_text, replace=True)
    # Python 3.14 checks help texts as options are added, and stumbles over Hydra 1.3's lazy one (hydra issue 3121).
    setattr(argparse.ArgumentParser, "_check_help", lambda parser, action: None)  # noqa: B010
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us instead of being printed and ended with code 1
    sys.argv = ["solverlearner", *argv]
    try:
        main()
    except _Reported as reported:
        return reported.code
    except Exception as error:
        return _report(error)
    return 0


class _Reported(BaseException):
    """A job's error whose line is printed. No Exception: Hydra would add a line of its own before passing it on."""

    def __init__(self, code: int) -> None:
        self.code = code


def _report(error: BaseException) -> int:
    """Print the line of an error that a person can act on; gives its exit code. Raises: what is a bug."""
    if isinstance(error, KeyboardInterrupt):
        code, line = 130, f"stopped. {error}".rstrip()
    elif isinstance(error, RunStopped | ExecutorError):
        code, line = 1, str(error)
    elif found := one_line(error):
        code, line = 2, found
    else:
        raise error
    print(f"solverlearner: {line}", file=sys.stderr)
    return code


def _job(body: Callable[[dict[str, Any]], None]) -> Callable[[DictConfig], None]:
    @functools.wraps(body)
    def task_function(config: DictConfig) -> None:
        try:
            body(_plain(config))
        except (Exception, KeyboardInterrupt) as error:
            raise _Reported(_report(error)) from None

    return task_function


@hydra.main(version_base="1.3", config_path="conf", config_name="run")
@_job
def run_main(options: dict[str, Any]) -> None:
    """`run`: ask, score, print the square. Raises: UsageError, RunStopped."""
    plan = _plan(options)
    model: Model = instance(options["model"])
    executor = _executor(options["executor"])
    kept = recorded(options | {"settings": [setting.name for setting in plan.settings]})
    named = {key: value for key, value in kept.items() if key not in _NOT_IN_NAME}
    label = f"{plan.task.name}-{plan.task.variant}-{model.name}"
    with open_folder(Path(str(options["results"])), folder_name(named, label), kept) as folder:
        counts = carry_out(folder, plan, model, executor)
        summary = summarise(read_rows(folder.path))
        folder.write("summary.json", as_record(summary))
        print(_title(plan, model), end="\n\n")
        print(render_summary(summary, shots=plan.shots, default_world=plan.task.default_world.name), end="\n\n")
        print(_ending(folder, model, executor, counts), flush=True)
    if counts.unanswered:
        problem = f"{counts.unanswered} of {counts.total} calls are unanswered ({counts.last_error})"
        raise RunStopped(f"{problem}; the same command asks only for those")


def _executor(config: dict[str, Any]) -> Executor:
    limits = dict(config)
    workers, require, modules = (limits.pop(key) for key in ("workers", "require", "modules"))
    if workers is not None:
        check_range("executor.workers", workers if isinstance(workers, int) else 0, 1, 1_024)
    if not isinstance(modules, list):
        raise UsageError(f"executor.modules={modules}", "must be a list: executor.modules=[hashlib]")
    return Executor(construct(Limits, "executor.", limits), workers, require, [*map(str, modules)])


def _title(plan: Plan, model: Model) -> str:
    size = f"{plan.episodes} episodes × {plan.queries} queries · {plan.shots} shots · seed {plan.seed}"
    return f"{plan.task.name} {plan.task.variant} · {model.name} · {size}"


def _ending(folder: RunFolder, model: Model, executor: Executor, counts: Counts) -> str:
    lines = [f"Rows, prompts, replies and manifest: {folder.path}"]
    lines.append(f"Programs ran behind: {', '.join(executor.protections)}")
    if counts.stored:
        lines.append(
            f"{counts.stored} of {counts.total} replies were there already; {counts.asked} were asked for now."
        )
    if model.remark:
        lines.append(model.remark)
    return "\n".join(lines)


@hydra.main(version_base="1.3", config_path="conf", config_name="show")
@_job
def show_main(options: dict[str, Any]) -> None:
    """`show`: print the exact prompts of one query of one episode; calls nothing. Raises: UsageError."""
    if options["setting"] is not None:
        options["settings"] = [options["setting"]]
    plan = _plan(options)
    check_range("episode", options["episode"], 0, plan.episodes - 1)
    check_range("query", options["query"], 0, plan.queries - 1)
    episodes = draw_episodes(plan.task, seed=plan.seed, episodes=plan.episodes, shots=plan.shots, queries=plan.queries)
    episode = next(e for e in episodes if e.index == options["episode"])
    item = episode.queries[options["query"]]
    for setting in plan.settings:
        query = None if setting.writes_program else item
        print(f"--- {setting.name}: {setting.title}")
        for message in render(plan.task, setting, episode, query, plan.hint):
            print(message["content"])
        print(f"--- expected: {item.expected}\n" if query else "--- expected: a program\n")


def _plain(config: DictConfig) -> dict[str, Any]:
    options = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    if not isinstance(options, dict):
        raise UsageError("configuration", "must be a mapping of options")
    return {str(key): value for key, value in options.items()}


def _plan(options: dict[str, Any]) -> Plan:
    settings = options["settings"]
    if not isinstance(settings, list):
        raise UsageError(f"settings={settings}", "must be a list: settings=[zero_shot,solverlearner]")
    given = {key: options[key] for key in _PLAN_KEYS}
    return construct(Plan, "", {"task": instance(options["task"]), "settings": parse_settings(settings), **given})
