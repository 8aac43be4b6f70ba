import asyncio

import pytest
from running import rows_of

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.design.call import Call
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import SETTINGS, parse_settings
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.row_file import read_rows
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.inference.request_options import RequestOptions
from solverlearner.models.base import ProviderError, Reply
from solverlearner.reporting.terminal import render_summary
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher


def plan(base=9, settings=tuple(SETTINGS), **changes):
    sizes = {"episodes": 3, "shots": 8, "queries": 4, "seed": 0, "hint": "domain"}
    return Plan(Arith(base), parse_settings(settings), **{**sizes, **changes})


class Model(Scripted):
    """The ideal scripted model with a fault: `fault(call)` may raise or give another reply."""

    def __init__(self, fault):
        super().__init__("ideal")
        object.__setattr__(self, "fault", fault)
        object.__setattr__(self, "asked", [])

    async def ask(self, call: Call) -> Reply:
        self.asked.append(call.id)
        return self.fault(call) or await super().ask(call)


@pytest.mark.parametrize("base", [2, 8, 9, 10, 11, 16, 36])
def test_the_ideal_model_is_right_everywhere(tmp_path, base):
    sizes = {"shots": 1, "queries": 1} if base == 2 else {}
    rows, _ = rows_of(tmp_path, plan(base, **sizes), Scripted("ideal"))
    right = [row["correct"] for row in rows if row["ambiguity"] == 1 or row["setting"] in ("zero_shot", "code_mf")]
    assert right
    assert all(right)


@pytest.mark.parametrize("base", [8, 9, 10, 11, 16])
def test_the_reciting_model_scores_what_base_10_addition_scores(tmp_path, base):
    rows, _ = rows_of(tmp_path, plan(base), Scripted("recite"))
    for row in rows:
        left, right = row["input"]
        decimal = left.isdecimal() and right.isdecimal() and str(int(left) + int(right))
        assert row["correct"] is (decimal == row["expected"])
        assert row["recited"] is (bool(decimal) and not row["correct"])
    assert any(row["correct"] for row in rows) is (base == 10)


def test_silence_and_garbage_are_outcomes(tmp_path):
    rows, _ = rows_of(tmp_path / "silent", plan(), Scripted("silent"))
    assert {(row["setting"], row["status"]) for row in rows} == {
        ("zero_shot", "no_answer"), ("io_mf", "no_answer"), ("io", "no_answer"),
        ("code_mf", "no_program"), ("solverlearner", "no_program"),
    }  # fmt: skip
    rows, _ = rows_of(tmp_path / "garbage", plan(), Scripted("garbage"))
    assert {row["status"] for row in rows} <= {"no_answer", "no_program", "rejected", "error"}
    assert not any(row["correct"] for row in rows)


def test_every_setting_sees_the_same_items_once(tmp_path):
    rows, _ = rows_of(tmp_path, plan(), Scripted("ideal"))
    items = {}
    for row in rows:
        items.setdefault(row["setting"], []).append((row["episode"], row["query"], row["input"], row["expected"]))
    assert set(items) == set(SETTINGS)
    assert len({str(seen) for seen in items.values()}) == 1
    assert len(items["io"]) == 12 == len({seen[:2] for seen in items["io"]})


def test_a_program_is_asked_for_once_an_episode_and_serves_all_queries():
    calls = list(draw_calls(plan()))
    assert sum(call.query is None for call in calls) == 2 * 3
    assert len(calls) == plan().calls == 3 * (2 + 3 * 4)


def test_a_row_holds_everything_verbatim(tmp_path):
    rows, _ = rows_of(tmp_path, plan(settings=["solverlearner"], episodes=1, queries=1), Scripted("recite"))
    (row,) = rows
    assert row["reply"].startswith("```python\ndef solver")
    assert row["program"] in row["reply"]
    assert row["prompt"][0]["content"].startswith("You are a mathematician.")
    assert (row["status"], row["correct"], row["recited"], row["value"]) == ("ok", False, True, row["default_world"])
    assert row["ideal"] == row["expected"]


def test_a_provider_failure_leaves_queries_unanswered_and_a_rerun_asks_only_for_them(tmp_path):
    def fail_some(call):
        if call.id.startswith(("io/1/2/", "solverlearner/2/")):
            raise ProviderError("overloaded")

    rows, counts = rows_of(tmp_path, plan(), Model(fail_some))
    unanswered = [row for row in rows if row["status"] == "unanswered"]
    assert (counts.unanswered, counts.last_error, len(unanswered)) == (2, "overloaded", 1 + 4)
    assert all(row["correct"] is None and row["reply"] is None for row in unanswered)
    summary = summarise(rows)
    assert summary.estimate("io").value == 1.0
    assert (summary.settings["io"].right, summary.settings["io"].answered) == (11, 11)
    assert "5 queries are unanswered" in render_summary(summary, shots=8, default_world="base 10")

    again = Model(lambda call: None)
    rows, counts = rows_of(tmp_path, plan(), again)
    assert sorted(call.rsplit("/", 1)[0] for call in again.asked) == ["io/1/2", "solverlearner/2/program"]
    assert all(row["correct"] for row in rows)
    assert (counts.stored, counts.asked) == (plan().calls - 2, 2)


def test_a_dead_endpoint_is_said_at_the_first_call(tmp_path):
    def refuse(call):
        raise ProviderError("no such model", permanent=True)

    with pytest.raises(UsageError, match="no such model"):
        rows_of(tmp_path, plan(), Model(refuse))


def test_an_endpoint_that_dies_later_stops_the_run_and_keeps_what_was_answered(tmp_path):
    answered = []

    def die(call):
        if len(answered) >= 10:
            raise ProviderError("key revoked", permanent=True)
        answered.append(call.id)

    with pytest.raises(RunStopped, match="key revoked"):
        rows_of(tmp_path, plan(), Model(die), RequestOptions(concurrency=1))
    rows = list(read_rows(tmp_path / "run"))
    assert len(rows) >= 10
    assert all(row["correct"] for row in rows)


def test_rows_of_the_same_code_stay_and_those_of_other_code_are_derived_anew(tmp_path):
    rows_of(tmp_path, plan(), Scripted("ideal"))
    file = tmp_path / "run/rows.jsonl"
    file.write_text(file.read_text().replace('"message": ""', '"message": "marked"'))
    rows, counts = rows_of(tmp_path, plan(), Model(lambda call: pytest.fail("asked again")))
    assert {row["message"] for row in rows} == {"marked"}
    assert (counts.stored, counts.done) == (plan().calls, plan().calls)
    rows, counts = rows_of(tmp_path, plan(), Model(lambda call: pytest.fail("asked again")), code="changed")
    assert {row["message"] for row in rows} == {""}
    assert counts.stored == plan().calls


def test_what_is_under_way_when_a_run_has_to_stop_is_kept(tmp_path):
    class Revoked(Scripted):
        async def ask(self, call):
            if call.place == "io/1/0":
                await asyncio.sleep(0.1)
                raise ProviderError("401: key revoked", permanent=True)
            await asyncio.sleep(0.2 if call.place == "io/1/1" else 0)
            return await super().ask(call)

    with pytest.raises(RunStopped, match="401: key revoked"):
        rows_of(tmp_path, plan(settings=["io"]), Revoked(), RequestOptions(concurrency=2))
    rows = list(read_rows(tmp_path / "run"))
    assert [(row["episode"], row["query"]) for row in rows] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 1)]


def test_an_episode_that_is_over_is_not_drawn_again(tmp_path):
    all_calls = [call.id for call in draw_calls(plan())]
    some = [call.id for call in draw_calls(plan(), lambda episode: episode == 1)]
    assert some == [call for call in all_calls if call.split("/")[1] != "1"]
    with_checks = list(draw_calls(plan(checks=True), lambda episode: True))
    assert len(with_checks) == plan(checks=True).calls

    rows_of(tmp_path, plan(episodes=2), Scripted())
    with open_folder(tmp_path, "run", {}, derivation="{}") as folder:
        assert [folder.has_scored(plan(), episode) for episode in range(3)] == [True, True, False]
        assert not folder.has_scored(plan(samples=2), 0)
        assert not folder.has_scored(plan(queries=5), 0)


def test_the_same_seed_gives_the_same_rows_whatever_the_concurrency(tmp_path):
    one, _ = rows_of(tmp_path / "1", plan(), Scripted("garbage"), RequestOptions(concurrency=1))
    many, _ = rows_of(tmp_path / "2", plan(), Scripted("garbage"), RequestOptions(concurrency=16))
    assert one == many


def test_a_prompt_that_other_code_renders_differently_is_asked_again(tmp_path):
    rows_of(tmp_path, plan(), Scripted("ideal"))
    _, counts = rows_of(tmp_path, plan(hint="strong"), Scripted("ideal"), code="changed")
    inductive = 3 * (4 + 1)
    assert counts.asked == inductive


def test_the_effects_are_the_sides_of_the_square(tmp_path):
    def only_programs(call):
        return None if call.setting.writes_program else Reply("")

    rows, _ = rows_of(tmp_path, plan(), Model(only_programs))
    effects = as_record(summarise(rows))["effects"]
    values = {title: effect["value"] for title, effect in effects.items()}
    assert values == {
        "induction effect, model executes": 0.0,
        "induction effect, same examples shown": 0.0,
        "induction effect, interpreter executes": 0.0,
        "execution effect, rule given": 1.0,
        "execution effect, rule induced": 1.0,
        "interaction": 0.0,
        "inductive − deductive (the paper's)": 1.0,
    }
    assert all(effect["low"] < effect["value"] or effect["value"] == 0 for effect in effects.values())


def test_one_corner_alone_prints(tmp_path):
    rows, _ = rows_of(tmp_path, plan(settings=["solverlearner"]), Scripted("ideal"))
    text = render_summary(summarise(rows), shots=8, default_world="base 10")
    assert "zero_shot" not in text
    assert "Effects" not in text
    assert "1.000" in text


STATEFUL = """```python
calls = []
def solver(n1, n2):
    calls.append(n1)
    return str(len(calls))
```"""


def test_state_between_calls_is_found_and_told_where_it_is_looked_for(tmp_path):
    a_plan = plan(settings=["solverlearner"], episodes=1)
    rows, _ = rows_of(tmp_path, a_plan, Model(lambda call: Reply(STATEFUL)), check_determinism=True)
    assert [row["unstable"] for row in rows] == ["stateful"] * 4
    text = render_summary(summarise(rows), shots=8, default_world="base 10")
    assert "4 outcomes of solverlearner are stateful" in text
    rows, _ = rows_of(tmp_path, a_plan, Model(lambda call: Reply(STATEFUL)))
    assert {row["unstable"] for row in rows} == {""}


@pytest.mark.parametrize(("cipher", "left_open"), [("permuted_morse", True), ("morse", True), ("caesar", False)])
def test_shots_that_leave_letters_open_do_not_pin_the_rule(tmp_path, cipher, left_open):
    a_plan = Plan(Cipher(cipher=cipher), parse_settings(["solverlearner"]), 2, 4, 2, 0, "domain")
    rows, _ = rows_of(tmp_path, a_plan, Scripted("ideal"))
    summary = summarise(rows)
    text = render_summary(summary, shots=4, default_world="unchanged")
    assert f"The 4 shots pin the rule in {0 if left_open else 2} of 2 episodes." in text
    letters = [len(row["uncovered"] or "") for row in rows if row["query"] == 0]
    assert (f"They leave {sum(letters) / 2:.1f} letters" in text) is left_open
    assert as_record(summary)["letters_uncovered"] == sum(letters)


def test_samples_are_rows_of_their_own_and_fewer_are_the_first_of_more(tmp_path):
    rows, counts = rows_of(tmp_path / "4", plan(samples=4), Scripted("garbage"))
    assert len(rows) == 4 * 5 * 3 * 4
    assert (counts.total, counts.asked) == (4 * plan().calls, 4 * plan().calls)
    one, _ = rows_of(tmp_path / "1", plan(), Scripted("garbage"))
    assert [row for row in rows if row["sample"] == 0] == one
    assert len({row["reply"] for row in rows if row["episode"] == row["query"] == 0}) > 5
    text = render_summary(summarise(rows), shots=8, default_world="base 10")
    assert "12 queries × 4 samples, 3 episodes" in text


def test_samples_of_one_query_are_no_independent_trials(tmp_path):
    def one_query(call):
        return None if call.query == 0 else Reply("")

    rows, _ = rows_of(tmp_path, plan(settings=["zero_shot"], samples=5), Model(one_query))
    estimate = summarise(rows).estimate("zero_shot")
    assert estimate.value == 0.25
    assert estimate.low < 0.12  # as of 12 trials; of 60 it would be 0.16
