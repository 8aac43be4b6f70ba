"""`list`, and what it takes to add a command: one file of code and one of options."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from test_cli import ROOT, solverlearner


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("tasks", r"task=arith +base-N arithmetic"),
        ("models", r"model=gguf +any GGUF file on this machine"),
        ("settings", r"io_mf +rule and examples given, model executes"),
        ("learners", r"learner=refine +\S.*"),
        ("experiments", r"experiment=shots +how many examples does induction need\?"),
    ],
)
def test_every_kind_is_a_table_with_a_sentence_each(kind, row):
    done = solverlearner("list", kind)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^  {row}", done.stdout, re.MULTILINE)
    assert all(re.fullmatch(r"  \S+ {2,}\S.*", line) for line in done.stdout.splitlines())


@pytest.mark.parametrize("flag", [["-cd", "mine"], ["--config-dir", "mine"], ["--config-dir=mine"]])
@pytest.mark.parametrize("first", [True, False])
def test_a_users_own_are_listed_too(tmp_path, flag, first):
    (tmp_path / "mine/task").mkdir(parents=True)
    (tmp_path / "mine/task/reversed.yaml").write_text("# @package _global_\n# words read backwards\n")
    words = ["list", *flag, "tasks"] if first else ["list", "tasks", *flag]
    listed = solverlearner(*words, cwd=tmp_path).stdout
    assert re.search(r"^  task=reversed +words read backwards$", listed, re.MULTILINE)
    assert "task=arith" in listed


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ([], "list: must be followed by one of tasks, models, experiments, settings, learners"),
        (["taks"], "list taks: must be one of tasks, models, experiments, settings, learners; did you mean tasks?"),
        (["tasks", "models"], "list tasks models: takes one of"),
        (["tasks", "-cd", "nowhere"], "-cd nowhere: no such folder"),
        (["--all", "tasks"], "list --all: only -cd DIR can be given"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_words_are_one_line(tmp_path, words, line):
    done = solverlearner("list", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr


COMMAND = '''"""greet: say hello, as often as is wanted."""

from collections.abc import Sequence
from typing import Any

import hydra

from solverlearner.cli.hydra_app import hydra_command, job


@hydra.main(version_base="1.3", config_path="pkg://solverlearner.conf", config_name="greet")
@job
def greet_main(options: dict[str, Any]) -> None:
    """Say it."""
    print(*["hello", options["who"]] * options["times"])


def main(words: Sequence[str]) -> int:
    """Run the command with the words behind its name; gives the exit code."""
    return hydra_command(greet_main, words)
'''
OPTIONS = """# `python -m solverlearner greet`
defaults:
  - quiet
  - _self_
  - override hydra/hydra_logging: none
  - override hydra/job_logging: none

who: world  # whom to greet
times: 1  # how often

hydra:
  help:
    template: ${solverlearner_help:greet}
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the package with one command more."""
    root = tmp_path_factory.mktemp("copy")
    for folder in ("solverlearner", "tasks", "prompts"):
        shutil.copytree(f"{ROOT}/{folder}", root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(f"{ROOT}/pyproject.toml", root)
    (root / "solverlearner/cli/commands/greet.py").write_text(COMMAND)
    (root / "solverlearner/conf/greet.yaml").write_text(OPTIONS)
    return root


def in_copy(root, *words):
    command = [sys.executable, "-m", "solverlearner", *words]
    env = os.environ | {"PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=120)


def test_a_command_is_one_file_and_one_yaml(copy):
    assert re.search(r"^  greet +say hello, as often as is wanted$", in_copy(copy).stdout, re.MULTILINE)
    done = in_copy(copy, "greet", "who=2026_11_29", "times=2")
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello 2026_11_29 hello 2026_11_29\n", "")


def test_its_help_is_made_from_them(copy):
    text = in_copy(copy, "greet", "--help").stdout
    assert text.startswith("python -m solverlearner greet [OPTION=VALUE ...]\n\nSay hello, as often as is wanted")
    assert re.search(r"^  times=1 +how often$", text, re.MULTILINE)


def test_its_wrong_options_are_one_line(copy):
    for word, line in (
        ("tims=2", "tims: no such option; did you mean times? `python -m solverlearner greet --help` lists them"),
        ("times=often", "times=often: must be a whole number"),
        ("who=", "who=: is empty"),
    ):
        done = in_copy(copy, "greet", word)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert line in done.stderr
