from typing import ClassVar

import pytest

from solverlearner.design.verdict import Verdict
from solverlearner.errors import UsageError
from solverlearner.evaluation.scoring import score_answer, score_outcome
from solverlearner.execution.executor import Outcome
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith

TASK = Arith(9)
ITEM = Item(("57", "27"), "85")  # 57+27 = 85 in base 9, 84 in base 10


def test_a_right_answer():
    assert score_answer(TASK, ITEM, r"so \boxed{85}") == Verdict("ok", "85", 1.0)


def test_a_wrong_answer_that_recites_base_10():
    assert score_answer(TASK, ITEM, r"\boxed{84}") == Verdict("ok", "84", 0.0, recited=True)


def test_a_wrong_answer_of_its_own():
    assert score_answer(TASK, ITEM, r"\boxed{86}") == Verdict("ok", "86", 0.0, recited=False)


def test_no_answer_is_an_outcome():
    assert score_answer(TASK, ITEM, "It is 85.") == Verdict("no_answer")


def test_in_the_default_world_itself_nothing_is_recited():
    verdict = score_answer(Arith(10), Item(("57", "27"), "84"), r"\boxed{84}")
    assert (verdict.correct, verdict.recited) == (True, False)


@pytest.mark.parametrize("status", ["rejected", "error", "timeout", "memory", "crash"])
def test_a_failed_program_keeps_its_status_and_its_line(status):
    verdict = score_outcome(TASK, ITEM, Outcome(status, None, "why", 3, 0.1))
    assert verdict == Verdict(status, None, message="line 3: why")


def test_values_of_programs():
    for value, correct in [("85", True), (" 85 ", True), (85, True), (True, False), (85.0, False), (["85"], False)]:
        assert score_outcome(TASK, ITEM, Outcome("ok", value, "", None, 0.1)).correct is correct


class Lenient(Arith):
    """Gives for an answer what `given` says."""

    given: ClassVar = {"85": 1, "80": 0.5, "84": 0.25, "7": 1.2, "8": float("nan"), "9": "much", "10": -0.1}

    def credit(self, expected, value):
        return self.given[value]


@pytest.mark.parametrize(
    ("value", "score", "correct", "recited"),
    [("85", 1.0, True, False), ("80", 0.5, False, False), ("84", 0.25, False, True)],
)
def test_a_task_may_give_partial_credit(value, score, correct, recited):
    verdict = score_answer(Lenient(9), ITEM, rf"\boxed{{{value}}}")
    assert (verdict.score, verdict.correct, verdict.recited) == (score, correct, recited)


@pytest.mark.parametrize("value", ["7", "8", "9", "10"])
def test_credit_that_is_no_share_is_refused(value):
    with pytest.raises(UsageError, match=r"task=arith: credit\(\) returned .* and must return a number from 0 to 1"):
        score_answer(Lenient(9), ITEM, rf"\boxed{{{value}}}")
