"""`task=table`: a task from a file of examples alone."""

import json
import re

import pytest
from test_cli import solverlearner

from solverlearner.design.episode import draw_episodes
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError
from solverlearner.evaluation.contract_check import checked_task
from solverlearner.tasks.table import Table
from solverlearner.testing import PROMISES, TaskTrial, check_task

WORDS = "cat dog bus box fly city day toy bush church hero photo leaf wolf map key baby lady fox glass match".split()
PLURALS = "word,plural\n" + "".join(f"{word},{word}s\n" for word in WORDS)
SUMS = "".join(json.dumps({"inputs": [a, b], "output": [a + b, a > b]}) + "\n" for a in range(6) for b in range(5))
ITEMS = "".join(f'{{"total": {a / 4}, "price": {a}, "count": {b}}}\n' for a in range(5) for b in range(5))
RULE = "Write an s behind the word."


@pytest.fixture
def file(tmp_path):
    def write(content, name="own.csv"):
        (tmp_path / name).write_text(content, encoding="utf-8")
        return str(tmp_path / name)

    return write


@pytest.mark.parametrize(
    ("content", "name", "more"),
    [
        (PLURALS, "plurals.csv", {}),
        (PLURALS, "plurals.csv", {"output": "word"}),
        (SUMS, "sums.jsonl", {}),
        (ITEMS, "items.jsonl", {"output": "total"}),
        ("a;b;c\n" + "".join(f"{a};x {a};{a % 2 == 0}!\n" for a in range(30)), "semicolons.csv", {}),
        ("n,half\n" + "".join(f"{n},{n / 2:g}\n" for n in range(30)), "halves.csv", {}),
        (json.dumps([{"input": {"a": n}, "output": {"b": [n, None]}} for n in range(30)]), "objects.json", {}),
    ],
)
def test_a_table_keeps_the_promises_of_a_task(file, content, name, more):
    task = Table(file(content, name), rule_text=RULE, **more)
    checked_task(task.of_episode(0, 0))
    trial = TaskTrial(task)
    broken = [line for promise in PROMISES for line in promise(trial)]
    assert [line for line in broken if "another seed" not in line] == []


def test_it_passes_the_check_of_tasks_with_its_programs(file):
    check_task(Table(file(PLURALS), rule_text=RULE))


def test_shots_and_queries_are_disjoint_and_more_shots_begin_with_the_same(file):
    task = Table(file(PLURALS))
    few, many = ([*draw_episodes(task, seed=0, episodes=9, shots=n, queries=10)] for n in (3, 11))
    for less, more in zip(few, many, strict=True):
        assert more.shots[:3] == less.shots
        assert more.queries == less.queries
        assert len({item.input for item in (*more.shots, *more.queries)}) == 21
    assert len({episode.shots for episode in many}) == 9


def prompts(task, settings, hint="domain"):
    plan = Plan(task, parse_settings(settings), episodes=1, shots=2, queries=1, seed=0, hint=hint)
    return {call.setting.name: call.messages[0]["content"] for call in draw_calls(plan)}


def test_prompts_state_the_rule_or_show_examples_by_the_names_of_columns(file):
    items = prompts(Table(file(ITEMS, "i.jsonl"), rule_text=RULE, output="total"), SETTINGS)
    assert RULE in items["zero_shot"]
    assert RULE not in items["io"]
    assert "A hidden rule gives the total for the price and count." in items["io"]
    assert re.search(r"Input: price: \d, count: \d\nOutput: \d\.\d", items["io"])
    assert "def solver(price: int, count: int) -> float:" in items["solverlearner"]
    none = prompts(Table(file(ITEMS, "i.jsonl"), output="total"), ["io"], "none")["io"]
    assert "price" not in none
    assert "total" not in none
    assert "A fact." in prompts(Table(file(PLURALS), domain="A fact."), ["io"])["io"]


def test_a_reply_is_read_as_the_outputs_are(file):
    text, number = Table(file("a,b\nx,Yes!\ny,no\nz,answer\n")), Table(file("a,b\n1,1.5\n2,3\n", "n.csv"))
    for reply, value in (
        (r"\boxed{Yes!}", "Yes!"),
        (r"\boxed{\text{no}}.", "no"),
        (r"\boxed{**maybe**}", "maybe"),
        ("", None),
    ):
        assert text.read(reply) == value
    assert text.read(r"\boxed{answer}") == "answer"
    for reply, value in ((r"\boxed{1.5}", 1.5), (r"\boxed{x = 1{,}000}", 1000), (r"\boxed{none}", "none"), ("3", None)):
        assert number.read(reply) == value
    assert number.equal(3, 3.0)
    assert number.equal(1.5, 1.5 + 1e-12)
    assert not number.equal(1, True)
    assert not text.equal("no", "No")


def test_a_rule_and_a_program_may_be_files_and_change_the_variant(file):
    plain = Table(file(PLURALS))
    rule = Table(file(PLURALS), rule_text=file(RULE, "rule.txt"))
    program = Table(file(PLURALS), program=file("def solver(word):\n    return word + 's'\n", "rule.py"))
    assert rule.framing("rule") == RULE
    assert program.rule.program.startswith("def solver(word)")
    assert len({plain.variant, rule.variant, program.variant}) == 3


BAD = {
    "no such file": (None, {}, "cannot be read: No such file"),
    "empty": ("", {}, "has no example"),
    "only names": ("word,plural\n", {}, "has no example"),
    "one column": ("word\ncat\n", {}, "needs a column of inputs and one of outputs"),
    "columns": ("a,b\n1,2\n1,2,3\n", {}, 'line 3 has 3 columns, and the first 2; a comma in a text needs "…"'),
    "two outputs": (
        "a,b\nx,1\ny,2\nx,3\n",
        {},
        "lines 2 and 4 have one input and two outputs, 1 and 3; a rule gives one",
    ),
    "no output": ("a,b\nx,1\ny,\n", {}, "line 3 has no output in 'b'"),
    "names": ("a,a\nx,1\n", {}, "must begin with a line of names, each once"),
    "output": ("a,b\nx,1\n", {"output": "c"}, "output=c: must be a column of"),
    "rule": ("a,b\nx,1\n", {"rule_text": " "}, "rule: must be the rule in words"),
    "program": ("a,b\nx,1\n", {"program": "def solver"}, "must be a Python file that defines solver"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_table_is_one_line(file, name):
    content, more, line = BAD[name]
    with pytest.raises(UsageError, match=re.escape(line)):
        Table("nowhere.csv" if content is None else file(content), **more)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('{"a": 1}\n{"a": 1', "line 2 is no JSON"),
        ('{"a": 1, "b": 2}\n[3]', "line 2 must be an object, as"),
        ('{"a": 1, "b": 2}\n{"a": 1, "c": 3}', "line 2 has a, c, and the first a, b"),
    ],
)
def test_what_is_no_json_lines_is_one_line(file, content, line):
    with pytest.raises(UsageError, match=re.escape(line)):
        Table(file(content, "own.jsonl"))


def test_a_run_needs_no_python(tmp_path):
    (tmp_path / "own.csv").write_text(PLURALS)
    run = ["run", "task=table", "data=own.csv", "model=scripted", "episodes=2"]
    done = solverlearner(*run, f"rule={RULE}", cwd=tmp_path)
    assert (done.returncode, done.stderr, done.stdout.count("100 %")) == (0, "", 9)


def test_what_a_table_cannot_do_is_one_line(file):
    task = Table(path := file(PLURALS))
    with pytest.raises(
        UsageError, match=r"^settings=\[zero_shot,io_mf,code_mf\]: the prompts state the rule"
    ) as raised:
        task.check_settings(parse_settings([*SETTINGS]))
    assert str(raised.value).endswith("give rule='…' in words, or 'settings=[io,solverlearner]'")
    line = f"shots=15 queries=10: an episode needs 25 examples, and {path} has 21; lower one, or add examples"
    with pytest.raises(UsageError, match=re.escape(line)):
        TaskTrial(task, shots=15, queries=10).items()
