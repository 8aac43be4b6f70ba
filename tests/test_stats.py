import random

import numpy as np
import pytest
from scipy import stats as scipy_stats

from solverlearner.analysis.intervals import accuracy, contrast, t_quantile, wilson


@pytest.mark.parametrize(("correct", "n"), [(0, 5), (3, 7), (20, 20), (51, 100), (999, 1000)])
def test_wilson_agrees_with_scipy(correct, n):
    oracle = scipy_stats.binomtest(correct, n).proportion_ci(method="wilson")
    ours = wilson(correct, n)
    assert (ours.low, ours.high) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 30, 200])
def test_t_quantile_agrees_with_scipy(df):
    assert t_quantile(df) == pytest.approx(scipy_stats.t.ppf(0.975, df), rel=2e-3)


def test_nothing_asked_gives_no_interval():
    assert accuracy([]) is None
    assert contrast([[], []], (1, -1)) is None


def test_independent_queries_give_wilson():
    assert accuracy([[True], [False], [True]]) == wilson(2, 3)


def test_all_right_counts_an_episode_as_one_trial():
    estimate = accuracy([[True] * 10] * 4)
    assert estimate == wilson(4, 4)
    assert estimate.low < 0.6


def test_no_interval_is_empty_or_leaves_its_range():
    for a, b in [([True], [True]), ([True], [False]), ([False], [False])]:
        estimate = contrast([[a * 5] * 3, [b * 5] * 3], (1, -1))
        assert -1 <= estimate.low < estimate.high <= 1
        assert estimate.low <= estimate.value <= estimate.high


def test_swapping_the_arms_mirrors_the_interval():
    rng = random.Random(0)
    x, y = ([[rng.random() < p for _ in range(6)] for _ in range(8)] for p in (0.3, 0.7))
    there, back = contrast([x, y], (1, -1)), contrast([y, x], (1, -1))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


def test_pairing_narrows_the_interval_of_arms_that_go_together():
    x = [[True] * 5, [True] * 4 + [False], [False] * 5, [True, True, False, False, False]] * 5
    alone = contrast([x, list(reversed(x))], (1, -1))
    together = contrast([x, x], (1, -1))
    assert together.high - together.low < 0.6 * (alone.high - alone.low)


def covered(draw, estimate, truth, repeats=400):
    hits = 0
    for _ in range(repeats):
        found = estimate(draw())
        hits += found.low <= truth <= found.high
    return hits / repeats


@pytest.mark.parametrize("correlation", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("p", [0.2, 0.5])
def test_accuracy_covers_the_truth_however_strongly_episodes_cluster(p, correlation):
    rng = np.random.default_rng(7)

    def draw(episodes=30, queries=8):
        shared = rng.random((episodes, 1)) < p
        own = rng.random((episodes, queries)) < p
        return np.where(rng.random((episodes, queries)) < correlation**0.5, shared, own).tolist()

    def naive(rows):
        flat = [query for row in rows for query in row]
        return wilson(sum(flat), len(flat))

    assert 0.91 <= covered(draw, accuracy, p) <= 0.99
    if correlation == 1.0:
        assert covered(draw, naive, p) < 0.7


@pytest.mark.parametrize("episodes", [5, 30])
def test_a_paired_difference_covers_the_truth(episodes):
    rng = np.random.default_rng(8)

    def draw(queries=8):
        program = np.repeat(rng.random((episodes, 1)) < 0.6, queries, axis=1)
        answers = rng.random((episodes, queries)) < 0.3
        return [program.tolist(), answers.tolist()]

    assert 0.92 <= covered(draw, lambda arms: contrast(arms, (1, -1)), 0.3) <= 0.995


def test_an_interaction_covers_the_truth():
    rng = np.random.default_rng(9)

    def draw(episodes=20, queries=6):
        return [(rng.random((episodes, queries)) < p).tolist() for p in (0.9, 0.2, 0.7, 0.4)]

    estimate = covered(draw, lambda arms: contrast(arms, (1, -1, -1, 1)), 0.9 - 0.2 - 0.7 + 0.4)
    assert 0.92 <= estimate <= 1.0
