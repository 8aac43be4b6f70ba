"""Help: what a command does, and the options that it and the chosen task and model have, within a terminal's width.

Texts come from the fields in `run_options`; those of a task, a model or one command from comments in its YAML file.
Neither Hydra nor the command's own modules are imported for it.
"""

import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from solverlearner.cli.conf_files import about, check_folders, folders, members, own_folders
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.main import summary_of
from solverlearner.cli.own_parts import own_learners, own_prompts
from solverlearner.design.setting import ASKABLE
from solverlearner.errors import UsageError, did_you_mean, warn
from solverlearner.evaluation.run_options import (
    CallOptions,
    DrawOptions,
    ExecutorOptions,
    Option,
    Part,
    RunOptions,
    options_of,
)

_OPTION = re.compile(r"^(\w+): (.*?)  # (.+)$", re.MULTILINE)
_OF_TASKS = ("recorded", "scripted")
"""Models that can answer the prompts of tasks only."""
_MOST_USED = (
    "settings", "episodes", "queries", "shots", "hint", "temperature", "max_tokens", "samples", "noise", "refine",
    "prompts", "concurrency", "budget", "results", "details",
)  # fmt: skip
"""The options that are shown without `--help=all`, most used first."""
_NARROWEST, _WIDEST = 50, 110

Row = tuple[str, str]


def print_help(command: str, words: Sequence[str]) -> int:
    """Print the help of a command for the other words of its line; gives the exit code."""
    width = min(max(shutil.get_terminal_size().columns, _NARROWEST), _WIDEST)
    try:
        print(help_text(command, words, width), flush=True)
    except UsageError as error:
        warn(str(error))
        return 2
    return 0


def help_text(command: str, words: Sequence[str], width: int) -> str:
    """The help of a command. `words` choose a task and a model, name folders (`-cd DIR`), and may hold `--help=all`.

    Raises: UsageError for a task, a model or a folder that is not there.
    """
    whole = [word for word in words if word.startswith("--help=")]
    if whole and whole != ["--help=all"]:
        raise UsageError(whole[0], "must be --help, or --help=all for every option")
    check_folders(words)
    return "\n".join(_Help(command, [*words], width, bool(whole)).lines())


class _Help:
    """The help of one command for the words of one line."""

    def __init__(self, command: str, words: list[str], width: int, whole: bool) -> None:
        self._command, self._words, self._width, self._whole = command, words, width, whole
        self._declared = DeclaredOptions(command, words)
        self._groups = [group for group in ("task", "model") if group in self._declared.own and self._takes(group)]

    def lines(self) -> Iterator[str]:
        """All lines."""
        summary = summary_of(self._command)
        begin = f"python -m solverlearner {self._command} [OPTION=VALUE ...]"
        yield from [begin, "", *self._wrapped(f"{summary[:1].upper()}{summary[1:]}."), ""]
        own = _options((folders()[0] / f"{self._command}.yaml").read_text(encoding="utf-8"))
        if "task" in self._declared.own:
            yield from self._of_asking(own)
        else:
            yield from self._section("Options (with their defaults):", own)
            if "model" in self._declared.own:
                yield from self._of_writing_model()
        yield from self._ending()

    def _takes(self, group: str) -> bool:
        """Whether the group's options matter: `data` and `score` ask no model."""
        return group == "task" or self._command in ("run", "show")

    def _of_asking(self, own: Sequence[Row]) -> Iterator[str]:
        """The help of commands that draw items."""
        yield from self._section("Options of this command:", own)
        for group in self._groups:
            yield from self._of_group(group)
        yield from self._of_own_folders()
        yield from self._section("Settings:", [(name, setting.title) for name, setting in ASKABLE.items()])
        if self._whole and self._command == "run":
            experiments = [(f"experiment={name}", about(text)) for name, text in self._members("experiment").items()]
            title = "Experiments, each a grid of runs; your own lie in DIR/experiment/ with -cd DIR:"
            yield from self._section(title, experiments)
        if self._command == "score":
            yield from self._section(
                "For a batch API's output file, as in the run that wrote it:", _rows(options_of(DrawOptions))
            )
        elif self._whole:
            for part in Part:
                yield from self._section(f"{part.title}:", _rows(o for o in options_of(RunOptions) if o.part is part))
        else:
            known = {each.name: each for each in options_of(RunOptions)}
            shown = [known[name] for name in _MOST_USED if name not in self._of_chosen()]
            yield from self._section("Most used options (with their defaults):", _rows(shown))
        if self._whole or self._command == "score":
            executor = [(f"executor.{name}", text) for name, text in _rows(options_of(ExecutorOptions))]
            yield from self._section(f"{Part.EXECUTOR.title}:", executor)

    def _of_group(self, group: str) -> Iterator[str]:
        """The members of a group, and the options of those that are chosen, or of all."""
        there, chosen = self._members(group), self._declared.chosen(group)
        for name in chosen:
            if name not in there:
                raise UsageError(f"{group}={name}", f"must be one of {', '.join(there)}{did_you_mean(name, there)}")
        title = f"{group.capitalize()}s:" if self._whole else f"{group.capitalize()}s, here {group}={','.join(chosen)}:"
        yield from self._section(title, [(f"{group}={name}", about(text)) for name, text in there.items()])
        for name in there if self._whole else chosen:
            if options := _options(there[name]):
                yield from self._section(f"Options of {group}={name}:", options)

    def _of_chosen(self) -> set[str]:
        """The options for which a chosen task or model has a default of its own."""
        of_members = self._declared.of_members
        chosen = [of_members[group].get(name, {}) for group in self._groups for name in self._declared.chosen(group)]
        return {option for options in chosen for option in options}

    def _of_own_folders(self) -> Iterator[str]:
        own = own_folders(self._words)
        learners = [(f"learner={path}", text) for path, text in own_learners(own).items()]
        prompts = [(f"prompts={place}", text) for place, text in own_prompts(own).items()]
        yield from self._section(f"Also in {', '.join(map(str, own))}:", [*learners, *prompts])

    def _of_writing_model(self) -> Iterator[str]:
        """The help on the model that `synth` may ask for inputs."""
        named = ", ".join(f"model={name}" for name in self._members("model") if name not in _OF_TASKS)
        text = (
            f"A model writes the inputs where one is named, as for `run`: {named} with the options of the model that "
        )
        yield from self._wrapped(f"{text}`run model=NAME --help` lists, and:")
        yield from self._section("", _rows(options_of(CallOptions)))

    def _ending(self) -> Iterator[str]:
        command = f"python -m solverlearner {self._command}"
        rows = []
        if self._groups and not self._whole:
            other = "cipher" if "model" not in self._groups else "cipher model=openai"
            rows = [
                (f"{command} --help=all", "every option, of all tasks and models too"),
                (
                    f"{command} task={other} --help",
                    "the options of another task" + " or model" * ("model" in self._groups),
                ),
            ]
        if self._command == "run":
            rows += [
                ("python -m solverlearner list experiments", "grids of runs: experiment=NAME"),
                ("-m", "run every combination of a=1,2 b=3,4"),
            ]
        rows += [
            ("-cd DIR", "a folder of your own, with modules, task/NAME.yaml, model/NAME.yaml"),
            ("--cfg job", "print the options and do nothing; --hydra-help lists Hydra's other flags"),
        ]
        yield from self._table(rows)

    def _members(self, group: str) -> Mapping[str, str]:
        return members(group, self._words)

    def _section(self, title: str, rows: Iterable[Row]) -> Iterator[str]:
        """Rows under a title, with an empty line behind; nothing without rows."""
        if rows := [*rows]:
            yield from self._wrapped(title) if title else ()
            yield from [*self._table(rows), ""]

    def _table(self, rows: Sequence[Row]) -> Iterator[str]:
        """Names and their texts as two columns. A name that is longer than a third of the width has its own line."""
        most = self._width // 3
        left = 2 + max((len(name) for name, _ in rows if len(name) <= most), default=4)
        for name, text in rows:
            lines = textwrap.wrap(text, self._width - left - 2, break_on_hyphens=False, break_long_words=False)
            if len(name) > most:
                yield f"  {name}"
            else:
                yield f"  {name:<{left}}{lines[0] if lines else ''}".rstrip()
                lines = lines[1:]
            yield from (f"  {'':<{left}}{line}" for line in lines)

    def _wrapped(self, text: str) -> list[str]:
        return textwrap.wrap(text, self._width, break_on_hyphens=False, break_long_words=False)


def _rows(known: Iterable[Option]) -> list[Row]:
    return [(f"{each.name}={each.default_text}", each.help) for each in known]


def _options(text: str) -> list[Row]:
    """The options in a configuration file's text, with the comments behind them."""
    found = _OPTION.findall(text)
    return [(f"{name}={value.replace('???', '…').replace(', ', ',')}", about) for name, value, about in found]
