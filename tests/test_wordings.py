"""Wordings as a second random factor: estimates, their intervals under simulation, and where they are shown."""

import json
import math

import numpy as np
import pytest
from kept import whole_row
from runs import row

import solverlearner as sl
from solverlearner.analysis.intervals import share
from solverlearner.analysis.summary import as_record, summarise
from solverlearner.analysis.wordings import PlaceSum, contrast_over_wordings, over_wordings
from solverlearner.reporting.wordings_text import wordings_text

TITLE = "induction effect, model executes"


def sums(scores):
    """`scores[episode][wording]`: numbers of right answers of 4, None where an episode was not asked in a wording."""
    places = [(w, e, right) for e, own in enumerate(scores) for w, right in enumerate(own) if right is not None]
    return {(w, e): PlaceSum(right, right, 4) for w, e, right in places}


def test_of_balanced_episodes_in_all_wordings_it_is_the_anova_of_two_crossed_random_factors():
    rng = np.random.default_rng(3)
    means = rng.integers(0, 5, (12, 1)) + rng.integers(0, 3, (1, 5)) + rng.integers(0, 2, (12, 5))
    found = over_wordings({(w, e): PlaceSum(m, m * m, 1) for (e, w), m in np.ndenumerate(means)}, bounded=False)
    rest = means - means.mean(0) - means.mean(1, keepdims=True) + means.mean()
    of_wording = 12 * means.mean(0).var(ddof=1)
    between = (of_wording - (rest**2).sum() / (11 * 4)) / 12
    assert found.estimate.value == pytest.approx(means.mean())
    assert found.spread == pytest.approx(math.sqrt(between))


def test_with_one_wording_an_episode_the_wording_is_the_cluster():
    scores = [[4, None, None], [3, None, None], [None, 2, None], [None, 1, None], [None, None, 0], [None, None, 2]]
    found = over_wordings(sums(scores), bounded=True)
    assert found.estimate == share([7, 3, 2], [8, 8, 8])
    assert (found.wordings, found.episodes) == (3, 6)
    assert 0 < found.share < 1


@pytest.mark.parametrize("scores", [[[4, None], [3, None]], [[4, 3, 2]]])
def test_one_wording_or_one_episode_says_nothing(scores):
    assert over_wordings(sums(scores), bounded=True) is None


@pytest.mark.parametrize("right", [0, 4])
def test_wordings_that_all_do_the_same_give_no_empty_interval(right):
    found = over_wordings(sums([[right, right]] * 3), bounded=True)
    assert found.estimate.high - found.estimate.low > 0.3
    assert (found.spread, found.share) == (0, 0)


def rows(wordings=5, episodes=20):
    for episode in range(episodes):
        for query in range(3):
            wording = episode % wordings
            yield row("zero_shot", episode, query, correct=(episode + query) % 4 == 0, wording=wording)
            yield row("io", episode, query, correct=wording > 1 or query == 0, wording=wording)


def test_a_run_under_all_wordings_tells_both_factors():
    summary = summarise([*map(whole_row, rows())], {"wording": "all"})
    found = as_record(summary)["wordings"]
    assert {"zero_shot", "io", TITLE} <= {*found}
    assert found["io"]["value"] == as_record(summary)["settings"]["io"]["accuracy"]["value"]
    assert found["io"]["share"] > 0.3 > found["zero_shot"]["share"]
    assert found["io"]["spread"] > 0.3
    text = wordings_text(summary.over_wordings())
    assert text.startswith("Over 5 wordings")
    assert f"{TITLE}  +0." in text
    assert "wordings" not in as_record(summarise([*map(whole_row, rows())], {"wording": 0}))


def test_the_python_api_has_them(tmp_path):
    asked = sl.evaluate("arith", "scripted", ["zero_shot", "io"], episodes=8, queries=2, results=tmp_path)
    assert asked.over_wordings == {}
    lines = [json.loads(line) for line in (asked.path / "rows.jsonl").read_text().splitlines()]
    told = [json.dumps(each | {"wording": each["episode"] % 3}) for each in lines]
    (asked.path / "rows.jsonl").write_text("".join(f"{line}\n" for line in told))
    config = json.loads((asked.path / "config.json").read_text())
    (asked.path / "config.json").write_text(json.dumps(config | {"wording": "all"}))
    (run,) = sl.load_results(str(tmp_path))
    assert run.over_wordings["io"].wordings == 3
    assert run.over_wordings[TITLE].estimate.low < run.effects[TITLE].value < run.over_wordings[TITLE].estimate.high


def test_effects_that_are_all_alike_have_an_interval():
    places = [(name, episode, query) for name in ("zero_shot", "io") for episode in range(6) for query in (0, 1)]
    alike = [row(*place, correct=True, wording=place[1] % 2) for place in places]
    found = summarise([*map(whole_row, alike)], {"wording": "all"}).over_wordings()[TITLE].estimate
    assert found.value == 0
    assert found.low < 0 < found.high


def test_the_interval_of_a_difference_ends_where_differences_end():
    first = {(wording, episode, 0, 0): float(wording > 0) for wording in range(3) for episode in range(4)}
    estimate = contrast_over_wordings([first, dict.fromkeys(first, 0.0)], (1, -1)).estimate
    assert estimate.value == pytest.approx(2 / 3)
    assert estimate.low < 0
    assert estimate.high == 1


def test_runs_in_one_wording_each_and_a_run_in_all_make_a_table(tmp_path):
    for wording in (0, 1, 2, "all"):
        place = tmp_path / ("all" if wording == "all" else "each")
        asked = {"behaviour": "recite", "episodes": 12, "queries": 2, "results": place}
        run = sl.evaluate("arith", "scripted", ["zero_shot", "io"], wording=wording, **asked)
    alone = run.over_wordings
    assert {*alone} == {"zero_shot", "io", TITLE}
    told = sl.load_results(str(tmp_path / "all")).table("wordings").set_index("name")
    assert told.value["io"] == alone["io"].estimate.value
    assert told.wordings["io"] == alone["io"].wordings
    crossed = sl.load_results(str(tmp_path / "each")).table("wordings")
    assert crossed[["wordings", "episodes"]].drop_duplicates().to_numpy().tolist() == [[3, 12]]
    assert crossed.kind.tolist() == ["accuracy", "accuracy", "effect"]
    one = sl.evaluate("arith", "scripted", ["io"], episodes=2, queries=2, results=tmp_path / "one")
    assert one.over_wordings == {}
    assert sl.load_results(str(tmp_path / "one")).table("wordings").empty
