"""The help of commands: what the command and the chosen task and model have, within the terminal's width."""

import re
import subprocess
import sys

import pytest
from test_cli import ROOT

from solverlearner.cli.help import help_text
from solverlearner.cli.main import commands, has_options
from solverlearner.errors import UsageError


@pytest.mark.parametrize("command", [name for name in commands() if has_options(name)])
@pytest.mark.parametrize("words", [[], ["--help=all"]])
@pytest.mark.parametrize("width", [50, 80])
def test_no_line_of_a_help_is_wider_than_the_terminal(command, words, width):
    lines = help_text(command, words, width).splitlines()
    wide = [line for line in lines if len(line) > width]
    assert [line for line in wide if len(line.split()) > 1 and "solverlearner" not in line and "://" not in line] == []
    assert len(lines) > 5


def test_help_shows_the_options_of_the_chosen_task_and_model(tmp_path):
    (tmp_path / "task").mkdir()
    (tmp_path / "task/own.yaml").write_text("# @package _global_\n# my own task\nsize: 3  # how large\n")
    (tmp_path / "wise.py").write_text('class Twice(Learner):\n    """Asks twice."""\n')
    (tmp_path / "words").mkdir()
    (tmp_path / "words/framing.jinja").write_text("x")
    cipher = help_text("run", ["task=cipher", "model=openai"], 100)
    assert "shift=5" in cipher
    assert "reasoning_effort=null" in cipher
    assert "base=9" not in cipher
    assert "executor.call_s" not in cipher
    own = help_text("run", ["-cd", str(tmp_path), "task=own"], 300)
    assert "  size=3  how large\n" in own
    assert re.search(r"  learner=wise.Twice +Asks twice\.\n", own)
    assert re.search(rf"  prompts={tmp_path}/words +templates of your own: framing.jinja\n", own)
    for words, line in (
        (["task=cipha"], "task=cipha: must be one of .*; did you mean cipher?"),
        (["--help=most"], "--help=most: must be --help, or --help=all"),
        (["-cd", "nowhere"], "-cd nowhere: no such folder"),
    ):
        with pytest.raises(UsageError, match=line.replace("?", r"\?")):
            help_text("run", words, 80)


def test_help_imports_neither_hydra_nor_a_command():
    program = "import sys; from solverlearner.cli.main import main; main(['run', '--help']); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    modules = loaded.splitlines()[-1].split()
    assert "solverlearner.cli.help" in modules
    for name in ("hydra", "omegaconf", "pandas", "aiohttp", "solverlearner.cli.commands.run"):
        assert name not in modules
