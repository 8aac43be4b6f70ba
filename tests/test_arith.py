import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import draw, solve

from solverlearner.errors import UsageError
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.numerals import DIGITS, numeral

OPS = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b}


tasks = st.builds(
    Arith,
    base=st.integers(2, 36),
    digits=st.integers(3, 12),
    op=st.sampled_from(list(OPS)),
    query_digits=st.none() | st.integers(3, 12),
)


@pytest.mark.parametrize(
    ("op", "base", "x", "result"),
    [
        ("add", 9, ("57", "27"), "85"),
        ("add", 16, ("9F", "01"), "A0"),
        ("sub", 9, ("52", "17"), "34"),
        ("sub", 16, ("A0", "1"), "9F"),
        ("sub", 8, ("17", "17"), "0"),
        ("sub", 8, ("7", "17"), "-10"),
        ("mul", 8, ("7", "7"), "61"),
        ("mul", 2, ("11", "11"), "1001"),
        ("mul", 36, ("Z", "Z"), "Y1"),
        ("add", 8, ("8", "1"), None),
    ],
)
def test_results_by_hand(op, base, x, result):
    rule = Arith(base, op=op, digits=3).rule
    assert rule.apply(x) == result
    if result is not None:
        assert solve(rule.program, x) == result


@given(tasks, st.integers(0, 10**6))
def test_results_read_back_as_numbers(task, seed):
    for left, right in draw(task, 3, seed):
        result = OPS[task.op](int(left, task.base), int(right, task.base))
        assert int(str(task.rule.apply((left, right))), task.base) == result


@given(tasks, st.integers(0, 10**6))
def test_every_program_of_the_family_computes_its_rule(task, seed):
    x = draw(task, 1, seed, "queries")[0]
    for rule in task.family():
        expected = rule.apply(x)
        if expected is None:
            with pytest.raises(ValueError, match="invalid literal"):
                solve(rule.program, x)
        else:
            assert solve(rule.program, x) == expected


@given(tasks, st.integers(0, 10**6))
def test_operands_are_as_long_as_asked_and_differences_never_negative(task, seed):
    for split, digits in (("shots", task.digits), ("queries", task.query_digits or task.digits)):
        left, right = draw(task, 1, seed, split)[0]
        assert (len(left), len(right)) == (digits, digits)
        assert "0" not in (left[0], right[0])
        assert set(left + right) <= set(DIGITS[: task.base])
        assert task.op != "sub" or int(left, task.base) >= int(right, task.base)


@given(tasks, st.integers(0, 10**6))
def test_no_drawn_pair_reads_the_same_in_base_10(task, seed):
    x = draw(task, 1, seed)[0]
    assert task.base == 10 or task.default_world.apply(x) != task.rule.apply(x)


@given(tasks, st.integers(0, 10**6))
def test_reader_reads_what_the_writer_wrote(task, seed):
    x = draw(task, 1, seed)[0]
    expected = task.rule.apply(x)
    assert task.read(task.reply(expected)) == expected
    assert task.equal(expected, expected)
    assert task.load(json.loads(json.dumps([x, expected]))[0]) == x


def test_drawn_pairs_stay_what_they_are():
    assert draw(Arith(), 3, seed=7) == [("31", "60"), ("47", "12"), ("68", "53")]
    assert draw(Arith(16, op="sub"), 3, seed=7) == [("A1", "52"), ("95", "18"), ("21", "16")]
    assert draw(Arith(8, 3, "mul"), 3, seed=7) == [("315", "142"), ("140", "400"), ("360", "257")]


def test_longer_queries_leave_the_shots_as_they_are():
    plain, longer = Arith(9), Arith(9, query_digits=4)
    assert draw(plain, 50) == draw(longer, 50)
    assert draw(Arith(9, 4), 50) == draw(longer, 50, split="queries")
    assert longer.variant == "base-9-query-digits-4"


def test_a_difference_is_another_item_the_other_way_round_and_a_sum_is_not():
    assert Arith(op="sub").key(("52", "17")) != Arith(op="sub").key(("17", "52"))
    for op in ("add", "mul"):
        assert Arith(op=op).key(("52", "17")) == Arith(op=op).key(("17", "52"))
        assert Arith(op=op).key(("52", "17")) != Arith(op=op).key(("52", "18"))


def test_the_family_is_the_bases_2_to_36_with_base_10_first():
    for op in OPS:
        names = [rule.name for rule in Arith(9, op=op).family()]
        assert names == [f"base {base}" for base in (10, 2, 3, 4, 5, 6, 7, 8, 9, *range(11, 37))]


@pytest.mark.parametrize(
    "options",
    [
        {"base": 2, "digits": 1, "op": "mul"},
        {"base": 2, "digits": 2, "op": "sub"},
        {"base": 8, "digits": 1, "op": "sub"},
        {"base": 8, "op": "sub", "query_digits": 1},
        {"op": "div"},
        {"base": 37},
        {"digits": 13},
        {"query_digits": 0},
    ],
)
def test_options_that_cannot_be_drawn_are_refused(options):
    with pytest.raises(UsageError):
        Arith(**options)


@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_only_lengths_without_a_hard_pair_are_refused(op, digits):
    for base in range(2, 10):
        numerals = [numeral(n, base) for n in range(base ** (digits - 1), min(base**digits, base ** (digits - 1) + 60))]
        pairs = [(left, right) for left in numerals for right in numerals]
        in_base = [numeral(OPS[op](int(left, base), int(right, base)), base) for left, right in pairs]
        if in_base != [str(OPS[op](int(left), int(right))) for left, right in pairs]:
            assert len(draw(Arith(base, digits, op), 1)[0][0]) == digits
        else:
            with pytest.raises(UsageError):
                Arith(base, digits, op)


def test_sums_are_asked_for_in_the_published_words():
    task = Arith(8)
    assert task.framing("rule") == 'Assume that all numbers are in base-8 where the digits are "01234567".'
    assert task.framing("domain") == "You are asked to add two numbers, the base of which is unknown."
    assert task.question(("57", "27"), "rule") == "What is 57+27?"
    assert task.show(("57", "27"), "none") == "57, 27"
    assert task.contract("rule").startswith("n1 and n2 are the two numbers as strings; the function returns their sum")


@pytest.mark.parametrize(("op", "shown", "verb"), [("sub", "57-27", "subtract"), ("mul", "57*27", "multiply")])
def test_other_operations_are_told_by_sign_and_words_and_never_without_a_hint(op, shown, verb):
    task = Arith(8, op=op)
    assert task.question(("57", "27"), "domain") == f"What is {shown}?"
    for told in ("domain", "strong"):
        assert verb in task.framing(told)
        assert "base-8" not in task.framing(told)
    assert task.framing("none") == Arith(8).framing("none")
    assert task.question(("57", "27"), "none") == "What is the output for 57, 27?"
    assert task.contract("none") == Arith(8).contract("none")


@given(st.integers(2, 36), st.integers(1, 12), st.integers(0, 10**6))
def test_checks_ask_for_the_number_after_one_that_carries_and_one_that_does_not(base, digits, seed):
    carries, plain = Arith(base, digits).checks(Random(seed))
    for check, last in ((carries, DIGITS[base - 1]), (plain, "0")):
        number = check.question.removeprefix("What is the next number after ").removesuffix("?")
        assert number[-1] == last
        assert int(str(check.expected), base) == int(number, base) + 1
        assert check.equal(check.expected, check.read(check.reply(check.expected)))
        assert not check.equal(check.expected, check.read(check.reply(number)))


def test_variants_have_names_of_their_own():
    assert Arith().variant == "base-9"
    assert Arith(16, 3, "mul", 5).variant == "base-16-mul-digits-3-query-digits-5"


def test_answers_are_compared_as_numerals():
    task = Arith(16, op="sub")
    assert task.read(r"\boxed{\text{9f}_{16}}") == "9F"
    assert task.equal("-12", "−12")
    assert task.equal("12", 12)
    assert not task.equal("1", True)
    assert not task.equal("12", None)
