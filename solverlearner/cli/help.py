"""Help: the options of a command and their one-line texts.

Texts come from the fields in `run_options`; those of a task, a model or one command from comments in its YAML file.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

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

_USES = {
    "run": "Ask a model in every setting on the same items, run its programs, print the square.",
    "show": "Print the exact prompts of one query and call nothing.",
    "data": "Print a task's episodes, or the published file of its items, and call nothing.",
    "score": "Score stored replies, of a batch API or of others, with our readers and call nothing.",
    "export": "Write runs as Inspect logs or for Hugging Face's datasets, or triples as chats; the format comes first.",
    "tables": "Make tables and figures of the runs in a folder, for reading and for a paper, and call nothing.",
    "report": "Write one HTML file of the runs in a folder, with every episode to read, and call nothing.",
    "synth": "Make Case2Code data (programs with cases) from Python files, which are run in the executor only.",
}
_OF_RUNS = ("tables", "report", "export", "synth")  # these have no settings or tasks to choose


def help_text(command: str) -> str:
    """The help of a command: tasks, models and options as a person would type them."""
    lines = [f"python -m solverlearner {command} [OPTION=VALUE ...]", "", _USES[command], ""]
    own = _options(_conf() / f"{command}.yaml")
    if command in _OF_RUNS:
        lines += ["Options (with their defaults):", *columns(own)]
        if command == "synth":
            models = [file.name.removesuffix(".yaml") for file in _members("model")]
            named = ", ".join(f"model={each}" for each in models if each != "scripted")
            lines += ["", f"A model writes the inputs where one is named, as for `run`: {named}"]
            lines += ["with the options of the model that `run --help` lists, and:"]
            lines += columns(map(_row, options_of(CallOptions)))
    else:
        lines += ["Settings:", *setting_titles(), ""]
        for group in _GROUPS if command in ("run", "show") else ("task",):
            lines += [f"{group.capitalize()}s:", *columns(_choices(group)), ""]
        if command == "run":
            lines += ["Experiments, each a grid of runs; your own lie in DIR/experiment/ with -cd DIR:"]
            lines += [*columns(_choices("experiment")), ""]
        lines += ["Options (with their defaults):"]
        lines += [*columns(own), ""] if own else []
        if command == "score":
            lines += ["For a batch API's output file, as in the run that wrote it:"]
            lines += columns(map(_row, options_of(DrawOptions)))
        else:
            lines += _by_part(options_of(RunOptions))
        executor = [(f"executor.{name}", text) for name, text in map(_row, options_of(ExecutorOptions))]
        lines += ["", f"{Part.EXECUTOR.title}:", *columns(executor)]
    lines += [
        "",
        "Hydra's own flags work too, in front of the options: -m sweeps a=1,2; --cfg job prints; -cd DIR adds",
    ]
    lines += ["configuration files; --info; --hydra-help.", ""]
    return "\n".join(lines).replace("$", "$$")


def option_names() -> list[str]:
    """The names of all options, of whatever task and model."""
    texts = [[*map(_row, options_of(RunOptions))], *(_options(_conf() / f"{name}.yaml") for name in _USES)]
    for group in _GROUPS:
        texts += [_options(file) for file in _members(group)]
    return [*_GROUPS, "experiment", *(row[0].strip().partition("=")[0] for rows in texts for row in rows)]


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
