"""Which of several programs counts, how often one of k is right, and what programs do on their own shots."""

import itertools
from random import Random

import pytest
from running import rows_of
from test_run import plan

from solverlearner.analysis.intervals import accuracy
from solverlearner.analysis.selection import Program, all_pass_at_k, oracle, pass_at_k, selected, several
from solverlearner.analysis.summary import as_record, summarise
from solverlearner.design.scripted import Scripted
from solverlearner.reporting.terminal import render_summary


def program(sample, shots_right, outputs, length=100, right=0, **more):
    return Program(sample, shots_right, length, tuple(outputs), right, **more)


@pytest.mark.parametrize("n", range(1, 7))
def test_pass_at_k_is_the_share_of_k_subsets_that_hold_a_correct_one(n):
    for correct, k in itertools.product(range(n + 1), range(1, n + 1)):
        subsets = list(itertools.combinations(range(n), k))
        hit = sum(any(i < correct for i in subset) for subset in subsets)
        assert pass_at_k(n, correct, k) == pytest.approx(hit / len(subsets))
        whole = sum(all(index < correct for index in subset) for subset in subsets)
        assert all_pass_at_k(n, correct, k) == pytest.approx(whole / len(subsets))


def test_agreement_with_the_shots_goes_before_the_majority():
    found = selected([program(0, 7, "ab"), program(1, 8, "cd"), program(2, 7, "ab"), program(3, 7, "ab")])
    assert found.sample == 1


def test_of_equals_the_largest_cluster_wins_then_the_shortest_then_the_first():
    tied = [program(0, 8, "ab", 10), program(1, 8, "cd", 90), program(2, 8, "cd", 80), program(3, 8, "cd", 80)]
    assert selected(tied).sample == 2
    assert selected(tied[:2]).sample == 0  # clusters of one: the shorter program
    assert selected([tied[3], tied[2]]).sample == 2


def test_failing_in_the_same_way_is_no_agreement():
    failing = [program(n, 8, ["a", None], 10) for n in range(3)]
    assert selected([*failing, program(3, 8, "ab", 90), program(4, 8, "ab", 90)]).sample == 3
    silent = [program(n, 0, [None, None], None) for n in range(3)]
    assert selected([*silent, program(3, 0, [None, "b"], 5_000)]).sample == 3  # a program before none


def test_the_oracle_alone_knows_what_is_right():
    programs = [program(0, 8, "ab", right=0), program(1, 2, "cd", right=2), program(2, 8, "ab", right=0)]
    assert (selected(programs).sample, oracle(programs).sample) == (0, 1)


def test_several_programs_an_episode_are_judged_together():
    # Of ten episodes six have one perfect program of four, and the shots tell it from the others in three of these.
    def episode(index):
        told = index < 3
        there = index < 6
        perfect = program(3, 8 if told else 1, "wx", right=2 if there else 0, calls=2, tokens=100.0)
        return [program(n, 7, [f"{n}", "y"], 50 + n, right=n == 0, calls=2, tokens=100.0) for n in range(3)] + [perfect]

    found = several([episode(index) for index in range(10)])
    assert (found.samples, found.episodes, found.calls, found.tokens) == (4, 10, 2, 100)
    assert found.selected.value == (3 * 2 + 7 * 1) / 20
    assert found.oracle.value == (6 * 2 + 4 * 1) / 20
    assert {k: round(each.value, 6) for k, each in found.passes.items()} == {1: 0.15, 2: 0.3, 4: 0.6}
    assert {k: round(each.value, 6) for k, each in found.all_pass.items()} == {1: 0.15, 2: 0.0, 4: 0.0}
    assert all(each.low < each.value < each.high for each in found.passes.values())
    assert several([episode(0)[:1], episode(1)[:1]]) is None


def test_the_interval_of_pass_at_1_is_clustered_by_episode():
    rng = Random(0)
    shared = [rng.random() < 0.5 for _ in range(30)]  # all programs of an episode are right, or none is
    found = several([[program(n, 8, "a", right=right) for n in range(8)] for right in shared]).passes[1]
    clustered = accuracy([[right] * 8 for right in shared])
    assert (found.low, found.high) == pytest.approx((clustered.low, clustered.high))
    alone = accuracy([[right] for right in shared for _ in range(8)])
    assert found.high - found.low > 2 * (alone.high - alone.low)


def test_an_episode_with_fewer_answered_samples_counts_where_it_has_enough():
    full, short = [program(n, 8, "a", right=1) for n in range(4)], [program(0, 8, "a", right=0)]
    found = several([full, full, short])
    assert found.passes[1].value == pytest.approx(2 / 3)
    assert found.passes[4].value == 1.0


def check_of(rows):
    return summarise(rows).settings["solverlearner"].programs.check


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [("ideal", (3, 3, 3)), ("memorise", (3, 3, 0)), ("recite", (3, 0, 0)), ("silent", (3, 0, 0))],
)
def test_who_memorised_is_told_from_who_never_fitted(tmp_path, behaviour, expected):
    rows, _ = rows_of(tmp_path, plan(settings=["solverlearner", "code_mf"]), Scripted(behaviour))
    assert tuple(check_of(rows)) == expected
    assert {(row["shots"], row["shots_right"]) for row in rows if row["setting"] == "code_mf"} == {(None, None)}
    summary = summarise(rows)
    _, fit, right = expected
    lines = render_summary(summary, shots=8, default_world="base 10").splitlines()
    below = lines[lines.index("Programs by the shots that they were written from") + 2]
    assert below.split() == ["solverlearner", *map(str, (3, fit, right, fit - right, 3 - fit))]
    counts = as_record(summary)["settings"]["solverlearner"]["shot_check"]
    assert counts == {"programs": 3, "fit_their_shots": fit, "of_them_right": right}
    assert "shot_check" not in as_record(summary)["settings"]["code_mf"]


def test_shots_are_scored_as_they_were_shown_and_not_without_any(tmp_path):
    rows, _ = rows_of(tmp_path / "a", plan(settings=["solverlearner"], noise=0.25), Scripted("ideal"))
    assert {(row["shots"], row["shots_right"]) for row in rows} == {(8, 6)}
    rows, _ = rows_of(tmp_path / "b", plan(settings=["solverlearner"], shots=0), Scripted("ideal"))
    assert {(row["shots"], row["shots_right"]) for row in rows} == {(None, None)}
    assert check_of(rows) is None


def test_a_run_with_samples_says_what_they_are_worth_together(tmp_path):
    sizes = {"episodes": 12, "samples": 4, "queries": 3}
    rows, _ = rows_of(tmp_path, plan(settings=["solverlearner"], **sizes), Scripted("waver"))
    by_program = {}
    for row in rows:
        by_program.setdefault((row["episode"], row["sample"]), []).append(row)
    perfect = {place: all(row["correct"] for row in found) for place, found in by_program.items()}
    some = [any(perfect[episode, sample] for sample in range(4)) for episode in range(12)]
    record = as_record(summarise(rows))["settings"]["solverlearner"]["several"]
    assert record["samples"] == 4
    assert record["pass_at"]["1"]["value"] == round(sum(perfect.values()) / 48, 6)
    assert record["pass_at"]["4"]["value"] == round(sum(some) / 12, 6)
    every = [all(perfect[episode, sample] for sample in range(4)) for episode in range(12)]
    assert record["all_pass"]["4"]["value"] == round(sum(every) / 12, 6)
    # The ideal program alone fits the shots and gives values for the queries.
    assert record["selected"]["value"] == record["oracle"]["value"] == record["pass_at"]["4"]["value"]
    text = render_summary(summarise(rows), shots=8, default_world="base 10")
    assert f"selected of 4  {record['selected']['value']:.3f}" in text
    assert "pass@2" in text
    assert f"pass^4         {record['all_pass']['4']['value']:.3f}" in text
