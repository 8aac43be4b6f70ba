import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from running import rows_of

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.case2code.cases import cases_of
from solverlearner.case2code.literals import write_literal
from solverlearner.case2code.triples import Triple, line_of_triple, read_triples
from solverlearner.case2code.values import decode, encode
from solverlearner.design.episode import draw_episodes
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.prompt import render
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import UsageError
from solverlearner.evaluation.derivation import derivation
from solverlearner.execution.executor import Executor
from solverlearner.models.base import Reply
from solverlearner.reporting.terminal import render_summary
from solverlearner.synth.functions.licences import is_permissive
from solverlearner.tasks.boxed_literal import literal_in
from solverlearner.tasks.case2code import DEFAULT_SET, Case2Code
from solverlearner.tasks.hidden_name import renamed_source, renamed_text
from solverlearner.tasks.real_function import RealFunction

ROTATE = Triple(
    'def rotate_digit(num):\n    """Moves digits. rotate_digit(12) is 2001."""\n    # rotate_digit: to the front\n'
    "    return num % 10 * 1000 + num // 10\n",
    "rotate_digit",
    tuple({"num": n} for n in range(10, 130, 7)),
    tuple(n % 10 * 1000 + n // 10 for n in range(10, 130, 7)),
    chosen=(4, 0, 2),
    id="rotate",
    description="Moves the last digit to the front, as rotate_digit does.",
)
# None as an output, sets of tuples, a keyword-only argument with a default, and "}" in texts.
TALLY = Triple(
    "import collections\n\n\ndef tally(text, /, *, least=1):\n"
    "    counts = collections.Counter(text)\n"
    "    return {(k, v) for k, v in counts.items() if v >= least} or None\n",
    "tally",
    tuple({"text": "a" * n + "}'b\n"} if n % 2 else {"text": "ab", "least": n} for n in range(12)),
    tuple(
        {("a", n), ("}", 1), ("'", 1), ("b", 1), ("\n", 1)} if n % 2 else {("a", 1), ("b", 1)} if n < 2 else None
        for n in range(12)
    ),
    description="Counts letters; those at least so often.",
)
FACTORIAL = Triple(
    "def fact(n):\n    return 1 if n < 2 else n * fact(n - 1)\n",
    "fact",
    tuple({"n": n} for n in range(9)),
    (1, 1, 2, 6, 24, 120, 720, 5040, 40320),
    description="n!",
    id="fact",
)
MIXED = Triple(
    "class Box:\n    def __init__(self, x):\n        self.x = x\n\n\ndef mixed(x, by=()):\n"
    "    table = {Box(x).x: by, (1, 2): [True, None]}\n    return table, b'\\xff', frozenset(by), float('nan')\n",
    "mixed",
    tuple({"x": x, "by": (x, 1.5)} for x in ("a", 3, b"z", None, frozenset({1}), 2.5)),
    tuple(
        ({x: (x, 1.5), (1, 2): [True, None]}, b"\xff", frozenset({x, 1.5}), float("nan"))
        for x in ("a", 3, b"z", None, frozenset({1}), 2.5)
    ),
    description="A table.",
    id="mixed",
)
TRIPLES = [ROTATE, TALLY, FACTORIAL, MIXED]
ALL = parse_settings([*SETTINGS])


@pytest.fixture
def written(tmp_path):
    def write(*triples, name="cases.jsonl", **options):
        path = tmp_path / name
        path.write_text("".join(map(line_of_triple, triples)), encoding="utf-8")
        return Case2Code(str(path), **options)

    return write


def plan_of(task, **options):
    sizes = {"episodes": task.most_episodes, "shots": 3, "queries": 4, "seed": 0, "hint": "domain"}
    return Plan(task, **{"settings": ALL, **sizes, **options})


def function(task, name):
    return next(f for index in range(task.most_episodes) if (f := task.of_episode(0, index)).triple.func_name == name)


def prompt(task, name, setting, hint="domain"):
    episodes = draw_episodes(task, seed=0, episodes=task.most_episodes, shots=3, queries=4)
    episode = next(each for each in episodes if each.task.triple.func_name == name)
    query = None if SETTINGS[setting].writes_program else episode.queries[0]
    return render(SETTINGS[setting], episode, query, hint)[0]["content"]


def test_the_ideal_model_is_right_in_every_setting_on_every_function(written, tmp_path):
    rows, counts = rows_of(tmp_path, plan_of(written(*TRIPLES)), Scripted("ideal"))
    assert {row["setting"] for row in rows} == {*SETTINGS}
    assert [row for row in rows if not row["correct"]] == []
    assert {row["rule"] for row in rows} == {"rotate", "number 2", "fact", "mixed"}
    assert counts.done == counts.total == 4 * 2 + 3 * 15
    summary = summarise(rows)
    assert all(summary.estimate(name).value == 1.0 for name in SETTINGS)


def test_what_a_real_function_has_not_is_no_number(written, tmp_path):
    rows, _ = rows_of(tmp_path, plan_of(written(*TRIPLES)), Scripted("ideal"))
    assert {row[key] for row in rows for key in ("ideal_correct", "default_world_correct", "ambiguity")} == {None}
    summary = summarise(rows)
    assert summary.references == {}
    assert as_record(summary)["episodes_pinned"] is None
    text = render_summary(summary, shots=3, default_world=None)
    assert "References" not in text
    assert "pin the rule" not in text
    assert re.search(r"zero_shot +15 +0 +–\n", text)


def test_queries_of_a_function_are_one_cluster_in_every_setting(written, tmp_path):
    rows, _ = rows_of(tmp_path, plan_of(written(*TRIPLES)), Scripted("ideal"))
    low = {name: summarise(rows).estimate(name).low for name in SETTINGS}
    assert len({*low.values()}) == 1  # not narrower for zero_shot, whose queries share their function


class Memoriser(Scripted):
    """Writes a program that knows the shots and nothing else, and answers each question with its text."""

    async def ask(self, call):
        shots = {repr(decode(list(shot.input))): decode(shot.expected) for shot in call.episode.shots}
        return Reply(f"```python\ndef solver(*x):\n    return {shots!r}.get(repr(list(x)), 'unseen')\n```")


def test_a_program_that_memorised_the_shown_cases_is_wrong_on_the_unseen_ones(written, tmp_path):
    plan = plan_of(written(ROTATE, FACTORIAL), settings=parse_settings(["solverlearner"]))
    rows, _ = rows_of(tmp_path, plan, Memoriser("ideal"))
    assert len(rows) == 8
    assert {(row["status"], row["value"], row["correct"]) for row in rows} == {("ok", "unseen", False)}


class Nearly(Scripted):
    """Gives the right values in the wrong types: lists for tuples and sets, 1.0 for 1."""

    async def ask(self, call):
        source = call.task.rule.program.replace("def solver", "def _solver")
        return Reply(
            f"```python\n{source}\ndef solver(*x):\n    y = _solver(*x)\n"
            "    return float(y) if isinstance(y, int) else list(y) if isinstance(y, set) else y\n```"
        )


def test_right_values_of_the_wrong_type_are_wrong(written, tmp_path):
    plan = plan_of(written(*TRIPLES), settings=parse_settings(["solverlearner"]))
    rows, _ = rows_of(tmp_path, plan, Nearly("ideal"))
    by_rule = {row["rule"]: {each["correct"] for each in rows if each["rule"] == row["rule"]} for row in rows}
    assert by_rule["rotate"] == by_rule["fact"] == {False}
    assert by_rule["mixed"] == {True}
    assert [row["correct"] for row in rows if row["rule"] == "number 2"] == [
        row["expected"] == {"__none__": True} for row in rows if row["rule"] == "number 2"
    ]
    # None that a program gives is a value too, and null in a row stays what no value came of.
    assert all(row["value"] == {"__none__": True} for row in rows if row["rule"] == "number 2" and row["correct"])


class Forgetful(Scripted):
    """Writes a program that gives None for everything, until it is shown what that misses."""

    async def ask(self, call):
        wrong = "```python\ndef solver(*x, **more):\n    return None\n```"
        return await super().ask(call) if call.round else Reply(wrong)


def test_learners_of_real_functions_see_values_as_python_writes_them(written, tmp_path):
    plan = plan_of(written(TALLY), settings=parse_settings(["solverlearner"]), learner=LearnerOptions(refine=1))
    rows, _ = rows_of(tmp_path, plan, Forgetful("ideal"))
    assert all(row["correct"] and row["calls"] == 2 and row["shots_right"] == 3 for row in rows)
    told = rows[0]["prompt"][-1]["content"]
    shot = next(shot for shot in next(draw_calls(plan)).episode.shots if shot.expected != {"__none__": True})
    assert f"must return {write_literal(decode(shot.expected))}, but returned None." in told
    assert "__" not in told


def test_programs_that_give_none_agree_with_each_other(written, tmp_path):
    plan = plan_of(written(TALLY), settings=parse_settings(["solverlearner"]), samples=2)
    rows, _ = rows_of(tmp_path, plan, Forgetful("ideal"))
    ((_, (first, second)),) = summarise(rows).settings["solverlearner"].programs.episodes()
    assert first.outputs == second.outputs
    assert None not in first.outputs


def test_what_the_policy_refuses_or_is_no_value_has_its_class(written, tmp_path):
    class Bad(Scripted):
        async def ask(self, call):
            program = {
                "rotate": "import os\ndef solver(num):\n    return os.getpid()",
                "fact": "def solver(n):\n    return iter(())",
            }[call.task.rule.name]
            return Reply(f"```python\n{program}\n```")

    plan = plan_of(written(ROTATE, FACTORIAL), settings=parse_settings(["solverlearner"]))
    rows, _ = rows_of(tmp_path, plan, Bad("ideal"))
    told = {row["rule"]: (row["status"], row["message"]) for row in rows}
    assert told["rotate"][0] in ("rejected", "error")
    assert "'os'" in told["rotate"][1]
    assert told["fact"][0] == "error"
    assert "plain value" in told["fact"][1]


@pytest.mark.parametrize("hint", ["none", "domain", "strong"])
def test_no_prompt_has_the_functions_name(written, hint):
    task = written(*TRIPLES)
    for triple in TRIPLES:
        for setting in SETTINGS:
            assert not re.search(rf"\b{triple.func_name}\b", prompt(task, triple.func_name, setting, hint))
    for setting in ("io", "solverlearner"):
        assert "% 10" not in prompt(task, "rotate_digit", setting, hint)
        assert "digit" not in prompt(task, "rotate_digit", setting, hint)


def test_an_option_shows_the_name_and_the_source_as_it_is(written):
    task = written(*TRIPLES, show_name=True)
    assert "# rotate_digit: to the front" in prompt(task, "rotate_digit", "zero_shot")
    assert "What does rotate_digit(num=" in prompt(task, "rotate_digit", "zero_shot")
    assert "as rotate_digit does" in prompt(task, "rotate_digit", "code_mf")
    assert "called rotate_digit" in prompt(task, "rotate_digit", "io")


def test_each_setting_shows_what_it_may(written):
    task = written(*TRIPLES)
    prompts = {setting: prompt(task, "rotate_digit", setting) for setting in SETTINGS}
    assert {name for name, text in prompts.items() if "num % 10" in text} == {"zero_shot", "io_mf"}
    assert {name for name, text in prompts.items() if "Input: num=" in text} == {"io_mf", "io", "solverlearner"}
    assert {name for name, text in prompts.items() if "to the front" in text} == {"code_mf"}
    programs = {name for name, text in prompts.items() if "def solver(num):\n    ..." in text}
    assert programs == {"code_mf", "solverlearner"}
    assert "solver(38) must return 8003" in prompts["solverlearner"]  # the first of those that the data chose
    assert "num is an int, the result is an int" in prompts["code_mf"]
    assert "What does solver(num=" in prompts["zero_shot"]
    asked = prompt(task, "tally", "zero_shot")
    assert re.search(r"What does solver\([\"'].*, least=\d+\) return\?", asked)  # `text` goes by its place only


def test_shots_are_the_chosen_cases_in_their_order_and_queries_all_others(written):
    rotate = function(written(*TRIPLES), "rotate_digit")
    shots, queries = rotate.given(8, 100)
    assert shots == [(38,), (10,), (24,)]
    assert sorted(queries) == [(n,) for n in range(10, 130, 7) if n not in (38, 10, 24)]
    assert rotate.given(1, 3) == ([(38,)], queries[:3])  # fewer shots keep the queries


def test_where_nobody_chose_the_seed_does_and_a_sweep_over_shots_keeps_its_queries(written):
    fact = function(written(*TRIPLES), "fact")
    all_shots, queries = fact.given(6, 3)
    assert len(all_shots) == 6
    assert len(queries) == 3
    assert not {*all_shots} & {*queries}
    for shots in range(6):
        assert fact.given(shots, 3) == (all_shots[:shots], queries)
    assert [len(each) for each in fact.given(100, 100)] == [8, 1]


def test_a_seed_orders_the_functions_and_takes_each_once(written):
    task = written(*TRIPLES)
    orders = {tuple(task.of_episode(seed, index).label for index in range(4)) for seed in range(20)}
    assert len(orders) > 5
    assert all(len({*order}) == 4 for order in orders)


def test_noise_shows_other_outputs_of_the_same_function(written):
    noisy = list(draw_episodes(written(ROTATE, FACTORIAL), seed=0, episodes=2, shots=3, queries=2, noise=0.4))
    for episode in noisy:
        assert episode.corrupted == 1
        wrong = [shot for shot in episode.shots if shot.expected != episode.task.rule.apply(shot.input)]
        assert len(wrong) == 1
        assert wrong[0].expected in episode.task.cases.outputs


def test_functions_without_a_description_are_reported_and_never_dropped(written):
    bare = Triple(FACTORIAL.code, "fact", FACTORIAL.inputs, FACTORIAL.outputs)
    task = written(ROTATE, bare)
    task.check_settings(parse_settings(["io", "zero_shot"]))
    with pytest.raises(UsageError, match=r"which 1 of 2 triples have not; leave it out, or .* described=true"):
        task.check_settings(parse_settings(["io", "code_mf"]))
    described = written(ROTATE, bare, described=True)
    described.check_settings(ALL)
    assert described.most_episodes == 1
    assert any("1 functions without a description" in note for note in described.notes())
    with pytest.raises(UsageError, match="has no description for a program"):
        prompt(task, "fact", "code_mf")


def test_what_cannot_be_asked_is_counted(written):
    one = Triple("def f(x):\n    return x\n", "f", ({"x": 1}, {"x": 1}), (1, 1))
    all_shown = Triple("def f(x):\n    return x\n", "f", ({"x": 1}, {"x": 2}), (1, 2), chosen=(0, 1))
    train = Triple(ROTATE.code, "rotate_digit", ROTATE.inputs, ROTATE.outputs, split="train")
    task = written(ROTATE, one, all_shown, train, FACTORIAL)
    notes = " ".join(task.notes())
    assert "has 2 functions" in notes
    assert "2 functions without a case to show and another one to ask about" in notes
    assert "1 functions of the training split" in notes
    with pytest.raises(UsageError, match="is a training split, and its functions are never asked; give the test split"):
        written(train, name="train.jsonl")
    with pytest.raises(UsageError, match="it is empty"):
        written(name="empty.jsonl")
    with pytest.raises(UsageError, match=r"episodes=3: case2code .* has only 2; episodes=2 asks all"):
        plan_of(task, episodes=3)
    with pytest.raises(UsageError, match=r"identifiable=true: .* no family"):
        plan_of(task, identifiable=True)


def test_another_file_of_the_same_name_is_another_variant(written):
    assert written(ROTATE).variant != written(FACTORIAL).variant
    assert re.fullmatch(r"cases-[0-9a-f]{6}-described-named", written(ROTATE, described=True, show_name=True).variant)


def test_without_descriptions_a_run_is_refused_before_anything_is_asked(written, tmp_path):
    bare = Triple(FACTORIAL.code, "fact", FACTORIAL.inputs, FACTORIAL.outputs)
    done = command("run", f"data={written(bare).data}", "episodes=1", "model=scripted", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"solverlearner: settings: code_mf needs .*described=true\n", done.stderr)
    assert not (tmp_path / "results").exists()


def command(name, *words, cwd):
    env = {"PYTHONPATH": str(Path(__file__).parents[1]), "PATH": "/usr/bin:/bin", "HOME": str(cwd)}
    line = [sys.executable, "-m", "solverlearner", name, "task=case2code", *words]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, env=env, timeout=120)


def test_the_command_runs_it_and_goes_on_without_asking_again(written, tmp_path):
    words = (f"data={written(*TRIPLES).data}", "episodes=4", "shots=3", "queries=4", "model=scripted")
    first = command("run", *words, cwd=tmp_path)
    assert (first.returncode, first.stderr) == (0, "")
    assert re.search(r"interpreter executes +code_mf +100 % \[.* +solverlearner +100 % \[", first.stdout)
    assert "has 4 functions that can be asked" in first.stdout
    again = command("run", *words, cwd=tmp_path)
    assert "53 of 53 replies were there already" in again.stdout
    (folder,) = (tmp_path / "results").glob("case2code-cases-*")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    assert len(rows) == 75
    tables = subprocess.run(
        [sys.executable, "-m", "solverlearner", "tables", "results=results", "format=[md]"],
        cwd=tmp_path, env={"PYTHONPATH": str(Path(__file__).parents[1])}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert (tables.returncode, tables.stderr) == (0, "")
    (text,) = ((tmp_path / "results" / "tables").glob("*.md"),)
    text = "\n".join(file.read_text() for file in text)
    assert "references" not in text
    assert "default world would give" not in text
    assert re.search(r"zero\\_shot \| 15 \| 15 \| 0 \| – \|", text)


def test_score_says_that_it_reads_batches_only(written, tmp_path):
    replies = tmp_path / "replies.jsonl"
    replies.write_text('{"input": [1], "response": "x"}\n')
    done = command("score", f"data={written(ROTATE).data}", f"replies={replies}", cwd=tmp_path)
    assert done.returncode == 2
    assert "score reads a batch's output" in done.stderr


def test_without_a_file_the_default_set_is_asked(tmp_path):
    done = command("run", "episodes=3", "queries=2", "model=scripted", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"solverlearner +100 %", done.stdout)
    assert re.search(r"The default set has \d{3} functions that can be asked", done.stdout)
    (folder,) = (tmp_path / "results").glob("case2code-default-*-described-*")
    rows = (folder / "rows.jsonl").read_text().splitlines()
    assert len(rows) == 30


def test_the_default_set_is_large_described_on_demand_and_says_where_it_is_from():
    every = Case2Code(described=False)
    assert every.most_episodes >= 500
    assert Case2Code().most_episodes < every.most_episodes
    triples = list(read_triples(DEFAULT_SET))
    assert len({triple.id for triple in triples}) == len(triples) == every.most_episodes
    assert {triple.split for triple in triples} == {"test"}
    assert all(is_permissive(triple.licence) for triple in triples)
    assert all(re.fullmatch(r"\S+ \S+, \S+\.py, line \d+", triple.origin) for triple in triples)
    card = json.loads((DEFAULT_SET.parent / "card.json").read_text())
    assert sum(each["test"] for each in card["packages"]) == len(triples)
    notices = (DEFAULT_SET.parent / "LICENCES.txt").read_text()
    assert all(f"{each['name']} {each['version']} ({each['licence']})" in notices for each in card["packages"])


def test_programs_of_the_default_set_do_what_it_says():
    async def outcomes(triples):
        async with Executor(batch=16) as executor:
            tasks = [RealFunction(each, cases_of(each), each.id, "", "") for each in triples]
            return [(task, await executor.run(task.rule.program, task.cases.inputs, typed=True)) for task in tasks]

    for task, found in asyncio.run(outcomes([*read_triples(DEFAULT_SET)][::20])):
        right = [task.equal(y, each.value) for y, each in zip(task.cases.outputs, found, strict=True)]
        assert all(right), task.label


def test_a_changed_file_changes_what_rows_are_derived_by(written):
    before = derivation(written(ROTATE, FACTORIAL), {})
    assert derivation(written(ROTATE, FACTORIAL), {}) == before
    assert derivation(written(FACTORIAL, ROTATE), {}) != before


def test_the_hidden_source_does_what_the_function_does():
    sources = {
        "def f(n):\n    return 1 if n < 2 else n * f(n - 1)": [(5,), (0,)],
        "def f(f):\n    return f + 1": [(5,)],
        "def g(x):\n    return f(x) if x else 7\n\ndef f(x):\n    return g(x - 1)": [(3,)],
        "class A:\n    f = 3\n    def f(self):\n        return 4\n\ndef f(x):\n    return A().f() + x": [(1,)],
        "def f(x):\n    def g():\n        f = 3\n        return f\n    return g() + x": [(1,)],
        "def f(x):\n    'About f().'\n    return 'f' + x + f.__name__[:0]": [("a",)],
        "def f(x):\n    return [f for f in range(x)]": [(3,)],
    }

    async def go():
        async with Executor(workers=1) as executor:
            for source, inputs in sources.items():
                hidden = renamed_source(source, "f", "solver")
                plain = f"{source}\n\nsolver = f\n"
                ours, theirs = [await executor.run(each, inputs) for each in (hidden, plain)]
                assert [each.value for each in ours] == [each.value for each in theirs], hidden
                assert all(each.status == "ok" for each in ours), hidden
                assert "About f" not in hidden, hidden

    asyncio.run(go())


def test_a_source_that_has_a_solver_of_its_own_keeps_it(written):
    code = "def solver(x):\n    return 2 * x\n\n\ndef twice_more(x):\n    return solver(solver(x))\n"
    task = written(Triple(code, "twice_more", tuple({"x": x} for x in range(4)), (0, 4, 8, 12)))
    text = prompt(task, "twice_more", "zero_shot")
    assert "twice_more" not in text
    assert "def hidden_function(x):\n    return solver(solver(x))" in text
    assert "What does hidden_function(x=" in text


def test_no_value_of_a_program_makes_the_comparison_fail(written):
    task = written(FACTORIAL).of_episode(0, 0)
    deep = 1
    for _ in range(150):
        deep = {"__tuple__": [deep]}
    huge = {"__set__": [10**4250]}
    for value in ({"__set__": [[]]}, {"__dict__": [[deep, 1]]}, {"__set__": [deep]}, huge, [{"__bytes__": 1}], None):
        assert not task.equal(24, value)
        assert task.equal(value, value) in (True, False)


def test_in_a_description_a_name_goes_but_not_the_word_that_says_what_to_do():
    assert renamed_text("slug_of(x) is like `slug_of`, not slug_offer.", "slug_of", "solver") == (
        "solver(x) is like `solver`, not slug_offer."
    )
    assert renamed_text("Merge two: merge(a, b), so `merge` can merge.", "merge", "solver") == (
        "Merge two: solver(a, b), so `solver` can merge."
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"So \boxed{12}.", 12),
        (r"\boxed{1} or rather \boxed{{'a': {1, 2}, 'b': {'c': ()}}}", {"a": {1, 2}, "b": {"c": ()}}),
        (r"\boxed{'}'} and so { on }", "}"),
        (r"\boxed{'\\n{'}", "\\n{"),
        (r"\boxed{\text{None}}", {"__none__": True}),
        (r"\boxed{None}", {"__none__": True}),
        (r"\boxed{[None]}", [None]),
        (r"\boxed{hello world}", "hello world"),
        (r"\boxed{\{1, 2\}}", {1, 2}),
        (r"\boxed{a\_b}", "a_b"),
        (r"\boxed{()}", ()),
        (r"\boxed{b'\xff'}", b"\xff"),
        (r"\boxed{-0.5}", -0.5),
        (r"\boxed{result} = 90", 90),
        ("It is `[1]`, that is\n```python\n{1: (2,)}\n```\ndone", {1: (2,)}),
        ("It is `f(2)`, so `{3}`, in `words`.", {3}),
        ("```\nx = 3\n```\nso `True`", True),
    ],
)  # fmt: skip
def test_answers_are_read_as_python_literals(text, value):
    expected = value if value == {"__none__": True} else encode(value)
    assert literal_in(text) == expected
    assert type(literal_in(text)) is type(expected)


@pytest.mark.parametrize("text", ["", "I do not know.", r"\boxed{}", r"\boxed{", "`x + y`", "12", r"\boxed{" * 500])
def test_what_has_no_literal_is_no_answer(text):
    assert literal_in(text) is None


def test_a_hostile_reply_is_read_in_time():
    for text in (r"\boxed{" + "[" * 60_000 + "}" * 60_000, r"\boxed{" + "{1," * 9_000 + "}" * 9_000, "`1" * 50_000):
        literal_in(text)
