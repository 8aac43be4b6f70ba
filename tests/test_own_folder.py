"""A task, a model and a learner in a folder of a user's own: `-cd DIR` is all that names it."""

import re
import sys
from pathlib import Path

import pytest
from test_cli import ROOT, solverlearner

from solverlearner.cli.conf_files import make_importable
from solverlearner.cli.own_fault import own_fault
from solverlearner.errors import UsageError
from solverlearner.evaluation.contract_check import checked_model, checked_task
from solverlearner.evaluation.instantiate import instance
from solverlearner.tasks.arith import Arith

SMALL = ("episodes=1", "queries=2", "shots=2", "model=scripted")


def block(page, language):
    return re.search(rf"```{language}\n(.*?)```", (Path(ROOT) / "docs" / page).read_text("utf-8"), re.DOTALL)[1]


@pytest.fixture
def mine(tmp_path):
    for folder in ("task", "model"):
        (tmp_path / "mine" / folder).mkdir(parents=True)
    (tmp_path / "mine/counting.py").write_text(block("adding-a-task.md", "python"))
    (tmp_path / "mine/task/counting.yaml").write_text(block("adding-a-task.md", "yaml"))
    (tmp_path / "mine/twice.py").write_text(block("adding-a-learner.md", "python"))
    return tmp_path


def test_its_modules_are_imported_by_themselves(mine):
    done = solverlearner("run", "-cd", "mine", "task=counting", "learner=twice.AskTwice", *SMALL, cwd=mine)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("100 %") >= 5
    assert "run -cd mine task=counting model=compatible" in done.stdout  # what to do next, as it can be typed


def test_workers_of_a_sweep_import_them_too(mine):
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    words = ["-cd", "mine", "task=counting", "step=2,4", *SMALL, "hydra/launcher=joblib"]
    done = solverlearner("run", "-m", *words, cwd=mine)
    assert (done.returncode, done.stdout.count("solverlearner 1.000")) == (0, 2), done.stderr


def test_they_stand_behind_the_standard_library_and_before_installed_packages(tmp_path, monkeypatch):
    installed = next(path for path in sys.path if path.endswith("-packages"))
    monkeypatch.setattr(sys, "path", ["/lib/python", installed, "/further"])
    make_importable([tmp_path, tmp_path])
    assert sys.path == ["/lib/python", str(tmp_path), installed, "/further"]


WRONG = {
    "syntax": ("class Own(:", "cannot be imported: SyntaxError: invalid syntax (own_syntax.py, line 1)"),
    "fails": (
        "x = 1\n\nnone_such",
        "cannot be imported: NameError: name 'none_such' is not defined (own_fails.py, line 3)",
    ),
    "lacks": ("", "cannot be imported: AttributeError: module 'own_lacks' has no attribute 'Own'"),
    "function": ("def Own(): ...", "_target_=Own: must be a class"),
    "needs": ("class Own:\n    def __init__(self, size): ...", "cannot be made: missing a required argument: 'size'"),
    "raises": ("class Own:\n    def __init__(self): int('x')", "cannot be made: ValueError: invalid literal for int()"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_class_that_cannot_be_made_is_one_line_that_says_where(tmp_path, monkeypatch, name):
    source, line = WRONG[name]
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"own_{name}.py").write_text(source)
    with pytest.raises(UsageError, match=re.escape(line)):
        instance({"_target_": f"own_{name}.Own"})


def test_a_module_that_is_nowhere_names_the_flag():
    with pytest.raises(UsageError, match=r"_target_=nowhere_own.Task: .* name the folder with -cd DIR"):
        instance({"_target_": "nowhere_own.Task"})


@pytest.fixture
def counting():
    made = {}
    exec(block("adding-a-task.md", "python"), made)
    return made["Counting"]


def raises(*given):
    raise ValueError("no such thing")


PARTS = {
    "draw": (lambda self, rng, split: 5, "draw(rng, 'shots') must give a tuple of solver's arguments, as (5,)"),
    "show": (lambda self, x: "5", "show must be def show(self, x, told): too many positional arguments"),
    "read": (lambda self, text: None, "must give the output that this reply says, 847; it gave None"),
    "framing": (lambda self, told: None, "framing('rule') must be text, and is None"),
    "family": (lambda self: [self.default_world], "family() must hold the rule once, and 'step 3' is not there once"),
    "contract": (raises, "contract raised ValueError: no such thing (test_own_folder.py, line"),
    "signature": ("solve(n)", "signature must be the text between def and the colon"),
    "rule": ("n + 3", "rule must be a Rule(name, apply, program), and is an object of str"),
    "equal": (lambda self, a, b: None, "must give True or False; it gave None"),
    "credit": (lambda self, a, b: 3, "must be 1.0 for the right value, and is 3"),
    "variant": (7, "variant must be text, and is an object of int, 7"),
    "write": (lambda self, y: y, "write(847) must be text"),
}


@pytest.mark.parametrize("part", PARTS)
def test_a_wrong_part_of_a_task_is_named_before_anything_is_asked(counting, part):
    value, line = PARTS[part]
    with pytest.raises(UsageError, match=rf"^task=Counting: .*{re.escape(line)}"):
        checked_task(type("Counting", (counting,), {part: value})())


def test_a_whole_task_and_a_plain_class_as_a_model_are_taken(counting):
    assert checked_task(counting()).name == "counting"

    class Plain:
        def __init__(self, **options):
            self.name = options["name"]

        async def ask(self, call):
            raise AssertionError

    assert checked_model(Plain(name="mine")).identity == {"name": "mine"}


def test_a_fault_in_ones_own_code_names_its_line_and_not_us(mine):
    module = mine / "mine/counting.py"
    module.write_text(module.read_text().replace("inside = last_boxed(text)", 'inside = last_boxed(text) or {}["x"]'))
    words = ["-cd", "mine", "task=counting", *SMALL[:-1], "model=scripted", "behaviour=silent", "settings=[io]"]
    done = solverlearner("run", *words, cwd=mine)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"solverlearner: counting.py, line 56, in read: your own code failed: KeyError: 'x'\n", done.stderr
    )


def test_our_own_faults_stay_bugs_with_a_traceback():
    with pytest.raises(TypeError) as raised:
        Arith().rule.apply(None)
    assert own_fault(raised.value) is None
