import itertools

import numpy as np
import pytest
from scipy import stats as scipy_stats
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.multitest import multipletests

from solverlearner.analysis.intervals import share, share_contrast, wilson
from solverlearner.analysis.significance import FLIPS, bootstrap_ratio, flip_signs, holm, mcnemar, sign_steps
from solverlearner.analysis.stratified import stratified_effect


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 1), (1, 6), (10, 3), (7, 7), (40, 61), (3_000, 3_200)])
def test_mcnemar_agrees_with_scipy_and_statsmodels(b, c):
    ours = mcnemar(b, c)
    assert ours == pytest.approx(scipy_stats.binomtest(b, b + c).pvalue if b + c else 1.0, rel=1e-9)
    assert ours == pytest.approx(statsmodels_mcnemar([[5, b], [c, 5]], exact=True).pvalue if b + c else 1.0, rel=1e-9)


@pytest.mark.parametrize(
    "differences", [[3], [1, 1, 1, 1, 1], [4, -1, 2, 0, 3, -2], [2, -2], [0, 0], [7, 5, 5, -3, 6, 1]]
)
def test_flipping_signs_agrees_with_every_pattern_one_by_one(differences):
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in itertools.product((1, -1), repeat=len(differences))
    ]
    assert flip_signs(differences) == pytest.approx(np.mean(np.array(sums) >= abs(sum(differences))))


def test_flipping_signs_agrees_with_scipy():
    differences = np.random.default_rng(0).integers(-4, 7, size=12)
    oracle = scipy_stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    assert flip_signs(differences.tolist()) == pytest.approx(oracle.pvalue)


def test_flipping_signs_agrees_with_the_normal_law_over_many_episodes():
    differences = np.random.default_rng(1).integers(-10, 11, size=5_000)
    z = (abs(differences.sum()) - 1) / np.sqrt((differences**2).sum())  # sums are two apart
    assert flip_signs(differences.tolist()) == pytest.approx(2 * scipy_stats.norm.sf(z), abs=1e-3)
    assert 0 < flip_signs([10] * 200) < 1e-30
    assert flip_signs([3] * 60) == pytest.approx(2 / 2**60)


def test_holm_agrees_with_statsmodels():
    p_values = [0.04, 0.001, 0.9, 0.012, 0.012, 0.3]
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])
    assert holm([]) == []


def test_a_bootstrap_is_the_same_again_and_agrees_with_scipy():
    rng = np.random.default_rng(3)
    sizes = rng.integers(5, 15, size=40)
    totals = sizes * rng.gamma(2.0, 50.0, size=40)
    ours = bootstrap_ratio(totals, sizes)
    assert ours == bootstrap_ratio(totals, sizes)
    oracle = scipy_stats.bootstrap(
        (totals, sizes), lambda t, s, axis: t.sum(axis) / s.sum(axis), paired=True, method="percentile", rng=1
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((oracle.low, oracle.high), rel=0.03)


# In real runs of `code_mf` and `solverlearner`, whose queries share one program, an episode was nearly always all right
# or all wrong; in `io_mf` the correlation was 0.2.
EPISODES, QUERIES = 30, 10
CORRELATIONS = (0.3, 0.8, 0.98)  # between two queries of an episode


def episodes(rng, p, repeats, correlation=0.8):
    """Right answers of each episode, beta-binomial, one row a repeat."""
    strength = (1 - correlation) / correlation
    return rng.binomial(QUERIES, rng.beta(p * strength, (1 - p) * strength, size=(repeats, EPISODES)))


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("p", [0.3, 0.5, 0.8])
def test_clustered_intervals_cover_the_truth_and_naive_ones_do_not(p, correlation):
    draws = episodes(np.random.default_rng(11), p, 3_000, correlation)
    ours = [share(counts, [QUERIES] * EPISODES) for counts in draws.tolist()]
    naive = [wilson(sum(counts), QUERIES * EPISODES) for counts in draws.tolist()]
    assert 0.93 <= np.mean([e.low <= p <= e.high for e in ours]) <= 0.97
    assert np.mean([e.low <= p <= e.high for e in naive]) < 0.75


def test_paired_differences_cover_the_truth():
    rng = np.random.default_rng(12)
    x, y = episodes(rng, 0.7, 4_000).tolist(), episodes(rng, 0.4, 4_000, correlation=0.1).tolist()
    ours = [share_contrast(pair, [QUERIES] * EPISODES, (1, -1)) for pair in zip(x, y, strict=True)]
    assert 0.93 <= np.mean([e.low <= 0.3 <= e.high for e in ours]) <= 0.97


def test_equal_sides_are_rarely_told_apart_by_episode_and_often_by_item():
    rng = np.random.default_rng(13)
    x, y = episodes(rng, 0.5, 1_000), episodes(rng, 0.5, 1_000)
    by_episode = [flip_signs(d) <= 0.05 for d in (x - y).tolist()]
    # Two programs that are right on so many of ten queries, apart as far as they can be: items in the episode's order.
    by_item = [mcnemar(int(np.maximum(d, 0).sum()), int(np.maximum(-d, 0).sum())) <= 0.05 for d in x - y]
    assert np.mean(by_episode) <= 0.065
    assert np.mean(by_item) > 0.3


def test_graded_differences_on_a_grid_are_flipped_exactly():
    thirds = [1 / 3 + 2 / 3, -1 / 3, 2 / 3, 4 / 3, 1.0]
    assert sign_steps(thirds) == [3, -1, 2, 4, 3]
    assert flip_signs(thirds) == flip_signs([3, -1, 2, 4, 3])
    assert flip_signs([0.25, 0.5]) == 0.5
    assert sign_steps([2, -1, 0]) == [2, -1, 0]


def test_other_graded_differences_are_flipped_at_random_and_agree_with_scipy():
    differences = np.random.default_rng(4).normal(0.2, 0.5, size=12)
    assert sign_steps(differences.tolist()) is None
    oracle = scipy_stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=np.inf)
    ours = flip_signs(differences.tolist())
    assert ours == flip_signs(differences.tolist())
    assert ours == pytest.approx(oracle.pvalue, abs=0.004)
    assert flip_signs([0.1234567 + i / 1e3 for i in range(40)]) == pytest.approx(1 / (FLIPS + 1))


def test_equal_graded_sides_are_rarely_told_apart():
    rng = np.random.default_rng(15)
    x, y = (rng.beta(2, 1, (400, 12, 1)) * rng.integers(0, 5, (400, 12, 5)) / 4 for _ in range(2))
    steps = np.round(20 * (x - y).sum(axis=2)) / 20
    assert np.mean([flip_signs(d) <= 0.05 for d in steps.tolist()]) <= 0.075


def test_a_stratified_interval_is_the_t_interval_of_welch_and_satterthwaite():
    rng = np.random.default_rng(16)
    first, second = rng.integers(0, 11, (2, 17))
    strata = np.repeat(["a", "b"], [9, 8])
    found = stratified_effect((first, second), np.full(17, 10), strata)
    a, b = ((first - second)[strata == each] / 10 for each in "ab")
    oracle = scipy_stats.ttest_ind(a * 9 / 17, -b * 8 / 17, equal_var=False)
    assert found.estimate.value == pytest.approx((a.sum() + b.sum()) / 17)
    ends = oracle.confidence_interval()
    assert (found.estimate.high - found.estimate.low) == pytest.approx(ends.high - ends.low, rel=0.01)  # whole degrees
    error = found.detectable / (scipy_stats.t.ppf(0.975, int(oracle.df)) + scipy_stats.t.ppf(0.8, int(oracle.df)))
    assert (found.estimate.high - found.estimate.low) / 2 == pytest.approx(
        error * scipy_stats.t.ppf(0.975, int(oracle.df)), rel=2e-3
    )
    assert found.p == flip_signs((first - second).tolist())


@pytest.mark.parametrize("strata", [[0, 1, 2, 3], [0, 0, 0, 1]])
def test_strata_of_one_cluster_are_collapsed(strata):
    first, second = np.array([10, 8, 9, 2]), np.array([3, 3, 3, 3])
    found = stratified_effect((first, second), np.full(4, 10), np.array(strata)).estimate
    assert found == share_contrast([first.tolist(), second.tolist()], [10] * 4, (1, -1))


def test_sides_without_any_difference_have_an_interval():
    same = np.full(12, 10)
    found = stratified_effect((same, same), same, np.repeat([0, 1], 6))
    assert found.estimate.low < 0 < found.estimate.high
    assert (found.p, 0 < found.detectable < 1) == (1.0, True)


@pytest.mark.parametrize(("groups", "correlation"), [(3, 0.98), (5, 0.3)])
def test_the_pooled_answer_keeps_its_size_and_covers_the_truth(groups, correlation):
    rng, repeats, strength = np.random.default_rng(17), 400, (1 - correlation) / correlation
    means = np.linspace(0.1, 0.9, 6)
    strata = np.repeat(np.arange(6), groups)
    p = np.broadcast_to(means[strata], (repeats, 2, len(strata)))
    rows = rng.binomial(QUERIES, rng.beta(p * strength, (1 - p) * strength))
    found = [stratified_effect((a, b), np.full(len(strata), QUERIES), strata) for a, b in rows]
    assert np.mean([each.p <= 0.05 for each in found]) <= 0.05 + 0.03
    assert 0.92 <= np.mean([each.estimate.low <= 0 <= each.estimate.high for each in found]) <= 0.995
