"""`until`: the rule and its looks, coverage under it, and real runs that stop, are gone on with, and are read again."""

import json

import numpy as np
import pytest

import solverlearner as sl
from solverlearner.analysis.intervals import share
from solverlearner.analysis.stopping import INFLATION, accuracy_width, effect_width
from solverlearner.api.composition import composed_options
from solverlearner.design.scripted import Scripted
from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.until import FIRST, looks
from solverlearner.models.base import ProviderError

SETTINGS = ["zero_shot", "io"]


STATE = {"calls": 0, "fails_at": None}


class Asked(Scripted):
    """A scripted model that counts its calls in `STATE`, and fails for good at one of them."""

    kind = "asked"

    async def ask(self, call):
        STATE["calls"] += 1
        if STATE["calls"] == STATE["fails_at"]:
            raise ProviderError("401: no such key", status=401, permanent=True)
        return await super().ask(call)


def evaluate(folder, settings=SETTINGS, fails_at=None, **options):
    STATE.update(calls=0, fails_at=fails_at)
    options = {"episodes": 120, "queries": 2, "cache": False} | options
    return sl.evaluate("arith", Asked("waver"), settings, results=folder, **options)


def stopped(result):
    return json.loads((result.path / "summary.json").read_text())["until"]


def test_looks_begin_where_a_variance_can_be_told_and_end_with_the_plan():
    assert [*looks(100)] == [30, 38, 48, 60, 75, 94, 100]
    assert [*looks(31)] == [30, 31]


@pytest.mark.parametrize("correlation", [0.0, 0.98])
def test_intervals_cover_at_the_stop(correlation):
    rng, hits, ends = np.random.default_rng(0), 0, set()
    for _ in range(200):
        chances = rng.beta(0.8 * (1 / correlation - 1), 0.2 * (1 / correlation - 1), 400) if correlation else 0.8
        totals = rng.binomial(5, chances, 400).tolist()
        for end in looks(400):
            if accuracy_width(totals[:end], [5] * end) * INFLATION <= 0.15:
                break
        found = share(totals[:end], [5] * end)
        hits += found.low <= 0.8 <= found.high
        ends.add(end)
    assert hits >= 0.91 * 200
    assert found.high - found.low <= 0.15
    assert len(ends) > 1


def test_episodes_that_are_all_right_by_chance_do_not_end_a_run_at_once():
    assert accuracy_width([5] * 30, [5] * 30) > share([5] * 29 + [0], [5] * 30).low - 0.8
    assert effect_width([[5] * 30, [5] * 30], [5] * 30, (1, -1)) > 0.2


def test_a_run_stops_says_why_and_asks_nothing_new(tmp_path):
    result = evaluate(tmp_path, until="width:0.4")
    told = stopped(result)
    assert (told["rule"], told["met"], told["stopped_after"], told["of"]) == ("width:0.4", True, FIRST, 120)
    assert told["told"].startswith("Stopped after 30 of 120 episodes by until=width:0.4: the widest interval, of ")
    assert result.state == "complete"
    frame = result.to_pandas()
    assert frame.groupby("setting").episode.nunique().tolist() == [FIRST, FIRST]
    assert all(each.high - each.low <= 0.4 for each in result.accuracy.values())
    calls = json.loads((result.path / "manifest.json").read_text())["calls"]
    assert calls["planned"] == calls["answered"] == FIRST * 2 * 2
    assert evaluate(tmp_path, fails_at=1, until="width:0.40").path == result.path  # the same rule in other words
    assert STATE["calls"] == 0
    assert run_spec_of(composed_options("arith", Asked("waver"), options(tmp_path, "width:0.4"))).finished()
    assert not run_spec_of(composed_options("arith", Asked("waver"), options(tmp_path, "width:0.3"))).finished()


def options(folder, until):
    return {"settings": SETTINGS, "results": folder, "episodes": 120, "queries": 2, "cache": False, "until": until}


def test_a_run_that_breaks_off_in_a_later_stage_ends_as_one_that_does_not(tmp_path):
    rule = "effect:io-zero_shot:0.25"
    whole = evaluate(tmp_path / "a", until=rule)
    assert len(stopped(whole)["looks"]) > 1
    with pytest.raises(RunStopped):
        evaluate(tmp_path / "b", fails_at=FIRST * 4 + 5, until=rule, concurrency=1)
    gone_on = evaluate(tmp_path / "b", until=rule)
    assert STATE["calls"] == stopped(whole)["stopped_after"] * 4 - (FIRST * 4 + 4)
    assert stopped(gone_on) == stopped(whole)
    kept = [json.loads((each.path / "rows.jsonl").read_text().partition("\n")[0]) for each in (whole, gone_on)]
    assert kept[0]["reply"] == kept[1]["reply"]
    assert len(gone_on.to_pandas()) == len(whole.to_pandas())


def test_a_rule_that_is_not_reached_says_how_far_it_came(tmp_path):
    result = evaluate(tmp_path, until="width:0.05", episodes=40, checks=True)
    told = stopped(result)
    assert (told["met"], told["stopped_after"], [each["episodes"] for each in told["looks"]]) == (
        False,
        40,
        [30, 38, 40],
    )
    assert told["told"].startswith("until=width:0.05 was not reached in 40 episodes: the widest interval")
    calls = json.loads((result.path / "manifest.json").read_text())["calls"]
    assert calls["planned"] == calls["answered"]
    assert result.to_pandas().query("setting == 'io'").episode.nunique() == 40


def test_one_program_for_all_episodes_is_not_waited_for(tmp_path):
    told = stopped(evaluate(tmp_path, settings=["code_mf"], until="width:0.3", episodes=31, temperature=0.0))
    assert "all episodes share a program" in told["told"]
    told = stopped(evaluate(tmp_path, settings=["zero_shot", "code_mf"], until="width:0.4", temperature=0.0))
    assert (told["met"], told["looks"][0]["of"]) == (True, "zero_shot")


@pytest.mark.parametrize(
    ("until", "line"),
    [
        ("width:2", "the width of an accuracy's interval must be from 0.005 to below 1"),
        ("width:nan", "the width of an accuracy's interval must be"),
        ("effect:io-zero_shot:2", "the width of an effect's interval must be from 0.005 to below 2"),
        ("effect:foo:0.05", "no such effect; there are io-zero_shot"),
        ("effect:solverlearner-io:0.05", "no such effect; there are io-zero_shot"),
        ("banana", "must be width:W or effect:NAME:W, as until=width:0.1"),
        ("width", "must be width:W or effect:NAME:W"),
    ],
)
def test_a_rule_that_is_none_is_told_in_a_line(tmp_path, until, line):
    with pytest.raises(UsageError, match=f"^until={until}: {line}"):
        evaluate(tmp_path, until=until)
    assert not [*tmp_path.iterdir()]


def test_a_plan_that_ends_before_the_first_look_is_refused(tmp_path):
    with pytest.raises(UsageError, match="looks first after 30 episodes: give the most that may be asked"):
        evaluate(tmp_path, until="width:0.2", episodes=10)
