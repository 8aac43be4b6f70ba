"""Help: the options of a command and their one-line texts.

Texts come from the fields in `run_options`; those of a task, a model or one command from comments in its YAML file.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.main import summary_of
from solverlearner.evaluation.run_options import (
    CallOptions,
    DrawOptions,
    ExecutorOptions,
    Option,
    Part,
    RunOptions,
    options_of,
)
from solverlearner.reporting.terminal import columns, setting_titles

_OPTION = re.compile(r"^(\w+): (.*?)  # (.+)$", re.MULTILINE)
_GROUPS = ("task", "model")
_OF_TASKS = ("recorded", "scripted")
"""Models that can answer the prompts of tasks only."""


def help_text(command: str) -> str:
    """The help of a command: what it does, its tasks and models, and its options as a person would type them."""
    groups = DeclaredOptions(command).own
    summary = summary_of(command)
    lines = [f"python -m solverlearner {command} [OPTION=VALUE ...]", "", f"{summary[:1].upper()}{summary[1:]}.", ""]
    own = _options(_conf() / f"{command}.yaml")
    lines += _of_asking(command, own) if "task" in groups else ["Options (with their defaults):", *columns(own)]
    if "model" in groups and "task" not in groups:
        lines += _of_writing_model()
    sweeps = ["-m runs every combination of a=1,2 b=3,4."] if command == "run" else []
    flags = "Hydra's own flags work too: --cfg job prints the options; -cd DIR adds configuration files; --hydra-help."
    return "\n".join([*lines, "", *sweeps, flags, ""]).replace("$", "$$")


def _of_asking(command: str, own: list[tuple[str, str]]) -> Iterator[str]:
    """The help of commands that draw items: settings, tasks, models, experiments, options."""
    yield from ["Settings:", *setting_titles(), ""]
    for group in _GROUPS if command in ("run", "show") else ("task",):
        yield from [f"{group.capitalize()}s:", *columns(_choices(group)), ""]
    if command == "run":
        yield "Experiments, each a grid of runs; your own lie in DIR/experiment/ with -cd DIR:"
        yield from [*columns(_choices("experiment")), ""]
    yield "Options (with their defaults):"
    yield from [*columns(own), ""] if own else []
    if command == "score":
        yield "For a batch API's output file, as in the run that wrote it:"
        yield from columns(map(_row, options_of(DrawOptions)))
    else:
        yield from _by_part(options_of(RunOptions))
    executor = [(f"executor.{name}", text) for name, text in map(_row, options_of(ExecutorOptions))]
    yield from ["", f"{Part.EXECUTOR.title}:", *columns(executor)]


def _of_writing_model() -> list[str]:
    """The help on the model that `synth` may ask for inputs."""
    models = [file.name.removesuffix(".yaml") for file in _members("model")]
    named = ", ".join(f"model={each}" for each in models if each not in _OF_TASKS)
    lines = ["", f"A model writes the inputs where one is named, as for `run`: {named}"]
    lines += ["with the options of the model that `run --help` lists, and:"]
    return [*lines, *columns(map(_row, options_of(CallOptions)))]


def _by_part(known: list[Option]) -> Iterator[str]:
    """The lines of options under the title of their part."""
    for number, part in enumerate(part for part in Part if any(each.part is part for each in known)):
        yield from ([""] if number else [])
        yield f"{part.title}:"
        yield from columns(_row(each) for each in known if each.part is part)


def _row(known: Option) -> tuple[str, str]:
    return f"{known.name}={known.default_text}", known.help


def _conf() -> Traversable:
    return files("solverlearner.conf")


def _members(group: str) -> list[Traversable]:
    members = (_conf() / group).iterdir()
    return sorted((file for file in members if file.name.endswith(".yaml")), key=lambda file: file.name)


def _choices(group: str) -> Iterator[tuple[str, str]]:
    for file in _members(group):
        about = re.search(r"^# (?!@package)(.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        yield f"{group}={file.name.removesuffix('.yaml')}", about[1] if about else ""
        for option, text in _options(file):
            yield f"    {option}", text


def _options(file: Traversable) -> list[tuple[str, str]]:
    found = _OPTION.findall(file.read_text(encoding="utf-8"))
    return [(f"{name}={value.replace('???', '…').replace(', ', ',')}", text) for name, value, text in found]
