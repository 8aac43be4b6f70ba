"""A setting is one entry and a template: every part of the harness takes it from there."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import solverlearner

from solverlearner.design.setting import (
    ASKABLE,
    CHECK,
    RULE,
    SETTINGS,
    Effect,
    all_effects,
    of_task,
    parse_settings,
    settings_of_rows,
)

ROOT = Path(__file__).resolve().parent.parent
ENTRY = """
    Setting(
        name="io_steps",
        title="rule induced from examples step by step, model executes",
        rule_given=False,
        shots_shown=True,
        template="ask_steps.jinja",
        kind="inductive",
        effects=(Effect("execution effect, steps asked for", ("io_steps", "io")),),
    ),
    Setting(
        name="code_io_mf",
        title="rule and examples given, model writes it as code, interpreter executes",
        rule_given=True,
        shots_shown=True,
        writes="program",
        template="ask_program.jinja",
        checked_on_shots=True,
    ),
)

ASKABLE ="""
TEMPLATE = 'First write the rule in one line.\n{% include "ask_answer.jinja" %}\n'


INVERTED = ["invert", "invert_code"]


def test_the_defaults_are_the_square_of_the_paper():
    assert [*SETTINGS] == ["zero_shot", "io_mf", "io", "code_mf", "solverlearner"]
    assert [*ASKABLE] == [*SETTINGS, "apply_own_rule", "closed", "closed_again", "context", "persuade", *INVERTED]
    assert [*of_task("arith")] == [*SETTINGS, "apply_own_rule", "closed", "closed_again", *INVERTED]
    assert settings_of_rows()[-1] is CHECK
    assert parse_settings(["solverlearner", "io", "io"]) == (ASKABLE["io"], ASKABLE["solverlearner"])


def test_the_effects_are_those_of_the_paper_and_say_how_they_are_made():
    assert [(each.title, each.formula) for each in all_effects()] == [
        ("induction effect, model executes", "io − zero_shot"),
        ("induction effect, same examples shown", "io − io_mf"),
        ("induction effect, interpreter executes", "solverlearner − code_mf"),
        ("execution effect, rule given", "code_mf − zero_shot"),
        ("execution effect, rule induced", "solverlearner − io"),
        ("execution effect, own rule", "solverlearner − apply_own_rule"),
        ("interaction", "solverlearner − io − code_mf + zero_shot"),
        ("inductive − deductive (the paper's)", "solverlearner − zero_shot"),
        ("persuasion by the rule", "zero_shot − closed"),
        ("persuasion by the examples", "io − closed"),
        ("effect of the original context", "context − closed"),
        ("effect of asking for an input, model executes", "invert − zero_shot"),
        ("effect of asking for an input, interpreter executes", "invert_code − code_mf"),
    ]


@pytest.mark.parametrize("setting", [*settings_of_rows(), RULE], ids=lambda setting: setting.name)
def test_an_entry_is_whole(setting):
    assert (ROOT / "prompts" / setting.template).is_file()
    for effect in setting.effects:
        before = [*ASKABLE][: [*ASKABLE].index(setting.name) + 1]
        assert setting.name in effect.settings
        assert {*effect.settings} <= {*before}
        assert len(effect.weights) == len(effect.settings)
        assert sum(effect.weights) == 0


def test_no_other_module_names_a_setting():
    """Names in docstrings and help are examples; code that names one would leave a new setting out."""
    names = {*ASKABLE} - {"solverlearner", "context"}  # the package's name, too, and a length in tokens
    found = []
    parts = ("design", "evaluation", "analysis", "reporting", "cli", "inference", "models", "conf")
    for path in (path for part in parts for path in (ROOT / "solverlearner" / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and node.value in names and path.name != "setting.py":
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.value}")
    assert found == []


def test_an_effect_of_unequal_weights_has_a_formula():
    assert Effect("e", ("a", "b", "c"), (-1, 1, 1)).formula == "− a + b + c"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """This checkout with one entry and one template more, and nothing else changed."""
    copy = tmp_path_factory.mktemp("checkout")
    for part in ("solverlearner", "prompts"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("tasks", "pyproject.toml"):
        (copy / part).symlink_to(ROOT / part)
    module = copy / "solverlearner" / "design" / "setting.py"
    whole = module.read_text("utf-8")
    assert whole.count("\n)\n\nASKABLE =") == 1
    module.write_text(whole.replace("\n)\n\nASKABLE =", ENTRY), "utf-8")
    (copy / "prompts" / "ask_steps.jinja").write_text(TEMPLATE, "utf-8")
    return copy


@pytest.fixture(scope="module")
def command(checkout):
    def run(*words):
        env = os.environ | {"PYTHONPATH": str(checkout)}
        line = [sys.executable, "-m", "solverlearner", *words]
        done = subprocess.run(line, capture_output=True, text=True, cwd=checkout, env=env, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_one_entry_and_one_template_are_a_setting_from_the_prompt_to_the_tables(command, checkout):
    names = "settings=[zero_shot,io,io_steps,solverlearner]"
    words = [names, "model=scripted", "behaviour=waver", "episodes=6", "queries=3", "checks=true"]
    shown = command("show", "setting=io_steps", "model=scripted")
    assert "--- io_steps: rule induced from examples step by step, model executes\n" in shown
    assert "First write the rule in one line.\n" in shown
    assert "io_steps" in command("run", "--help")

    square = command("run", *words, "details=true")
    assert re.search(r"^  model executes +zero_shot +\d.* io +\d", square, re.MULTILINE)
    assert re.search(r"^ +check +\d.* io_steps +\d", square, re.MULTILINE)
    assert re.search(r"^  io_steps +inductive accuracy +\d", square, re.MULTILINE)
    assert re.search(r"^  execution effect, steps asked for +.* io_steps − io$", square, re.MULTILINE)

    command("tables", "format=[md,svg]")
    folder = checkout / "results" / "tables"
    tables = (folder / "tables.md").read_text("utf-8").replace("\\", "")
    assert "io_steps − zero_shot" in tables
    assert "Inductive: solverlearner, io_steps." in tables
    assert "execution effect, steps asked for: io_steps − io" in tables
    assert "inductive: io_steps" in (folder / "comparison_arith.svg").read_text("utf-8")

    command("report")
    page = (checkout / "results" / "report.html").read_text("utf-8")
    assert page.count('<span class="setting">io_steps</span>') == 1
    assert "--io_steps: #" in page
    command("export", "hf", "to=exported")
    assert '"setting": "io_steps"' in (checkout / "exported" / "data" / "rows-00000.jsonl").read_text("utf-8")


def test_an_entry_that_is_checked_on_shots_has_learners(command, checkout):
    words = ["settings=[solverlearner,code_io_mf]", "model=scripted", "behaviour=revise", "episodes=3", "queries=2"]
    words += ["results=learned"]
    for more in (["refine=0"], ["refine=2"]):
        command("run", *words, *more)
    refined = command("run", *words, "refine=1", "hypothesis=text", "details=true")  # which code_io_mf does not go by
    assert re.search(r"code_io_mf +1\.000 .*6 queries, 3 episodes", refined)
    rows = [json.loads(line) for path in checkout.glob("learned/*/rows.jsonl") for line in path.open()]
    calls = {(row["setting"], row["calls"], row["own_rule"] is not None) for row in rows}
    assert calls == {
        ("solverlearner", 1, False), ("code_io_mf", 1, False),
        ("solverlearner", 2, False), ("code_io_mf", 2, False), ("solverlearner", 3, True),
    }  # fmt: skip
    command("tables", "results=learned", "only=learners", "format=md")
    tables = (checkout / "learned" / "tables" / "tables.md").read_text("utf-8").replace("\\", "")
    assert "**solverlearner: base-9, scripted-revise," in tables
    assert "**code_io_mf: base-9, scripted-revise," in tables


def test_the_runs_of_before_keep_their_folders(command, checkout):
    name = re.compile(r"results/(arith-\S+)")
    plain = ["model=scripted", "episodes=1", "queries=1"]
    before = solverlearner("run", *plain, cwd=checkout).stdout
    assert name.search(before)[1] == name.search(command("run", *plain))[1]
