import random
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats as scipy_stats

from solverlearner.analysis.intervals import accuracy, contrast, share, t_quantile, wilson
from solverlearner.analysis.scores import Scores


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


def test_swapping_the_sides_mirrors_the_interval():
    rng = random.Random(0)
    x, y = ([[rng.random() < p for _ in range(6)] for _ in range(8)] for p in (0.3, 0.7))
    there, back = contrast([x, y], (1, -1)), contrast([y, x], (1, -1))
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))


def test_pairing_narrows_the_interval_of_sides_that_go_together():
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

    assert 0.92 <= covered(draw, lambda sides: contrast(sides, (1, -1)), 0.3) <= 0.995


def test_an_interaction_covers_the_truth():
    rng = np.random.default_rng(9)

    def draw(episodes=20, queries=6):
        return [(rng.random((episodes, queries)) < p).tolist() for p in (0.9, 0.2, 0.7, 0.4)]

    estimate = covered(draw, lambda sides: contrast(sides, (1, -1, -1, 1)), 0.9 - 0.2 - 0.7 + 0.4)
    assert 0.92 <= estimate <= 1.0


def test_right_and_wrong_are_the_scores_1_and_0():
    rng = random.Random(1)
    for _ in range(50):
        rows = [[rng.random() < 0.6 for _ in range(rng.randint(1, 5))] for _ in range(rng.randint(1, 6))]
        counts = [*map(sum, rows)], [*map(len, rows)]
        assert accuracy(rows) == accuracy([[*map(float, row)] for row in rows]) == share(*counts)


def test_graded_scores_stay_within_0_and_1_and_scatter_less_than_right_and_wrong_ones():
    halves = [[0.5, 0.6], [0.4, 0.5], [0.6, 0.5], [0.5, 0.4]]
    graded, right = accuracy(halves), accuracy([[True, False]] * 3 + [[True, True], [False, False]])
    assert graded.value == right.value == 0.5
    assert graded.high - graded.low < 0.3 < right.high - right.low
    for rows in ([[0.99, 1.0]] * 3, [[0.001]] * 2, [[0.5]], [[0.5] * 4] * 3, [[0.0, 0.01], [0.0, 0.0]]):
        found = accuracy(rows)
        assert 0 <= found.low < found.value < found.high <= 1


def betas(rng, mean, spread):
    """Scores that cluster: an episode's own mean, and scores around it."""
    own = rng.beta(mean * 4, (1 - mean) * 4, (30, 1))
    return rng.beta(own * spread + 1e-3, (1 - own) * spread + 1e-3, (30, 8))


GRADED = {
    "alone": (lambda rng: rng.beta(2, 2, (30, 1)), 0.5),
    "few levels": (lambda rng: rng.choice([0, 1 / 3, 2 / 3, 1], p=[0.1, 0.2, 0.3, 0.4], size=(10, 8)), 2 / 3),
    "whole episodes": (lambda rng: np.where(rng.random((10, 1)) < 0.1, 0.5, 1.0) * np.ones((10, 8)), 0.95),
    "clustered": (lambda rng: betas(rng, 2 / 3, 4), 2 / 3),
    "few and skewed": (lambda rng: rng.beta(6, 1, (5, 8)), 6 / 7),
}


@pytest.mark.parametrize("kind", GRADED)
def test_intervals_of_mean_scores_cover_the_truth(kind):
    draw, truth = GRADED[kind]
    rng = np.random.default_rng(10)
    assert 0.92 <= covered(lambda: draw(rng).tolist(), accuracy, truth, repeats=1_000) <= 0.995


def test_a_paired_difference_of_graded_scores_covers_the_truth():
    rng = np.random.default_rng(14)

    def draw():
        shared = rng.beta(2, 2, (20, 1))
        sides = (0.3 * shared + 0.3 * rng.random((20, 1)) + 0.4 * rng.random((20, 6)) ** power for power in (0.5, 2))
        return [side.tolist() for side in sides]

    truth = 0.4 * (2 / 3 - 1 / 3)
    assert 0.92 <= covered(draw, lambda sides: contrast(sides, (1, -1)), truth) <= 0.995


def scores_of(**settings):
    """Scores by setting; `settings[name][e]` are those of episode e's queries, None where unanswered."""
    scores = Scores()
    for name, episodes in settings.items():
        for cluster, queries in enumerate(episodes):
            for query, score in enumerate(queries):
                if score is not None:
                    scores.add(name, score, cluster, query)
    return scores


def test_effects_are_of_the_items_that_all_settings_answered():
    scores = scores_of(io=[[1.0, None], [0.5, 0.0]], zero_shot=[[0.0, 1.0], [0.5, 0.25]])
    found = scores.contrast(("io", "zero_shot"), (1, -1))
    assert (found.n, found.episodes, found.differences) == (3, 2, [1.0, -0.25])
    assert (found.first_higher, found.second_higher, found.graded) == (1, 1, True)
    assert found.estimate == contrast([[[1.0], [0.5, 0.0]], [[0.0], [0.5, 0.25]]], (1, -1))
    assert scores.contrast(("io", "code_mf"), (1, -1)) is None
    assert scores_of(io=[[1.0, None]], zero_shot=[[None, 1.0]]).contrast(("io", "zero_shot"), (1, -1)) is None


def test_independent_queries_are_the_clusters_of_their_samples():
    scores = scores_of(a=[[1.0, 0.0, 1.0]], b=[[1.0, 0.25, 0.75]])
    assert scores.estimate("a", independent=True) == wilson(2, 3)
    assert scores.estimate("b", independent=True) == accuracy([[1.0], [0.25], [0.75]])
    assert scores.estimate("b", independent=False) == accuracy([[1.0, 0.25, 0.75]])
    scores.add("a", 1.0, 0, 0, sample=1)
    assert scores.estimate("a", independent=True) == accuracy([[True, True], [False], [True]])


def test_a_run_prints_its_summary_without_numpy_and_pandas():
    code = "import sys, solverlearner.cli.commands.run; print({'numpy', 'pandas'} & {*sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "set()\n"


def test_an_estimate_follows_each_score_that_is_added():
    scores, found = Scores(), []
    for cluster, score in enumerate((1.0, 0.0, 0.5)):
        scores.add("io", score, cluster, 0)
        found.append((scores.estimate("io", independent=False).value, scores.clusters("io", independent=False)))
    assert found == [(1.0, 1), (0.5, 2), (0.5, 3)]
