from running import rows_of

from solverlearner.analysis.summary import as_record, summarise
from solverlearner.design.plan import Plan, draw_calls
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import parse_settings
from solverlearner.models.base import Reply
from solverlearner.reporting.terminal import render_summary
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.spatial import Spatial


def plan(task=None, checks=True, settings=("zero_shot", "io")):
    sizes = {"episodes": 4, "shots": 8, "queries": 3, "seed": 0, "hint": "domain"}
    return Plan(task or Arith(9, digits=3), parse_settings(settings), checks=checks, **sizes)


def test_checks_are_calls_and_rows_of_their_own_and_are_not_asked_again(tmp_path):
    rows, counts = rows_of(tmp_path, plan(), Scripted())
    checks = [row for row in rows if row["setting"] == "check"]
    assert (counts.total, counts.asked, len(checks)) == (4 * 6 + 8, 32, 8)
    assert [(row["episode"], row["query"]) for row in checks] == [(e, q) for e in range(4) for q in (0, 1)]
    for row in checks:
        assert row["input"][0].startswith("What is the next number after ")
        assert row["prompt"][0]["content"].startswith("You are a mathematician. Assume that all numbers are in base-9")
        after = int(row["input"][0].split()[-1].rstrip("?"), 9) + 1
        assert (int(row["expected"], 9), row["correct"], row["status"]) == (after, True, "ok")
        assert (row["ideal"], row["default_world"]) == (None, None)
    _, again = rows_of(tmp_path, plan(), Scripted())
    assert (again.stored, again.asked) == (32, 0)


def test_a_rule_that_is_stated_the_same_way_is_checked_once():
    checks = [call for call in draw_calls(plan(Spatial())) if call.check]
    assert len(checks) == 1
    assert plan(Spatial()).calls == 4 * 6 + 1


def test_checks_leave_the_square_its_effects_and_references_alone(tmp_path):
    with_checks, _ = rows_of(tmp_path / "1", plan(), Scripted("recite"))
    without, _ = rows_of(tmp_path / "2", plan(checks=False), Scripted("recite"))
    assert [row for row in with_checks if row["setting"] != "check"] == without
    one, other = as_record(summarise(with_checks)), as_record(summarise(without))
    assert one.pop("checks") != other.pop("checks")
    assert one == other


def test_their_accuracy_stands_beside_the_deductive_corners(tmp_path):
    class Confused(Scripted):
        async def ask(self, call):
            return Reply(r"\boxed{nothing}") if call.check and call.query else await super().ask(call)

    rows, _ = rows_of(tmp_path, plan(), Confused())
    text = render_summary(summarise(rows), shots=8, default_world="base 10")
    assert "check         0.500 [0.215, 0.785]\n" in text
    assert "8 questions" in text
    assert "check      4      4      0" in text
    estimate = as_record(summarise(rows))["checks"]["accuracy"]
    assert (estimate["value"], estimate["low"], estimate["high"]) == (0.5, 0.215216, 0.784784)


def test_silence_and_recital_pass_no_check(tmp_path):
    for behaviour in ("silent", "recite"):
        rows, _ = rows_of(tmp_path / behaviour, plan(), Scripted(behaviour))
        assert {(row["status"], row["correct"]) for row in rows if row["setting"] == "check"} == {("no_answer", False)}
