"""Entropies over meanings: hand-worked examples, and slow code written from the formulas of papers and peers."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.analysis.uncertainty import (
    coded_entropy,
    discrete_entropy,
    entropies,
    formula_entropy,
    miller_madow,
    rao_entropy,
)

DRAWS = st.lists(st.tuples(st.integers(0, 3), st.lists(st.floats(-8, 0), min_size=1, max_size=5)), min_size=1)


def masses(groups, logprobs):
    """The log of the summed probability of each group."""
    pairs = [*zip(groups, logprobs, strict=True)]
    return [math.log(sum(math.exp(value) for each, value in pairs if each == group)) for group in {*groups}]


def peers_rao(groups, logprobs):
    """As jlko/semantic_uncertainty does it: normalise over all draws, sum in each group, then −Σ exp(l) l."""
    total = math.log(sum(map(math.exp, logprobs)))
    return -sum(math.exp(value) * value for value in masses(groups, [each - total for each in logprobs]))


def peers_discrete(groups):
    return -sum(groups.count(group) / len(groups) * math.log(groups.count(group) / len(groups)) for group in {*groups})


def published(groups, logprobs, shift):
    """As copenlu/dynamicqa does it: the log of each group's sum, less the shift, negated, over the groups."""
    found = masses(groups, logprobs)
    return -sum(value - shift for value in found) / len(found)


@given(DRAWS)
def test_every_formula_is_that_of_the_peers_code(draws):
    groups = [group for group, _ in draws]
    tokens = [logprobs for _, logprobs in draws]
    means = [sum(each) / len(each) for each in tokens]
    sums = [sum(each) for each in tokens]
    found = entropies(groups, tokens)
    near = {"abs": 1e-9}
    assert found.discrete == pytest.approx(peers_discrete(groups), **near)
    assert found.rao == pytest.approx(peers_rao(groups, means), **near)
    assert found.formula == pytest.approx(published(groups, sums, 0), **near)
    assert found.coded == pytest.approx(published(groups, means, 5), **near)
    assert -1e-9 <= found.rao <= math.log(found.groups) + 1e-9
    assert found.miller_madow - found.discrete == pytest.approx((len(Counter(groups)) - 1) / 2 / len(groups))


def test_worked_by_hand():
    """Three draws: two of one meaning with probabilities 1/2 and 1/4, one of another with 1/8."""
    groups, logprobs = [0, 0, 1], [math.log(1 / 2), math.log(1 / 4), math.log(1 / 8)]
    assert discrete_entropy(groups) == pytest.approx(-2 / 3 * math.log(2 / 3) - 1 / 3 * math.log(1 / 3))
    assert miller_madow(groups) == pytest.approx(discrete_entropy(groups) + 1 / 6)
    assert rao_entropy(groups, logprobs) == pytest.approx(-6 / 7 * math.log(6 / 7) - 1 / 7 * math.log(1 / 7))
    assert formula_entropy(groups, logprobs) == pytest.approx(-(math.log(3 / 4) + math.log(1 / 8)) / 2)
    assert coded_entropy(groups, logprobs) == pytest.approx(5 + formula_entropy(groups, logprobs))


def test_where_all_draws_agree_only_the_formula_of_the_paper_is_not_zero():
    """Ten draws with probability 0.9 each: p(g) is 9, so that the published formula is −log 9."""
    found = entropies([0] * 10, [[math.log(0.9)]] * 10)
    assert found.discrete == found.miller_madow == 0
    assert found.rao == pytest.approx(0)
    assert found.formula == pytest.approx(-math.log(9))


@given(DRAWS, st.randoms())
def test_the_order_of_draws_does_not_matter(draws, rng):
    other = rng.sample(draws, len(draws))

    def found(these):
        return [*vars(entropies([group for group, _ in these], [tokens for _, tokens in these])).values()]

    assert found(draws) == pytest.approx(found(other), abs=1e-9)


def test_long_replies_have_entropies_too():
    """The probability of a long reply is too small for a float; its logarithm is not."""
    assert rao_entropy([0, 1], [-2000.0, -2000.0]) == pytest.approx(math.log(2))
    assert math.isfinite(formula_entropy([0, 1], [-2000.0, -3000.0]))


def test_without_log_probabilities_only_counts_are_known():
    found = entropies([0, 1])
    assert (found.rao, found.formula, found.coded) == (None, None, None)
    assert entropies([0, 1], [[-0.1], []]).rao is None
    with pytest.raises(ValueError, match="at least one"):
        entropies([])
