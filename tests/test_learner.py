"""Learners of more than one call: what they ask next, what they may know, and that nothing of it is asked twice."""

import json
import os
import re
from collections import Counter
from dataclasses import dataclass

import pytest
from endpoint import serve
from running import rows_of
from test_cli import ROOT, solverlearner
from test_run import Model, plan

from solverlearner.analysis.summary import summarise
from solverlearner.design.learner import Learner, Tried, best_round
from solverlearner.design.learner_options import LearnerOptions
from solverlearner.design.plan import draw_calls
from solverlearner.design.prompt import as_call
from solverlearner.design.scripted import Scripted
from solverlearner.design.verdict import Verdict
from solverlearner.errors import UsageError
from solverlearner.inference.request_options import RequestOptions
from solverlearner.models.base import ProviderError, Reply

OWN = ["solverlearner", "apply_own_rule"]


def learning(refine=0, hypothesis="none", settings=("solverlearner",), **changes):
    return plan(settings=list(settings), learner=LearnerOptions(refine, hypothesis), **changes)


def tried(right, of=3, program="…"):
    return Tried([], "", program, tuple(Verdict("ok", score=float(n < right)) for n in range(of)))


def places(folder):
    lines = (folder / "run/replies.jsonl").read_text().splitlines()
    return [record["id"].rpartition("/")[0] for record in map(json.loads, lines) if "state" in record]


def test_the_state_machine_asks_until_the_shots_fit_or_rounds_are_over():
    def following(refine, *rounds):
        return next(draw_calls(learning(refine, shots=3))).next(rounds)

    assert following(2, tried(1)).place == "solverlearner/0/program~1"
    assert following(2, tried(1), tried(2)).place == "solverlearner/0/program~2"
    assert following(2, tried(1), tried(2), tried(2)) is None
    assert following(2, tried(3)) is None
    assert following(0, tried(0)) is None
    assert following(1, tried(0, of=0, program=None)).round == 1


def test_the_program_that_fits_most_shots_counts_and_of_equals_the_last():
    assert best_round([tried(1), tried(2), tried(1)]) == 1
    assert best_round([tried(1), tried(2), tried(2)]) == 2
    assert best_round([tried(0), tried(0, of=0, program=None)]) == 0


def test_a_program_that_misses_shots_is_shown_them_and_corrected(tmp_path):
    rows, counts = rows_of(tmp_path, learning(2), Scripted("revise"))
    assert all(row["correct"] and row["calls"] == 2 and row["shots_right"] == row["shots"] == 8 for row in rows)
    assert sorted(places(tmp_path)) == sorted(
        f"solverlearner/{episode}/program{later}" for episode in range(3) for later in ("", "~1")
    )
    assert (counts.total, counts.asked, counts.done) == (6, 6, 6)
    first, said, told = rows[0]["prompt"]
    assert [message["role"] for message in (first, said, told)] == ["user", "assistant", "user"]
    assert "base = 10" in said["content"]
    assert "base = 9" in rows[0]["program"]
    call = next(draw_calls(learning()))
    missed = [shot for shot in call.episode.shots if call.task.default_world.apply(shot.input) != shot.expected]
    assert told["content"].startswith(f"This program misses {len(missed)} of the 8 examples:\n\n")
    for shot in missed:
        wrong = call.task.default_world.apply(shot.input)
        of_call = as_call(call.task, shot.input)
        assert f"{of_call} must return '{shot.expected}', but returned '{wrong}'.\n" in told["content"]
    assert told["content"].count("must return") == len(missed)


def test_it_stops_at_once_where_all_shots_fit_and_after_r_rounds_where_they_never_do(tmp_path):
    rows, counts = rows_of(tmp_path / "ideal", learning(3), Scripted("ideal"))
    assert ({row["calls"] for row in rows}, counts.total, counts.asked) == ({1}, 3, 3)
    rows, counts = rows_of(tmp_path / "recite", learning(3), Scripted("recite"))
    assert ({row["calls"] for row in rows}, counts.total, counts.asked) == ({4}, 12, 12)
    assert not any(row["correct"] for row in rows)
    rows, _ = rows_of(tmp_path / "memorise", learning(3), Scripted("memorise"))
    assert {row["calls"] for row in rows} == {1}  # it fits, and nobody tells that it is wrong


def test_no_call_of_a_learner_holds_a_query_or_its_output(tmp_path):
    rows, _ = rows_of(tmp_path, learning(2, samples=2), Scripted("recite"))
    for row in rows:
        said = "\n".join(message["content"] for message in row["prompt"] if message["role"] == "user")
        assert len(row["prompt"]) == 5
        assert as_call(learning().task, row["input"]) not in said
        assert "+".join(row["input"]) not in said


BROKEN = "```python\ndef solver(n1, n2):\n    print('seen')\n    return int(n1) + {}\n```"


def test_what_a_program_raised_is_told_and_a_reply_without_one_too(tmp_path):
    replies = {0: Reply(BROKEN), 1: Reply("I give up."), 2: Reply("")}
    model = Model(lambda call: replies.get(call.round))
    rows, _ = rows_of(tmp_path, learning(3, episodes=1), model)
    _, _, raised, _, without, empty, again = rows[0]["prompt"]
    assert "ended without a value (error): line 3: TypeError" in raised["content"]
    assert without["content"].startswith("Your reply has no ```python code block that defines `solver`.")
    assert (empty["content"], again["content"]) == ("(no text)", without["content"])
    assert rows[0]["correct"]
    assert rows[0]["calls"] == 4


def test_a_later_round_that_is_worse_does_not_count(tmp_path):
    def worse(call):
        known = [(list(shot.input), shot.expected) for shot in call.episode.shots[: 5 - call.round]]
        return Reply(
            f"```python\ndef solver(*x):\n    return dict((str(k), v) for k, v in {known!r}).get(str([*x]))\n```"
        )

    rows, _ = rows_of(tmp_path, learning(2, episodes=1), Model(worse))
    assert {(row["shots_right"], row["calls"]) for row in rows} == {(5, 3)}
    assert rows[0]["program"] != rows[0]["reply"].removeprefix("```python\n").removesuffix("```")
    assert rows[0]["program"] in rows[0]["prompt"][1]["content"]


def test_an_unanswered_round_is_unanswered_and_a_rerun_asks_for_it_alone(tmp_path):
    def fail(call):
        if call.round == 1 and call.episode.index == 1:
            raise ProviderError("overloaded")
        return Reply("Hm.") if call.round == 0 else None

    rows, counts = rows_of(tmp_path, learning(2), Model(fail))
    assert [row["episode"] for row in rows if row["status"] == "unanswered"] == [1] * 4
    assert (counts.unanswered, summarise(rows).estimate("solverlearner").value) == (1, 1.0)
    again = Model(lambda call: None)
    rows, counts = rows_of(tmp_path, learning(2), again)
    assert [call.rpartition("/")[0] for call in again.asked] == ["solverlearner/1/program~1"]
    assert all(row["correct"] for row in rows)
    assert (counts.total, counts.stored, counts.asked) == (6, 5, 1)


@pytest.mark.parametrize("a_plan", [learning(2), learning(0, "text", OWN), learning(1, "text", samples=2)])
def test_a_finished_run_is_passed_over_and_rows_of_other_code_need_no_call(tmp_path, a_plan):
    rows, first = rows_of(tmp_path, a_plan, Scripted("revise"))
    never = Model(lambda call: pytest.fail("asked again"))
    for code in ("", "changed"):
        again, counts = rows_of(tmp_path, a_plan, never, code=code)
        assert [row | {"model": "scripted-revise"} for row in again] == rows
        assert (counts.stored, counts.done, counts.total) == (first.done, first.total, first.total)


def test_a_rule_in_words_comes_first_and_both_executors_go_by_it(tmp_path):
    def answer(call):
        return Reply("  Add in base nine.\0 ") if call.setting.name == "rule" else None

    model = Model(answer)
    rows, counts = rows_of(tmp_path, learning(0, "text", OWN), model, RequestOptions(concurrency=8))
    assert sum(call.startswith("rule/") for call in model.asked) == 3
    assert (counts.total, counts.asked) == (3 * (1 + 1 + 4), 3 * (1 + 1 + 4))
    for row in rows:
        (asked,) = row["prompt"]
        assert "\n\nFrom examples you found this rule:\n\nAdd in base nine.\n\n" in asked["content"]
        assert "examples:" not in asked["content"]
        assert row["own_rule"] == "  Add in base nine.\0 "
        assert row["calls"] == (2 if row["setting"] == "solverlearner" else 1)
    (rule,) = [call for call in draw_calls(learning(0, "text", OWN, episodes=1)) if call.query is None]
    assert rule.needs.place == "rule/0/text"
    assert "Write no program." in rule.needs.messages[0]["content"]
    assert "Here are some examples:" in rule.needs.messages[0]["content"]
    effects = summarise(rows).effects()
    assert effects["execution effect, own rule"][1].value == 0


def test_with_samples_each_has_a_rule_of_its_own(tmp_path):
    model = Model(lambda call: Reply(f"rule {call.sample}") if call.setting.name == "rule" else None)
    rows, _ = rows_of(tmp_path, learning(0, "text", OWN, samples=3), model)
    assert all(row["own_rule"] == f"rule {row['sample']}" for row in rows)
    assert all(f"\nrule {row['sample']}\n" in row["prompt"][0]["content"] for row in rows)


def test_a_program_for_a_rule_is_refined_in_its_own_conversation(tmp_path):
    rows, _ = rows_of(tmp_path, learning(2, "text"), Scripted("revise"))
    assert {(row["calls"], len(row["prompt"]), row["correct"]) for row in rows} == {(3, 3, True)}


def test_without_its_rule_nothing_is_asked_and_a_rerun_asks_for_it_once(tmp_path):
    def fail(call):
        if call.setting.name == "rule" and call.episode.index == 1:
            raise ProviderError("overloaded")

    model = Model(fail)
    rows, counts = rows_of(tmp_path, learning(0, "text", OWN), model)
    assert [row["setting"] for row in rows if row["status"] == "unanswered"] == ["apply_own_rule"] * 4 + [
        "solverlearner"
    ] * 4
    assert (counts.unanswered, sum(call.startswith("rule/1/") for call in model.asked)) == (1, 1)
    again = Model(lambda call: None)
    rows, counts = rows_of(tmp_path, learning(0, "text", OWN), again)
    assert sum(call.startswith("rule/") for call in again.asked) == 1
    assert len(again.asked) == 1 + 1 + 4
    assert all(row["correct"] for row in rows)
    assert (counts.total, counts.done) == (18, 18)


def test_a_stated_rule_and_what_its_executors_make_of_it_are_told_apart(tmp_path):
    def cannot_add(call):
        return Reply(r"\boxed{1}") if call.setting.name == "apply_own_rule" else None

    rows, _ = rows_of(tmp_path, learning(0, "text", OWN), Model(cannot_add))
    assert summarise(rows).effects()["execution effect, own rule"][1].value == 1.0


SMALL = ["model=scripted", "episodes=2", "queries=2"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["refine=-1"], "refine=-1: must be between 0 and 100"),
        (["refine=2", "shots=0"], "refine=2: checks programs on the shots: give shots=1 or more"),
        (["refine=2", "settings=[io]"], "refine=2: only solverlearner has a learner: add it to settings, or leave"),
        (["hypothesis=code"], "hypothesis=code: must be one of none, text"),
        (
            ["hypothesis=text", "settings=[io]"],
            "hypothesis=text: no setting goes by it: add solverlearner or apply_own",
        ),
        (["settings=[apply_own_rule]"], "settings=[apply_own_rule]: the model applies a rule that it has put in words"),
        (
            ["settings=[solverlearner,apply_own_rule]", "hypothesis=text", "refine=1"],
            "refine=1: changes the program and not the rule that apply_own_rule applies: leave one of them out",
        ),
        (["samples=4"], "samples=4: at temperature=0 all samples are the same; give a temperature above 0, as temp"),
        (
            ["model=openai", "name=gpt-4o", "batch=true", "refine=1"],
            "batch=true: sends all calls at once, and refine=1 one after another: leave out either",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_makes_no_sense_is_one_line_with_the_fix_and_exit_code_2(tmp_path, words, line):
    done = solverlearner("run", *SMALL, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith(f"solverlearner: {line}")
    assert not (tmp_path / "results").exists()


def test_more_than_100_rounds_are_refused_from_python_too():
    with pytest.raises(UsageError, match="refine=101"):
        LearnerOptions(101)


def test_a_run_without_them_has_the_folder_that_it_had_before(tmp_path):
    words = ["settings=[solverlearner]", *SMALL]
    solverlearner("run", *words, cwd=tmp_path)
    solverlearner("run", *words, "refine=0", "hypothesis=none", cwd=tmp_path)
    (folder,) = (tmp_path / "results").glob("arith-*")
    config = json.loads((folder / "config.json").read_text())
    assert (config["refine"], config["hypothesis"]) == (0, "none")
    solverlearner("run", *words, "refine=1", cwd=tmp_path)
    assert len([*(tmp_path / "results").glob("arith-*")]) == 2


def test_show_prints_the_rules_prompt_and_a_place_for_its_reply(tmp_path):
    words = ["settings=[solverlearner,apply_own_rule]", "hypothesis=text", "queries=1"]
    text = solverlearner("show", *words, cwd=tmp_path).stdout
    assert re.findall(r"^--- (\w+):", text, re.MULTILINE) == [
        "rule", "expected", "solverlearner", "expected", "apply_own_rule", "expected",
    ]  # fmt: skip
    assert "--- expected: a rule in words\n" in text
    assert text.count("(the rule that the model replied with)") == 2


def test_rounds_are_taken_from_other_runs_and_a_finished_run_is_left_out(tmp_path):
    def answer(text):
        base = 9 if "misses" in text else 10
        digits = "return str(total)" if base == 10 else "return oct(total)"
        return f"```python\ndef solver(n1, n2):\n    total = int(n1, {base}) + int(n2, {base})\n    {digits}\n```"

    with serve(answer) as endpoint:
        words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[solverlearner]", "shots=3"]
        words += ["episodes=3", "queries=2"]
        one = solverlearner("run", *words, "refine=1", "details=true", cwd=tmp_path)
        assert (one.returncode, len(endpoint.bodies)) == (0, 6)
        assert [len(body["messages"]) for body in endpoint.bodies].count(3) == 3
        assert "Cost: 6 calls, 42 + 18 tokens" in one.stdout
        again = solverlearner("run", *words, "refine=1", cwd=tmp_path)
        assert "\n6 of 6 replies were there already" in again.stdout
        two = solverlearner("run", "-m", *words, "refine=1,2", cwd=tmp_path)
        assert "2 runs: 1 finished, 1 to do" in two.stdout
        assert len(endpoint.bodies) == 9  # of three rounds an episode the first two were kept
    rows = [json.loads(line) for path in tmp_path.glob("results/*/rows.jsonl") for line in path.open()]
    assert {(row["calls"], row["prompt_tokens"], row["completion_tokens"]) for row in rows} == {(2, 14, 6), (3, 21, 9)}


@dataclass(frozen=True)
class Majority(Learner):
    """A learner of this test: proposals from one prompt, of which the one counts that most agree with on the shots."""

    proposals: int = 3

    @property
    def most_calls(self):
        return self.proposals

    def next(self, known, tried):
        return known.prompt()

    def chosen(self, tried):
        votes = Counter(self.outputs(each) for each in tried)
        return max(range(len(tried)), key=lambda i: (votes[self.outputs(tried[i])], -i))

    def outputs(self, each):
        return str([verdict.value for verdict in each.shots])


def adding(base):
    digits = {8: "oct(n)[2:]", 9: "np(n, 9)", 10: "str(n)"}[base]
    helper = "def np(n, b):\n    return np(n // b, b) + str(n % b) if n >= b else str(n)\n"
    return f"```python\n{helper}def solver(x, y):\n    n = int(x, {base}) + int(y, {base})\n    return {digits}\n```"


def test_a_learner_of_a_users_own_runs_end_to_end(tmp_path):
    replies = (10, 9, 9), (9, 9, 10), (10, 10, 9)
    model = Model(lambda call: Reply(adding(replies[call.episode.index][call.round])))
    three = plan(settings=["solverlearner", "io"], learner=LearnerOptions(learner=Majority()))
    rows, counts = rows_of(tmp_path, three, model)
    own = [row for row in rows if row["setting"] == "solverlearner"]
    assert [row["correct"] for row in own] == [True] * 8 + [row["expected"] == row["default_world"] for row in own[8:]]
    assert {row["calls"] for row in own} == {3}
    assert {row["calls"] for row in rows if row["setting"] == "io"} == {1}
    assert {row["program"] == adding(10)[10:-3] for row in own if row["episode"] == 2} == {True}
    assert (three.calls, counts.asked, counts.total) == (3 * (3 + 4), 21, 21)
    assert sorted(each for each in places(tmp_path) if each.startswith("solverlearner/0/")) == [
        f"solverlearner/0/program{later}" for later in ("", "~1", "~2")
    ]
    again, counts = rows_of(tmp_path, three, Model(lambda call: pytest.fail("asked again")), code="changed")
    assert (again, counts.stored) == (rows, 21)


def test_it_goes_by_a_rule_in_words_like_any_other(tmp_path):
    model = Model(lambda call: Reply("A rule.") if call.setting.name == "rule" else None)
    by_rule = LearnerOptions(hypothesis="text", learner=Majority(2))
    rows, counts = rows_of(tmp_path, plan(settings=["solverlearner"], learner=by_rule), model)
    assert counts.asked == 3 * (1 + 2)
    assert {(row["calls"], row["own_rule"], row["correct"]) for row in rows} == {(3, "A rule.", True)}
    assert all("From examples you found this rule:\n\nA rule." in row["prompt"][0]["content"] for row in rows)


SAME_AGAIN = """
from solverlearner.design.learner import Learner

class Twice(Learner):
    most_calls = 2

    def next(self, known, tried):
        return known.prompt()
"""


def test_it_is_chosen_by_its_path_and_draws_the_same_prompt_anew(tmp_path):
    (tmp_path / "own_learner.py").write_text(SAME_AGAIN)
    with serve(lambda text: adding(9)) as endpoint:
        words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[solverlearner]", "episodes=3"]
        words += ["queries=2", "learner=own_learner.Twice"]
        path = f"{ROOT}{os.pathsep}{tmp_path}"
        done = solverlearner("run", *words, "temperature=0.7", cwd=tmp_path, PYTHONPATH=path)
        assert (done.returncode, len(endpoint.bodies)) == (0, 6), done.stderr
        assert "6 of 6" in solverlearner("run", *words, "temperature=0.7", cwd=tmp_path, PYTHONPATH=path).stdout
        done = solverlearner("run", *words, "temperature=0", cwd=tmp_path, PYTHONPATH=path)
        assert (done.returncode, len(endpoint.bodies)) == (0, 6 + 3), done.stderr
    (folder, *_) = (tmp_path / "results").glob("arith-*")
    assert json.loads((folder / "config.json").read_text())["learner"] == "own_learner.Twice"


def test_rows_are_recomputed_when_a_learner_of_a_users_own_changes(tmp_path):
    words = ["settings=[solverlearner]", *SMALL, "behaviour=waver", "episodes=8", "learner=own_learner.Twice"]
    chosen = "\n    def chosen(self, tried):\n        return {}\n"
    found = []
    for place in (0, 1, 0):
        (tmp_path / "own_learner.py").write_text(SAME_AGAIN + chosen.format(place))
        done = solverlearner("run", *words, cwd=tmp_path, PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")
        assert done.returncode == 0, done.stderr
        (rows,) = (tmp_path / "results").glob("arith-*/rows.jsonl")
        found.append([json.loads(line)["program"] for line in rows.open()])
    assert "16 of 16 replies were there already" in done.stdout
    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["learner=best"], "learner=best: must be one of at_once, refine, or the path of a class"),
        (["learner=no.Such"], "learner=no.Such: cannot be imported: No module named 'no'"),
        (["learner=json.JSONDecoder"], "learner=json.JSONDecoder: lacks most_calls, fewest_shots"),
        (["learner=pathlib.PurePath.x"], "learner=pathlib.PurePath.x: cannot be imported"),
        (["learner=refine"], "refine=0: must be between 1 and 100"),
        (["learner=at_once", "refine=2"], "refine=2: learner=at_once takes no such option: leave one of them out"),
        (["learner=at_once", "settings=[io]"], "learner=at_once: only solverlearner has a learner: add it to settings"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_learner_that_is_not_there_is_one_line_with_the_fix(tmp_path, words, line):
    done = solverlearner("run", *SMALL, *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert done.stderr.startswith(f"solverlearner: {line}")


def test_learner_refine_is_what_refine_alone_chooses():
    assert LearnerOptions(2).program == LearnerOptions(2, learner="refine").program
    assert LearnerOptions().program == LearnerOptions(learner="at_once").program


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("next(self, known, tried):\n        return 'again'", "first and next must return messages"),
        ("next(self, known, tried):\n        return [{'role': 'user'}]", "first and next must return messages"),
        ("first(self, known):\n        return None", "first and next must return messages"),
        ("chosen(self, tried):\n        return 2", "chosen must return the index of a round, 0 to 1, and returned 2"),
        ("chosen(self, tried):\n        return tried[0]", "chosen must return the index of a round, 0 to 1, and"),
        ("most_calls(self):\n        return 2", "most_calls must be a whole number above 0, and is <bound method"),
    ],
)
@pytest.mark.parametrize("hypothesis", ["none", "text"])
def test_what_a_learner_of_a_users_own_returns_wrongly_is_one_line(tmp_path, body, line, hypothesis):
    head = SAME_AGAIN.replace("    most_calls = 2\n", "") if body.startswith("most_calls") else SAME_AGAIN
    (tmp_path / "own_learner.py").write_text(f"{head}\n    def {body}\n")
    words = ["settings=[solverlearner]", *SMALL, "learner=own_learner.Twice", f"hypothesis={hypothesis}"]
    done = solverlearner("run", *words, cwd=tmp_path, PYTHONPATH=f"{ROOT}{os.pathsep}{tmp_path}")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert re.match(r"solverlearner: learner=(own_learner\.)?Twice: ", done.stderr)
    assert line in done.stderr
