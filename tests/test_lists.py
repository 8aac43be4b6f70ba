"""List functions: values worked out by hand, the family, drawn functions, readers of replies, options."""

from random import Random

import pytest

from solverlearner.design.episode import draw_episodes
from solverlearner.errors import UsageError
from solverlearner.tasks.list_functions import drawn_from, family, function, functions, random_list
from solverlearner.tasks.list_operations import CHANGES, NUMBERS
from solverlearner.tasks.lists import CONCEPTS, ListFunctions, numbers_in

BY_HAND = [
    ("sort.take2", [5, 1, 4], [1, 4]),
    ("evens.reverse", [2, 3, 8, 4], [4, 8, 2]),
    ("running_sums.last", [1, 2, 3], 6),
    ("longer3?twice:rotate", [7, 8, 9], [8, 9, 7]),
    ("longer3?twice:rotate", [1, 2, 3, 4], [1, 2, 3, 4, 1, 2, 3, 4]),
    ("gaps.max", [1, 9, 4], 8),
    ("swap_ends.doubled_items", [1, 2, 3], [3, 3, 2, 2, 1, 1]),
    ("unique.above3.count", [5, 5, 3, 9, 3], 2),
    ("without5.first_is3", [5, 6, 5], [3, 6]),
    ("rising?sum:min", [4, 6], 10),
    ("rising?sum:min", [6, 4], 4),
    ("item3", [8, 9], 0),
    ("drop_last2.mirror", [1, 2, 3, 4], [1, 2, 2, 1]),
    ("every_second.times3", [1, 2, 3, 4], [6, 12]),
    ("rotate_back.take_last1", [1, 2, 3], [2]),
]


@pytest.mark.parametrize(("name", "given", "expected"), BY_HAND)
def test_values_by_hand(name, given, expected):
    assert function(name).apply(given) == expected


def test_words_and_program_of_a_condition():
    made = function("longer3?sort.take2:reverse")
    assert made.words == (
        "If the list has more than 3 numbers: sort the list, the smallest first; then keep the first 2 numbers only. "
        "Otherwise: reverse the list."
    )
    found = {}
    exec(made.program, found)
    assert found["solver"]([4, 3, 9, 1]) == [1, 3]
    assert found["solver"]([4, 3]) == [3, 4]


def test_no_two_functions_of_the_family_are_one_and_none_is_missing():
    listed = functions(2)
    rng = Random(1)
    lists = [random_list(rng, 0, 12) for _ in range(200)]
    values = {tuple(map(repr, map(each.apply, lists))): each for each in listed}
    assert len(values) == len(listed)
    for first in CHANGES[:15]:
        for second in (*CHANGES[:15], *NUMBERS[:6]):
            made = function(f"{first.name}.{second.name}")
            own = tuple(map(repr, map(made.apply, lists)))
            assert own in values or own == tuple(map(repr, lists)) or len({*own}) == 1, made.name


def test_the_family_holds_the_hidden_rule_once_and_larger_rules_are_less_plausible():
    own = "drop1.sort.unique.sum"
    rules = family(3, True, own)
    assert sum(rule.name == own for rule in rules) == 1
    assert [rule.weight for rule in rules] == sorted((rule.weight for rule in rules), reverse=True)
    assert {each.size for each in drawn_from(3)} == {3}


def test_more_shots_raise_the_ideal_learners_probability():
    tasks = ListFunctions(size=2)
    means = []
    for shots in (0, 1, 4, 12):
        episodes = [*draw_episodes(tasks, seed=0, episodes=6, shots=shots, queries=3)]
        found = [episode.posterior(item) for episode in episodes for item in episode.queries]
        means.append(sum(found) / len(found))
    assert means == sorted(means)
    assert means[0] < 0.2
    assert means[-1] > 0.9


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (r"\boxed{[1, 2]}", [1, 2]),
        (r"So \boxed{1, 2}.", [1, 2]),
        (r"\boxed{[]}", []),
        (r"$\boxed{[1, 2, 3]}$ and then $\boxed{\left[3\right]}$", [3]),
        (r"\boxed{[1,2] = [4, 5]}", [4, 5]),
        (r"\boxed{none}", "none"),
        ("[1, 2]", None),
    ],
)
def test_replies_are_read(reply, expected):
    task = ListFunctions(concept="reversed").of_episode(0, 0)
    assert task.read(reply) == expected


def test_a_number_is_read_with_and_without_brackets():
    task = ListFunctions(concept="total").of_episode(0, 0)
    assert [task.read(rf"\boxed{{{text}}}") for text in ("12", "[12]", "3 + 9 = 12", "12.0", "1, 2")] == [12] * 4 + [
        "1, 2"
    ]
    assert task.equal(12, 12.0)
    assert not task.equal(1, True)


def test_numbers_in_a_text():
    assert numbers_in("(1, -2)") == [1, -2]
    assert numbers_in("") is None


def test_queries_have_the_length_that_is_asked_for():
    (episode,) = draw_episodes(ListFunctions(query_length=20), seed=0, episodes=1, shots=4, queries=5)
    assert {len(item.input[0]) for item in episode.queries} == {20}
    assert max(len(item.input[0]) for item in episode.shots) <= 8


@pytest.mark.parametrize("name", CONCEPTS)
def test_concepts_have_functions(name):
    task = ListFunctions(concept=name).of_episode(0, 0)
    assert task.variant == name
    assert task.rule.apply(([3, 7, 7, 2, 8],)) is not None


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"concept": "sort.take9"}, "concept=sort.take9: there is no operation take9; there are reverse, sort"),
        ({"concept": "sum.sort"}, "concept=sum.sort: only the last operation may give a number"),
        ({"concept": "longer3?sort"}, "a condition needs two functions"),
        ({"concept": "longer3?sort:sum"}, "must give a list, or both a number"),
        ({"size": 5}, "size=5: must be"),
    ],
)
def test_bad_options_are_one_line(options, line):
    with pytest.raises(UsageError, match=line.replace("?", r"\?")):
        ListFunctions(**options)
