"""`list`: tasks, models, settings and experiments, with a sentence each."""

import re

import pytest
from test_cli import solverlearner


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("tasks", r"task=arith +base-N arithmetic"),
        ("models", r"model=gguf +any GGUF file on this machine"),
        ("settings", r"io_mf +rule and examples given, model executes"),
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
        ([], "list: must be followed by one of tasks, models, experiments, settings"),
        (["taks"], "list taks: must be one of tasks, models, experiments, settings; did you mean tasks?"),
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
