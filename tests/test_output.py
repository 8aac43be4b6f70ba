"""Output on terminals and in files that cannot hold every character, and on systems without Linux's own modules."""

import json
import os
import subprocess
import sys

import pytest
from test_cli import ROOT, SMALL, solverlearner

NARROW = [
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "ascii:strict"},
    {"PYTHONIOENCODING": "latin-1"},
    {"PYTHONIOENCODING": "cp1252"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]
COMMANDS = [
    [],
    ["list", "experiments"],
    ["run", "--help"],
    ["run", *SMALL],
    ["run", "-m", *SMALL, "base=8,9", "results=sweep"],
    ["run", "base=٣−→"],
    ["run", *SMALL, "hint=−"],
    ["fly−"],
    ["show", "task=case2code", "shots=2"],
    ["data", "task=case2code", "episodes=1"],
    ["data", "format=csv", "episodes=1"],
    ["compare", "io", "zero_shot"],
    ["compare", "−", "→"],
    ["tables", "format=[csv,md]"],
    ["report"],
    ["export", "hf"],
    ["exec", "ü.py", "--input", "[1]"],
    ["synth", "--help"],
    ["score", "--help"],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run whose model is not named in ASCII, and a program that prints and fails likewise."""
    path = tmp_path_factory.mktemp("narrow")
    assert solverlearner("run", *SMALL, cwd=path).returncode == 0
    (config,) = path.glob("results/*/rows.jsonl")
    config.write_text(config.read_text().replace("scripted-ideal", "模型−🙂"), encoding="utf-8")
    (path / "ü.py").write_text("def solver(x):\n    print('→')\n    raise ValueError('−🙂')\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("environment", NARROW, ids=lambda each: " ".join(each.values()))
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_no_command_ends_with_a_traceback(folder, words, environment):
    command = [sys.executable, "-m", "solverlearner", *words]
    env = os.environ | {"PYTHONPATH": ROOT} | environment
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=120)
    assert b"Traceback" not in done.stderr + done.stdout, done.stderr.decode(errors="replace")
    assert done.returncode in (0, 1, 2)
    if environment.get("PYTHONIOENCODING", "").startswith("ascii"):
        assert (done.stdout + done.stderr).isascii()


def test_signs_have_ascii_forms_and_latin_letters_stay(folder):
    ascii_text = solverlearner("compare", "io", "zero_shot", cwd=folder, PYTHONIOENCODING="ascii").stdout
    assert "A - B" in ascii_text
    printed = solverlearner("run", *SMALL, "results=again", cwd=folder, PYTHONIOENCODING="ascii").stdout
    assert printed.startswith("arith base-9 | scripted-ideal | 2 episodes x 2 queries | 8 shots | seed 0\n")


def test_data_stays_readable_as_json(folder):
    words = ["data", "task=case2code", "data=own.jsonl", "episodes=1", "queries=1", "shots=1"]
    cases = {"example_inputs": [{"x": "ü🙂"}, {"x": "ö"}], "example_outputs": ["ü🙂", "ö"]}
    triple = {"func_name": "same", "code": "def same(x):\n    return x\n", **cases}
    (folder / "own.jsonl").write_text(json.dumps(triple) + "\n")
    wide, narrow = (
        solverlearner(*words, cwd=folder, PYTHONIOENCODING=encoding).stdout for encoding in ("utf-8", "ascii")
    )
    assert wide, solverlearner(*words, cwd=folder).stderr
    assert narrow.isascii()
    assert json.loads(narrow) == json.loads(wide)


LINUX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios")
ELSEWHERE = f"""
import sys
for name in {LINUX_ONLY}:
    sys.modules[name] = None
from solverlearner.__main__ import shell
sys.exit(shell())
"""


def elsewhere(folder, *words):
    """A command on a system without the modules that only Unix has."""
    env = os.environ | {"PYTHONPATH": ROOT}
    command = [sys.executable, "-c", ELSEWHERE, *words]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"], ["--version"], ["list", "tasks"], ["run", "--help"], ["synth", "--help"], ["exec", "--help"],
        ["tables", "format=[csv]"], ["report"], ["compare", "io", "zero_shot"], ["export", "hf"],
        ["show", "task=case2code"], ["show", "--why", "model=scripted"], ["data", "episodes=1"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_without_linux_all_that_runs_no_program_works(folder, words):
    done = elsewhere(folder, *words)
    assert (done.returncode, done.stderr.replace("1 run folder", "")) == (0, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", *SMALL, "results=none"], "this system: has no file locks, which `run` and `score` need"),
        (["exec", "ü.py", "--input", "[1]"], "this system: cannot run programs of models in the executor"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_without_linux_the_rest_says_so_in_a_line(folder, words, line):
    done = elsewhere(folder, *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr
    assert not (folder / "none").exists()
