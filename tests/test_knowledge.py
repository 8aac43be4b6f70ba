"""The knowledge effect, and accuracy by how common a variant is: tables, lines after a sweep, and the counts."""

import json
from statistics import fmean

import numpy as np
import pytest
import statsmodels.api as sm

import solverlearner as sl
from solverlearner.analysis.cells import pool
from solverlearner.analysis.intervals import Estimate, wilson
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.tables.knowledge import EVERY, knowledge_effects
from solverlearner.analysis.trend import rank_correlation, slope, slope_over
from solverlearner.analysis.variant_counts import SOURCES, VariantCount, rule_count, variant_count
from solverlearner.errors import warn
from solverlearner.reporting.knowledge_text import knowledge_lines
from solverlearner.tasks.word_order import ORDERS

SETTINGS = ["zero_shot", "io"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("knowledge")
    asked = {"behaviour": "waver", "episodes": 4, "queries": 3, "results": folder}
    for base in (8, 9):
        for symbols in ("usual", "permuted", "novel"):
            sl.evaluate("arith", "scripted", SETTINGS, base=base, symbols=symbols, **asked)
    sl.evaluate("arith", "scripted", SETTINGS, base=8, symbols="permuted", hint="none", **asked)
    return folder


def scores(folder, **wanted):
    """The scores of a run by episode and query in zero_shot."""
    for run in sl.load_results(folder):
        if all(run.options.get(key) == value for key, value in {"hint": "domain", **wanted}.items()):
            rows = map(json.loads, (run.path / "rows.jsonl").read_text().splitlines())
            return {(row["episode"], row["query"]): row["score"] for row in rows if row["setting"] == "zero_shot"}
    raise AssertionError(wanted)


def test_the_effect_is_usual_less_other_on_the_same_queries(results):
    frame = sl.load_results(results).table("knowledge")
    assert set(frame.variant) == {EVERY, "base-8", "base-9"}
    assert len(frame) == 2 * 2 * 3  # level, setting, variants and all of them
    for level in ("permuted", "novel"):
        by_hand = []
        for base in (8, 9):
            usual, other = (scores(results, base=base, symbols=each) for each in ("usual", level))
            assert usual.keys() == other.keys()
            differences = [usual[key] - other[key] for key in usual]
            row = frame.query(f"variant == 'base-{base}' and symbols == '{level}' and setting == 'zero_shot'").iloc[0]
            assert row.effect == pytest.approx(fmean(differences), abs=1e-6)
            assert row.low <= row.effect <= row.high
            assert row.n == 12
            by_hand += differences
        every = frame.query(f"variant == '{EVERY}' and symbols == '{level}' and setting == 'zero_shot'").iloc[0]
        assert every.effect == pytest.approx(fmean(by_hand), abs=1e-6)


def test_a_sweep_tells_the_pooled_effects(results):
    lines = [*knowledge_lines(knowledge_effects(pool(read_runs([str(results)], warn), warn)))]
    assert lines[0] == "Knowledge effect, usual less permuted symbols, in percentage points: arith, scripted-waver"
    assert [line.split()[0] for line in lines] == ["Knowledge", *SETTINGS, "Knowledge", *SETTINGS]
    assert lines[1].endswith("of 24 queries (all variants)")


def test_the_report_has_the_table_and_no_run_of_one_level_has_any(results, tmp_path):
    found = sl.load_results(results)
    assert found.table("ablation").table.str.contains("symbols").any()
    sl.evaluate("arith", "scripted", SETTINGS, episodes=1, queries=1, symbols="novel", results=tmp_path)
    assert sl.load_results(tmp_path).table("knowledge").empty


def test_counts_are_known_by_the_variant_whatever_else_is_in_its_name():
    assert variant_count("arith", "base-16-digits-3") == variant_count("arith", "base-16")
    assert variant_count("cipher", "caesar-13-words-2") == VariantCount(1225, "c4")
    assert variant_count("cipher", "caesar-0") is None
    assert variant_count("spatial", "r90") is None
    assert variant_count("grids", "plane-1") is variant_count("lists", "sort") is None
    assert variant_count("base_conversion", "16-to-10").times > variant_count("base_conversion", "35-to-9").times == 0
    assert {variant_count("syntax", order).source for order in ORDERS} == {"languages"}
    assert sum(variant_count("syntax", order).times for order in ORDERS) == 5252 - 124  # of no dominant order
    assert {variant_count("arith", f"base-{base}").source for base in range(2, 37)} <= {*SOURCES}


def test_rules_that_were_looked_for_and_never_found_count_zero_and_others_nothing():
    assert rule_count("linear", "2x+1").times > rule_count("linear", "2x+19").times
    assert rule_count("linear", "17x-19") == VariantCount(0, "python")
    assert rule_count("lists", "sort").times > rule_count("lists", "sort_down.take3").times > 0
    assert rule_count("lists", "above5.reverse") == VariantCount(0, "python")
    for task, rule in (("lists", "longer3?sort:reverse"), ("lists", "sort.take2.reverse.sum"), ("arith", "base 9")):
        assert rule_count(task, rule) is None


def test_the_slope_over_rules_has_the_robust_interval():
    x, y = [0.0, 0.3, 1.0, 2.0, 2.5, 4.0], [0.2, 0.1, 0.5, 0.4, 0.9, 0.8]
    by_statsmodels = sm.OLS(y, sm.add_constant(x)).fit(cov_type="HC3", use_t=True)
    found = slope_over(x, y)
    assert found.value == pytest.approx(by_statsmodels.params[1])
    assert (found.low, found.high) == pytest.approx(tuple(by_statsmodels.conf_int()[1]), rel=2e-3)
    assert slope_over([1.0] * 5, y[:5]) is slope_over([0.0, 0.0, 0.0, 3.0], y[:4]) is None


def test_accuracy_by_commonness_of_drawn_rules_has_a_row_a_rule(tmp_path):
    sl.evaluate(
        "lists", "scripted", ["io", "zero_shot"], behaviour="waver", size=1, episodes=12, queries=2, results=tmp_path
    )
    frame = sl.load_results(tmp_path).table("commonness")
    own = frame[(frame.setting == "io") & frame.rule.notna()]
    assert len(own) == frame.rules.dropna().iloc[0]
    for _, row in own.iterrows():
        assert row["count"] == rule_count("lists", row.rule).times
    whole = frame[(frame.setting == "io") & frame.rule.isna()].iloc[0]
    logs = np.log10(own["count"].astype(float) + 1)
    assert whole.slope == pytest.approx(np.polyfit(logs, own.accuracy.astype(float), 1)[0], abs=1e-5)


def test_the_slope_is_that_of_the_least_squares_line():
    numbers, shares = [0.0, 1.0, 2.5, 3.0], [wilson(k, 20) for k in (2, 9, 11, 18)]
    found = slope(numbers, shares)
    assert found.value == pytest.approx(np.polyfit(numbers, [each.value for each in shares], 1)[0])
    assert found.low < found.value < found.high
    sure = slope(numbers, [Estimate(each.value, each.value, each.value) for each in shares])
    assert (sure.low, sure.high) == (sure.value, sure.value)
    assert slope([1.0] * 4, shares) is None


def test_the_rank_correlation_counts_all_orders():
    found, p = rank_correlation([1, 2, 3, 4, 5], [0.1, 0.3, 0.2, 0.8, 0.9])
    assert found.value == pytest.approx(0.9)
    assert p == pytest.approx(10 / 120)  # orders with |rho| >= 0.9 of five
    assert found.low < 0.9 < found.high < 1
    assert rank_correlation([1, 2, 3, 4], [0.5] * 4) is None
    perfect, p = rank_correlation([*range(10)], [*range(10)])
    assert perfect.value == pytest.approx(1)
    assert p < 0.001


def test_accuracy_by_commonness_is_a_table_from_four_variants_on(tmp_path):
    for order in ORDERS[:3]:
        sl.evaluate(
            "syntax", "scripted", ["io"], behaviour="waver", order=order, episodes=2, queries=2, results=tmp_path
        )
    assert sl.load_results(tmp_path).table("commonness").empty
    sl.evaluate("syntax", "scripted", ["io"], behaviour="waver", order="osv", episodes=2, queries=2, results=tmp_path)
    frame = sl.load_results(tmp_path).table("commonness")
    assert frame["count"].dropna().tolist() == [19, 2275, 2117, 503]
    assert frame.variants.dropna().tolist() == [4]
    assert frame.slope.notna().sum() == 1
