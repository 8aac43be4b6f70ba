"""Completion in shells, through the scripts that a user evaluates."""

import os
import shutil
import subprocess
import sys

import pytest
from test_cli import ROOT, SMALL, solverlearner

from solverlearner.cli.commands import completion

BASH = shutil.which("bash")
PRINTED = 'COMP_LINE="$1"; COMP_POINT=${#1}; _solverlearner; printf "%s\\n" "${COMPREPLY[@]}"'


@pytest.mark.skipif(BASH is None, reason="needs bash")
@pytest.mark.parametrize("script", ["completion bash", "-sc install=bash"])
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("solverlearner ru", ["run"]),
        ("python -m solverlearner list m", ["models"]),
        ("solverlearner run task=s", ["spatial", "syntax"]),
        ("solverlearner run -m experiment=pa", ["paper"]),
        ("solverlearner run task=cipher shi", ["shift="]),
        ("solverlearner run task=arith shi", [""]),
        ("solverlearner run settings=io,sol", ["io,solverlearner"]),
        ("solverlearner run checks=", ["true", "false"]),
        ("solverlearner tables onl", ["only="]),
        ("python script.py", [""]),
    ],
)
def test_bash_completes(tmp_path, script, line, expected):
    env = os.environ | {"PYTHONPATH": ROOT}
    body = f'eval "$({sys.executable} -m solverlearner {script})"; {PRINTED}'
    command = [BASH, "--norc", "-c", body, "bash", line]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert (done.stdout.split("\n")[:-1], done.stderr) == (expected, "")


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
@pytest.mark.parametrize(
    ("line", "expected"), [("solverlearner run task=ci", "task=cipher"), ("python -m solverlearner ru", "run")]
)
def test_fish_completes(tmp_path, line, expected):
    body = f"{sys.executable} -m solverlearner completion fish | source; complete -C '{line}'"
    env = os.environ | {"PYTHONPATH": ROOT, "HOME": str(tmp_path)}
    command = ["fish", "--no-config", "-c", body]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120)
    assert done.stdout.splitlines()[:1] == [expected]


@pytest.mark.parametrize(("shell", "word"), [("zsh", "compdef _solverlearner solverlearner"), ("fish", "complete -c")])
def test_each_shell_has_a_script_that_runs_this_python(capsys, shell, word):
    assert completion.main([shell]) == 0
    script = capsys.readouterr().out
    assert word in script
    assert f"'{sys.executable}' -m solverlearner completion words" in script


def test_another_shell_is_one_line():
    done = solverlearner("completion", "tcsh")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("solverlearner: completion tcsh: must be one of bash, zsh, fish;")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["io", "io"], "compare io io: A and B are the same"),
        (["io", "setting=io"], "compare io setting=io: A and B are the same"),
        (["results", "./results/"], "compare results ./results/: A and B are the same"),
        (["io", "zero_sht"], "did you mean zero_shot?"),
        (["io", "zero_shot", "results="], "results=: is empty"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_compare_takes_nothing_in_silence(tmp_path_factory, words, line):
    folder = tmp_path_factory.getbasetemp() / "compared"
    if not folder.exists():
        folder.mkdir()
        assert solverlearner("run", *SMALL, cwd=folder).returncode == 0
    done = solverlearner("compare", *words, cwd=folder)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr
