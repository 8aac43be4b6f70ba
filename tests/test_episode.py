import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solverlearner.design.episode import draw_episodes, fitting_rules
from solverlearner.errors import UsageError
from solverlearner.task import Item
from solverlearner.tasks.arith import Arith


def draw(task=None, **changes):
    return list(draw_episodes(task or Arith(), **{"seed": 0, "episodes": 2, "shots": 4, "queries": 3, **changes}))


def test_the_same_seed_gives_these_items_on_any_machine():
    first = draw()[0]
    assert [item.input for item in first.queries] == [("74", "78"), ("15", "68"), ("80", "45")]
    assert [item.input for item in first.shots] == [("77", "44"), ("51", "43"), ("82", "87"), ("87", "36")]


def test_another_seed_gives_other_items():
    assert not set(draw(seed=0)[0].queries) & set(draw(seed=1)[0].queries)


def test_more_episodes_begin_with_the_fewer_ones():
    assert draw(episodes=5)[:2] == draw(episodes=2)


def test_more_shots_keep_the_queries_and_begin_with_the_fewer_shots():
    few, many = draw(shots=2)[0], draw(shots=6)[0]
    assert many.queries == few.queries
    assert many.shots[:2] == few.shots


@given(seed=st.integers(0, 10**6), base=st.integers(3, 36))
def test_no_unordered_pair_comes_twice_in_an_episode(seed, base):
    task = Arith(base)
    for episode in draw(task, seed=seed, episodes=1):
        items = episode.shots + episode.queries
        assert len({task.key(item.input) for item in items}) == len(items) == 7
        assert all(int(i.expected, base) == int(i.input[0], base) + int(i.input[1], base) for i in items)


def test_too_few_distinct_items_is_one_clear_error():
    with pytest.raises(UsageError, match="base-2 has too few distinct items"):
        draw(Arith(2), shots=8)


def test_ambiguity_counts_the_bases_that_fit():
    # 12+11 = 23 has no carry: every base that has the digit 3 fits.
    shots = [Item(("12", "11"), "23")]
    assert [rule.name for rule in fitting_rules(Arith(16), shots)][:2] == ["base 10", "base 4"]
    assert len(fitting_rules(Arith(16), shots)) == 33
    assert len(fitting_rules(Arith(8), [Item(("57", "27"), "106")])) == 1


def test_without_shots_every_rule_fits_and_the_default_world_is_the_most_plausible():
    episode = draw(shots=0)[0]
    assert episode.ambiguity == 35
    assert episode.ideal is not None
    assert episode.ideal.name == "base 10"


def test_the_draw_uses_nothing_that_python_may_change():
    # `Random.random` is the one method whose sequence Python promises; a draw that used another could drift.
    import random

    class OnlyRandom(random.Random):
        def getrandbits(self, k):
            raise AssertionError("getrandbits is no promise")

    assert Arith(11).draw(OnlyRandom("x"), "shots") == Arith(11).draw(random.Random("x"), "shots")
    assert sys.version_info >= (3, 11)
