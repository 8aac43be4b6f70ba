"""Divergences: hand-worked values, bounds that hold whatever top-n leaves out, floors and permutation tests."""

import itertools
import math
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solverlearner.analysis import divergence as d
from solverlearner.analysis.divergence import Draw, answer_draw, jensen_shannon, pooled, shift
from solverlearner.analysis.persuasion import mode, moved, outcome


def js(p, q):
    """½ KL(p ‖ m) + ½ KL(q ‖ m) with m the mean, by its definition (Lin 1991)."""
    keys = {*p, *q}
    m = {key: (p.get(key, 0) + q.get(key, 0)) / 2 for key in keys}
    return sum(each.get(k, 0) / 2 * math.log(each[k] / m[k]) for each in (p, q) for k in keys if each.get(k, 0) > 0)


def whole(weights):
    total = sum(weights)
    return {index: weight / total for index, weight in enumerate(weights) if weight}


WEIGHTS = st.lists(st.sampled_from([0, 1e-3, 0.1, 1, 5]) | st.floats(1e-6, 9), min_size=8, max_size=8).filter(
    lambda weights: sum(weights) > 1e-3
)


def cut(distribution, n):
    ordered = sorted(distribution.items(), key=lambda pair: -pair[1])
    return Draw(dict(ordered[:n]), math.fsum(value for _, value in ordered[n:]))


@given(WEIGHTS, WEIGHTS, st.integers(1, 8))
def test_the_whole_divergence_lies_within_the_bounds_of_the_listed_part(p, q, n):
    p, q = whole(p), whole(q)
    found = jensen_shannon(cut(p, n), cut(q, n))
    assert found.low - 1e-9 <= js(p, q) <= found.high + 1e-9
    assert jensen_shannon(Draw(p), Draw(q)).value == pytest.approx(js(p, q), abs=1e-9)


def kl(p, q):
    return sum(value * math.log(value / q[key]) if q.get(key) else math.inf for key, value in p.items() if value > 0)


@given(WEIGHTS, WEIGHTS, st.integers(1, 8))
def test_the_divergence_of_listed_tokens_is_a_lower_bound(p, q, n):
    p, q = whole(p), whole(q)
    assert d.kl_of_listed(Draw(p), cut(q, n)) <= kl(p, q) + 1e-9
    assert d.kl_of_listed(Draw(p), Draw(q)) == pytest.approx(kl(p, q), abs=1e-9)


def test_worked_by_hand():
    half, sure = Draw({"a": 0.5, "b": 0.5}), Draw({"a": 1.0})
    by_hand = (0.5 * math.log(2 / 3) + 0.5 * math.log(2) + math.log(4 / 3)) / 2
    assert jensen_shannon(half, sure).value == pytest.approx(by_hand)
    assert d.kl_of_listed(sure, half) == pytest.approx(math.log(2))
    assert d.kl_of_listed(half, sure) == math.inf
    assert d.kl_of_listed(half, sure, drop_infinite=True) == pytest.approx(0.5 * math.log(0.5))
    assert d.kl_of_listed(half, Draw({"a": 0.75}, 0.25)) == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2))


def test_cp_of_a_set_with_itself_is_not_zero_and_pooled_cp_is():
    """Two replies with (0.9, 0.1) and (0.1, 0.9): two of four pairs have KL 0.8 log 9."""
    draws = [Draw({"a": 0.9, "b": 0.1}), Draw({"a": 0.1, "b": 0.9})]
    groups = d.partition([0, 1])
    assert d.cp_of_paper(draws, draws, groups, groups) == pytest.approx(0.4 * math.log(9))
    assert d.cp_pooled(draws, draws) == 0


def test_groups_count_equally_in_cp_and_by_size_in_pooled_cp():
    told = [Draw({"a": 1.0})] * 3 + [Draw({"b": 1.0})]
    closed = [Draw({"a": 0.5, "b": 0.5})] * 2
    assert d.cp_of_paper(told, closed, d.partition([0, 0, 0, 1]), d.partition([0, 0])) == pytest.approx(math.log(2))
    assert d.cp_pooled(told, closed) == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5))


def test_infinite_terms_are_dropped_as_coded_and_kept_as_written():
    told, closed, one = [Draw({"a": 0.5, "b": 0.5})], [Draw({"a": 1.0})], [[0]]
    assert d.cp_of_paper(told, closed, one, one) == math.inf
    assert d.cp_as_coded(told, closed, one, one) == pytest.approx(-0.5 * math.log(2))


def published_groups(entails):
    """The loops of `evaluate_semantic_sim` in copenlu/dynamicqa, step by step."""
    found = set()
    for first in range(len(entails)):
        cluster = [first]
        for other in (j for j in range(len(entails)) if j != first and entails[first][j]):
            flag = False
            for member in cluster:
                flag = bool(entails[other][member])
            if flag:
                cluster.append(other)
        found.add("-".join(map(str, sorted(cluster))))
    return found


@given(st.integers(1, 6), st.randoms())
def test_published_groups_overlap(size, rng):
    entails = [[False] * size for _ in range(size)]
    for i, j in itertools.combinations(range(size), 2):
        entails[i][j] = entails[j][i] = rng.random() < 0.5
    assert {"-".join(map(str, each)) for each in d.coded_groups(entails)} == published_groups(entails)


def test_a_chain_of_three_is_grouped_as_published():
    """b is like a and c, a is not like c: groups ab (from a), ab (from b), bc (from c)."""
    chain = [[False, True, False], [True, False, True], [False, True, False]]
    assert d.coded_groups(chain) == [[0, 1], [1, 2]]


def test_split_halves_come_near_the_bias_of_few_draws():
    """Means over many experiments with 10 draws from 4 equally likely answers: chance alone gives JS > 0."""
    rng = Random(1)

    def draws(low):
        return [answer_draw(low + int(4 * rng.random())) for _ in range(10)]

    same = [shift(draws(0), draws(0)) for _ in range(80)]
    plug_in = sum(each.js.value for each in same) / 80
    corrected = sum(each.js.value - each.floor for each in same) / 80
    assert plug_in > 0.06
    assert abs(corrected) < plug_in / 4
    assert sum(each.p <= 0.05 for each in same) <= 10
    other = [shift(draws(0), draws(2)) for _ in range(40)]
    assert sum(each.p <= 0.05 for each in other) >= 30


def test_the_permutation_test_is_exact_where_few_reassignments_exist():
    """3 draws against 3 others: 2 of 20 reassignments separate them as well."""
    found = shift([answer_draw(0)] * 3, [answer_draw(1)] * 3)
    assert (found.js.value, found.floor, found.p) == (pytest.approx(math.log(2)), 0, pytest.approx(2 / 20))
    assert shift([answer_draw(0)], [answer_draw(0)]).p == 1


@given(st.lists(WEIGHTS, min_size=2, max_size=4), st.lists(WEIGHTS, min_size=2, max_size=4))
@settings(max_examples=25)
def test_all_values_of_a_shift_are_within_their_ranges(before, after):
    before, after = ([cut(whole(each), 4) for each in side] for side in (before, after))
    found = shift(before, after)
    assert found.corrected <= found.js.value <= math.log(2) + 1e-9
    assert found.floor >= 0
    assert 0 < found.p <= 1
    assert pooled(before).tail == pytest.approx(sum(each.tail for each in before) / len(before))


@pytest.mark.parametrize(
    ("closed", "told", "target", "found"),
    [
        ([0, 0, 1], [1, 1, 0], 1, "persuaded"),
        ([0, 0, 1], [0, 0, 1], 1, "stubborn"),
        ([0, 0, 1], [2, 2, 1], 1, "elsewhere"),
        ([1, 1, 0], [0, 0, 0], 1, None),
        ([0, 0], [0, 1], None, "stubborn"),
    ],
)
def test_what_became_of_a_question(closed, told, target, found):
    assert outcome(closed, told, target) == found


def test_moved_is_a_difference_of_shares():
    assert moved([True, False], [True, True]) == 0.5
    assert moved([True], [False]) == -1
    assert mode([3, 1, 3, 1, 1]) == 1
