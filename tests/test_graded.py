"""Partial credit, from a task's `credit` to rows, terminal, tables, comparison, report and Python."""

import csv
import json

import pytest
from running import rows_of
from runs import SETTINGS, grid, write_run
from test_report import data_of, written

from solverlearner.__main__ import main
from solverlearner.analysis.intervals import accuracy
from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.summary import as_record, summarise
from solverlearner.design.plan import Plan
from solverlearner.design.scripted import Scripted
from solverlearner.design.setting import parse_settings
from solverlearner.reporting.export.hf_dataset import write_dataset
from solverlearner.reporting.terminal import render_summary
from solverlearner.tasks.arith import Arith


class Digits(Arith):
    """Credit is the share of right digits, counted from the right."""

    def credit(self, expected, value):
        if not isinstance(value, str) or len(value) != len(expected):
            return 0.0
        return sum(a == b for a, b in zip(expected, value, strict=True)) / len(expected)


def test_a_run_keeps_scores_and_means_them(tmp_path):
    plan = Plan(Digits(9), parse_settings(SETTINGS), episodes=3, queries=4, shots=4, seed=0, hint="domain")
    rows, _ = rows_of(tmp_path, plan, Scripted("recite"))
    scores = [row["score"] for row in rows]
    assert {0.5} < {*scores} <= {0.0, 1 / 3, 0.5, 2 / 3, 1.0}
    assert all(row["correct"] is (row["score"] == 1) for row in rows)
    assert all(row["default_world_score"] == row["score"] for row in rows if row["value"] == row["default_world"])
    summary = summarise(rows)
    own = [[row["score"] for row in rows if (row["setting"], row["episode"]) == ("io", e)] for e in range(3)]
    assert summary.estimate("io") == accuracy(own)
    assert summary.references["ideal"].value == 1.0
    assert summary.references["default_world"].value == pytest.approx(summary.estimate("zero_shot").value)
    counted = as_record(summary)["settings"]["io"]
    assert counted["right"] + counted["partly_right"] == sum(score > 0 for each in own for score in each)
    text = render_summary(summary, shots=4, default_world="base 10")
    assert text.startswith("Accuracy (mean of scores from 0 to 1), 95 % interval\n")
    assert "right  partly right  wrong  recited" in text


def test_without_partial_credit_no_word_of_it_is_said(tmp_path):
    plan = Plan(Arith(9), parse_settings(["io"]), episodes=2, queries=2, shots=4, seed=0, hint="domain")
    rows, _ = rows_of(tmp_path, plan, Scripted("recite"))
    text = render_summary(summarise(rows), shots=4, default_world="base 10")
    assert text.startswith("Accuracy (share of right answers, 0 to 1), 95 % interval\n")
    assert "partly" not in text


def score(setting, episode, query):
    """Half of what is missed is half right."""
    right = (episode + query + SETTINGS.index(setting)) % 3 > 0 or setting == "solverlearner"
    return 1.0 if right else 0.5 * (episode % 2)


@pytest.fixture
def graded(tmp_path):
    """A folder of one run whose rows are graded."""
    rows = grid(lambda *place: score(*place) == 1)
    for each in rows:
        each["score"] = score(each["setting"], each["episode"], each["query"])
    write_run(tmp_path / "run", rows)
    return tmp_path


def records(file):
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def test_tables_mean_scores_and_name_the_tests_that_fit(graded):
    assert main(["tables", f"results={graded}", "format=[csv,md]"]) == 0
    out = graded / "tables"
    found = {each["setting"]: each for each in records(out / "family_arith.csv")}
    for setting in SETTINGS:
        by_episode = [[score(setting, e, q) for q in range(3)] for e in range(4)]
        alone = [[each] for queries in by_episode for each in queries]  # zero_shot's queries are independent
        own = accuracy(alone if setting == "zero_shot" else by_episode)
        assert [float(found[setting][key]) for key in ("accuracy", "low", "high")] == pytest.approx(
            [own.value, own.low, own.high], abs=1e-6
        )
    assert found["zero_shot"]["interval"] == "wilson, graded"
    assert found["io"]["interval"] == "wilson, graded, clustered by episode"
    assert found["solverlearner"]["interval"] == "wilson, clustered by episode"
    tests = {each["second"]: each for each in records(out / "comparison_arith.csv")}
    assert (tests["zero_shot"]["item_test"], tests["zero_shot"]["episode_test"]) == (
        "sign test, exact", "sign flips, exact",
    )  # fmt: skip
    (io,) = [each for each in records(out / "failures_arith.csv") if each["setting"] == "io"]
    assert int(io["right"]) + int(io["partly right"]) + int(io["wrong"]) == int(io["queries"]) == 12
    assert int(io["partly right"]) > 0
    text = (out / "tables.md").read_text()
    for part in ("an accuracy is their mean", "exact sign test on the items whose scores differ", "the higher score"):
        assert part in text


def test_a_comparison_names_the_sign_test_and_adds_up_scores(graded, capsys):
    assert main(["compare", "solverlearner", "io", f"results={graded}"]) == 0
    text = capsys.readouterr().out
    assert "sums of scores, the furthest apart first" in text
    assert "McNemar" not in text


def test_the_report_has_an_outcome_for_partial_credit(graded):
    queries = [query for episode in data_of(written(graded))["episodes"] for query in episode["queries"]]
    assert {query["outcome"] for query in queries} == {"right", "partly", "wrong"}
    assert {query.get("score") for query in queries if query["outcome"] == "partly"} == {0.5}


def test_an_export_and_older_rows_have_scores(graded):
    path = graded / "run" / "rows.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    old = [{key: value for key, value in each.items() if key != "score"} for each in lines[:30]]
    heads = ("setting", "episode", "query", "sample", "status")  # as a run writes them
    path.write_text(
        "".join(json.dumps({name: each[name] for name in heads} | each) + "\n" for each in old + lines[30:])
    )
    to = graded / "hf"
    to.mkdir()
    write_dataset(kept_runs([str(graded)], print), to, print)
    (shard,) = (to / "data").glob("rows-*.jsonl")
    found = [json.loads(line)["score"] for line in shard.read_text().splitlines()]
    assert found == [float(each["correct"]) for each in old] + [each["score"] for each in lines[30:]]
