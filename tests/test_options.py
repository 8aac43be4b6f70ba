"""The options that change what a run's shots are and what is asked besides, as a person gives them."""

import json
import re

import pytest
from test_cli import solverlearner

from solverlearner.design.plan import Plan
from solverlearner.design.setting import parse_settings
from solverlearner.errors import UsageError
from solverlearner.tasks.arith import Arith

SMALL = ["model=scripted", "episodes=2", "queries=2"]


def test_a_run_with_all_of_them_says_so_and_records_it(tmp_path):
    words = ["task=spatial", "data=wu2023", "noise=0.25", "noise_kind=random", "noise_told=true", "identifiable=true"]
    done = solverlearner("run", *words, "checks=true", *SMALL, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\n +check +1\.000 \[0\.207, 1\.000\]\n", done.stdout)
    assert "1 question\n" in done.stdout
    assert "Noise: 4 of all 16 shots show a wrong output." in done.stdout
    (folder,) = (tmp_path / "results").glob("spatial-r90-wu2023-scripted-ideal-*")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert [row["setting"] for row in rows].count("check") == 1
    assert {row["corrupted"] for row in rows} == {2}
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["checks"]["queries"], summary["shots_corrupted"]) == (1, 4)
    assert any("wrong" in row["prompt"][0]["content"] for row in rows if row["setting"] == "io")


def test_show_prints_the_checks_alone_and_beside_the_settings(tmp_path):
    alone = solverlearner("show", "setting=check", cwd=tmp_path).stdout
    assert re.findall(r"^--- (\w+):", alone, re.MULTILINE) == ["check", "expected"] * 2
    assert "What is the next number after 38?" in alone
    assert "--- expected: 40\n" in alone
    beside = solverlearner("show", "checks=true", "settings=[io]", cwd=tmp_path).stdout
    assert re.findall(r"^--- (\w+):", beside, re.MULTILINE) == [
        "io",
        "expected",
        "check",
        "expected",
        "check",
        "expected",
    ]
    assert alone in beside


@pytest.mark.parametrize("command", ["data", "score"])
def test_the_new_commands_have_help_and_are_listed(command):
    assert f"\n  {command} " in solverlearner().stdout
    text = solverlearner(command, "--help").stdout
    assert text.startswith(f"python -m solverlearner {command} [OPTION=VALUE ...]\n")
    assert {"data": "  format=jsonl", "score": "  replies=…"}[command] in text
    assert "task=syntax" in text
    assert "model=gguf" not in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["run", "noise=much"], "noise=much: must be a number"),
        (["run", "checks=maybe"], "checks=maybe: must be true or false"),
        (["run", "task=syntax", "data=wu2023"], "data: no such option; it belongs to another task, model or command"),
        (["run", "shots=0", "identifiable=true"], "identifiable=true: 0 shots of arith base-9 do not pin the rule"),
        (["data", "format=xml"], "format=xml: must be one of jsonl, csv, wu2023, wu2023_few_shot"),
        (["data", "format=wu2023"], "format=wu2023: is there for task=arith data=wu2023 and task=spatial data=wu2023"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_user_does_wrong_is_one_line_and_exit_code_2(tmp_path, words, line):
    done = solverlearner(*words, *(SMALL if words[0] == "run" else []), cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"solverlearner: {line}")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"noise": 1.5}, "noise=1.5: must be between 0 and 1"),
        ({"noise": -0.1}, "noise=-0.1: must be between 0 and 1"),
        ({"noise_kind": "white"}, "noise_kind=white: must be one of default, random"),
    ],
)
def test_values_out_of_range_are_named(change, line):
    with pytest.raises(UsageError, match=re.escape(line)):
        Plan(Arith(), parse_settings(["io"]), 1, 1, 1, 0, "domain", **change)
