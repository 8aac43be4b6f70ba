import pytest

from solverlearner.design.verdict import Verdict
from solverlearner.evaluation.scoring import score_answer, score_outcome
from solverlearner.execution.executor import Outcome
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith

TASK = Arith(9)
ITEM = Item(("57", "27"), "85")  # 57+27 = 85 in base 9, 84 in base 10


def test_a_right_answer():
    assert score_answer(TASK, ITEM, r"so \boxed{85}") == Verdict("ok", "85", correct=True)


def test_a_wrong_answer_that_recites_base_10():
    assert score_answer(TASK, ITEM, r"\boxed{84}") == Verdict("ok", "84", correct=False, recited=True)


def test_a_wrong_answer_of_its_own():
    assert score_answer(TASK, ITEM, r"\boxed{86}") == Verdict("ok", "86", correct=False, recited=False)


def test_no_answer_is_an_outcome():
    assert score_answer(TASK, ITEM, "It is 85.") == Verdict("no_answer", correct=False)


def test_in_the_default_world_itself_nothing_is_recited():
    verdict = score_answer(Arith(10), Item(("57", "27"), "84"), r"\boxed{84}")
    assert (verdict.correct, verdict.recited) == (True, False)


@pytest.mark.parametrize("status", ["rejected", "error", "timeout", "memory", "crash"])
def test_a_failed_program_keeps_its_status_and_its_line(status):
    verdict = score_outcome(TASK, ITEM, Outcome(status, None, "why", 3, 0.1))
    assert verdict == Verdict(status, None, correct=False, message="line 3: why")


def test_values_of_programs():
    for value, correct in [("85", True), (" 85 ", True), (85, True), (True, False), (85.0, False), (["85"], False)]:
        assert score_outcome(TASK, ITEM, Outcome("ok", value, "", None, 0.1)).correct is correct
