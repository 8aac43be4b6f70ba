"""The first word of a command line names the command, which gets the other words."""

import importlib
import os
import sys
from collections.abc import Sequence

from solverlearner import __version__
from solverlearner.cli.output import make_printable
from solverlearner.errors import did_you_mean, warn

_PACKAGE = "solverlearner.cli.commands"
_FOLDER = os.path.join(os.path.dirname(__file__), "commands")
_FIRST = (
    "demo",
    "run",
    "show",
    "data",
    "score",
    "calibrate",
    "diagnose",
    "tables",
    "report",
    "compare",
    "power",
    "rows",
    "export",
    "synth",
    "train",
    "exec",
    "list",
    "new",
    "completion",
)
"""The order of the help page, most used first; a command that is not here follows in the order of names."""

_PAGE = """\
python -m solverlearner COMMAND ...

{commands}

Begin with:  python -m solverlearner demo
Then:        python -m solverlearner run task=arith base=9
All options: python -m solverlearner run --help
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that the first word names; gives the exit code. Only that command is imported."""
    make_printable()
    words = [*(sys.argv[1:] if argv is None else argv)]
    if not words or words[0] in ("-h", "--help", "help"):
        print(_PAGE.format(commands="\n".join(f"  {name:<10} {summary_of(name)}" for name in commands())), end="")
        return 0
    name, *rest = words
    if name in ("-sc", "--shell-completion"):  # Hydra's flag for it
        name, rest = "completion", [word.removeprefix("install=") for word in rest]
    if name in ("--version", "-V") or "--version" in rest:
        print(f"solverlearner {__version__}")
        return 0
    if name not in commands():
        meant = did_you_mean(name, commands()) or ";"
        warn(f"{name}: no such command{meant} `python -m solverlearner` lists them")
        return 2
    if any(word in ("-h", "--help") or word.startswith("--help=") for word in rest) and has_options(name):
        from solverlearner.cli.help import print_help  # without the command's own modules, which take longer

        return print_help(name, rest)
    code: int = importlib.import_module(f"{_PACKAGE}.{name}").main(rest)
    return code


def has_options(name: str) -> bool:
    """Whether a command's options stand in a file of its own, from which its help is made."""
    return os.path.isfile(os.path.join(os.path.dirname(__file__), "..", "conf", f"{name}.yaml"))


def commands() -> list[str]:
    """The names of all commands: each module in `cli/commands/` is one. Read by the folder, since imports take time."""
    names = sorted(name.removesuffix(".py") for name in os.listdir(_FOLDER) if name.endswith(".py") and name[0] != "_")
    return sorted(names, key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))


def summary_of(name: str) -> str:
    """A command's line on the help page: the first line of its module's docstring, after "NAME: ". Imports nothing."""
    with open(os.path.join(_FOLDER, f"{name}.py"), encoding="utf-8") as source:
        return source.readline().partition(": ")[2].rstrip().rstrip('."')
