"""`new` writes a task and a model that work at once, and `check_task` names what is wrong with one."""

import re
import shutil
import sys

import pytest
from test_cli import solverlearner

from solverlearner.cli.commands import new
from solverlearner.design.templates import Templates
from solverlearner.evaluation.instantiate import instance
from solverlearner.task import Rule
from solverlearner.testing import check_task

SMALL = ("episodes=1", "queries=2", "shots=4")


@pytest.fixture
def there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("kind", ["task", "model"])
def test_what_is_written_runs_and_passes_its_own_test(there, capsys, kind):
    assert new.main([kind, "own_thing", "dir=here"]) == 0
    told = capsys.readouterr().out
    files = ["here/own_thing.py", f"here/{kind}/own_thing.yaml", "here/test_own_thing.py"]
    assert [file in told for file in files] == [True] * 3
    assert sorted(str(path.relative_to(there)) for path in there.rglob("*.*")) == sorted(files)
    if kind == "task":  # the model's own test makes a run
        done = solverlearner("run", "-cd", "here", "task=own_thing", "model=scripted", *SMALL, cwd=there)
        assert (done.returncode, done.stderr, done.stdout.count("100 %")) == (0, "", 9)
    assert pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir=here", "here/test_own_thing.py"]) == 0
    shutil.rmtree("here")
    for name in ("own_thing", "test_own_thing"):
        sys.modules.pop(name, None)


def test_prompts_are_copies_of_ours(there, capsys):
    assert new.main(["prompts", "words", "dir=here"]) == 0
    assert "show setting=io prompts=here/words" in capsys.readouterr().out
    copied = {path.name: path.read_text() for path in (there / "here/words").iterdir()}
    assert {"prompt.jinja", "ask_answer.jinja"} < {*copied}
    assert "ask_inputs.jinja" not in copied
    assert Templates(there / "here/words").are_ours
    (there / "here/words/ask_answer.jinja").write_text("{{ question }} Think. {{ answer_format }}")
    assert not Templates(there / "here/words").are_ours


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["tsk", "x"], "new tsk: must be followed by task, model or prompts; did you mean task?"),
        (["task"], "new task: takes one name: new task NAME"),
        (["task", "a", "b"], "new task a b: takes one name"),
        (["task", "Word-Order"], "must be the name of a Python module"),
        (["task", "class"], "must be the name of a Python module"),
        (["task", "random"], "is the name of a module that Python finds already; take another one, as my_random"),
        (["task", "hydra"], "is the name of a module that Python finds already"),
        (["task", "arith"], "is the name of a task of ours"),
        (["task", "own", "folder=x"], "folder=x: only dir=DIR can be given"),
        (["task", "own", "dir=full"], "full/own.py: is there already; take another name"),
        (["task", "own", "dir=full/own.py"], "full/own.py/own.py: cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_words_are_one_line_and_nothing_is_overwritten(there, capsys, words, line):
    (there / "full").mkdir()
    (there / "full/own.py").write_text("mine")
    assert new.main(words) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert line in told.err
    assert [path.name for path in there.rglob("*.*")] == ["own.py"]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The class that `new task` writes."""
    folder = tmp_path_factory.mktemp("written")
    new.main(["task", "written_task", f"dir={folder}"])
    sys.path.append(str(folder))
    yield type(instance({"_target_": "written_task.WrittenTask"}))
    sys.path.remove(str(folder))


def other_program(self):
    rule = self.family()[2]
    return Rule(rule.name, rule.apply, "def solver(word):\n    return word[1:] + word[:1]\n")


def by_choice(self, rng, split):
    return (str(rng.randint(100_000, 999_999)),)


BROKEN = {
    "rule": (property(other_program), "program of rule 'step 2': gives "),
    "draw": (by_choice, "draw: must use rng.random() alone"),
    "key": (lambda self, x: 1, "too few distinct items"),
    "load": (lambda self, stored: "x", "load: must give ("),
    "read": (lambda self, text: text.split("{")[-1].rstrip("}") or None, "read: must give None for 'I do not know.'"),
    "equal": (lambda self, expected, value: True, "equal: None must not count as "),
    "family": (lambda self: [self.rule], "family: must hold the default world, 'step 0'"),
    "framing": (lambda self, told: "Move two.", "framing('none'): must not hold what framing('rule') says"),
    "show": (lambda self, x, told: x[0][:1], "show('none'): a query reads like a shot"),
    "contract": (lambda self: "", "contract must be def contract(self, told)"),
}


@pytest.mark.parametrize("part", BROKEN)
def test_a_broken_promise_is_named(written, part):
    value, line = BROKEN[part]
    with pytest.raises(AssertionError, match=rf"^WrittenTask breaks the contract[^\n]*\n(.*\n)*- .*{re.escape(line)}"):
        check_task(type("WrittenTask", (written,), {part: value})(), queries=3, shots=5)


def test_a_task_without_a_family_is_taken(written):
    check_task(type("Alone", (written,), {"family": lambda self: []})())
