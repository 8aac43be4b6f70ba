"""Tables of which rule programs carry out, and of what a model solves by itself, by its program, or by both."""

import pytest
from kept import row, write_run
from statsmodels.stats.contingency_tables import mcnemar

from solverlearner.analysis.cells import pool
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.tables.build import build_tables
from solverlearner.analysis.tables.rule_tables import rule_tables
from solverlearner.analysis.tables.together import together


def cells(folder):
    return pool(read_runs([str(folder)], lambda line: pytest.fail(line)), lambda line: None)


def program(episode, query, right, fits=True, **more):
    told = {"program": f"program {episode}", "shots": 8, "shots_right": 8 if fits else 3, "found": "none"}
    told |= {"prompt": [{"role": "user", "content": f"shots {episode}"}], "score": float(right), "correct": right}
    return row("solverlearner", episode, query, **told | more)


def test_rules_are_counted_by_program(tmp_path):
    does = [
        {"found": "hidden", "found_rule": "base 9", "found_agreement": 1.0, "program_nodes": 40, "rule_nodes": 73},
        {"found": "hidden", "found_rule": "base 9", "found_agreement": 0.75, "program_nodes": 60, "rule_nodes": 73},
        {"found": "another", "found_rule": "base 16", "found_agreement": 1.0, "program_nodes": 50, "rule_nodes": 73},
        {"found": "shot_table", "program_nodes": 90, "rule_nodes": 73},
        {"found": None, "program": None, "status": "no_program"},
    ]
    write_run(tmp_path / "run", [program(number, q, False, **more) for number, more in enumerate(does) for q in (0, 1)])
    (table,) = build_tables(cells(tmp_path), [], ["rules"])
    assert table.header[2:] == (
        "programs", "hidden rule", "hidden rule, partly", "another rule", "its shots", "no program", "which other",
        "nodes",
    )  # fmt: skip
    (((_, (shown,)),)) = (table.groups[0],)
    assert [entry.text for entry in shown][1:] == ["solverlearner", "5", "1", "1", "1", "1", "1", "base 16 ×1", "55/73"]
    assert table.data.hidden_partly.tolist() == [1]


def test_programs_that_nobody_examined_make_no_table_and_are_told_of_beside_others(tmp_path):
    old = [program(0, q, True, found=None) for q in (0, 1)]
    assert [*rule_tables(cells(write_run(tmp_path / "old", old)))] == []
    run = write_run(tmp_path / "run", [*old, *(program(1, q, True) for q in (0, 1))])
    (table,) = rule_tables(cells(run))
    assert "1 programs are not examined: python -m solverlearner diagnose" in table.notes[-1]


def test_together_counts_queries_and_takes_the_program_where_it_fits(tmp_path):
    """Five episodes of ten queries: what the model and its program get right, by episode, and whether it fits."""
    made = [(3, 10, True), (4, 0, False), (10, 10, True), (2, 0, True), (9, 1, False)]
    rows = []
    for episode, (answers, solved, fits) in enumerate(made):
        for query in range(10):
            right = query < answers
            rows.append(row("io", episode, query, score=float(right), correct=right))
            rows.append(program(episode, 9 - query, query < solved, fits))
    write_run(tmp_path / "run", rows)
    (cell,) = cells(tmp_path)
    found = together(cell)
    counts = found.both, found.answer_only, found.program_only, found.neither
    assert counts == (13, 15, 8, 14)
    assert found.effect.p_item == pytest.approx(mcnemar([[13, 15], [8, 14]], exact=True).pvalue)
    assert found.answer.value == pytest.approx(28 / 50)
    assert found.program.value == pytest.approx(21 / 50)
    assert found.combined.value == pytest.approx((10 + 4 + 10 + 0 + 9) / 50)
    assert found.by_program == 30
    assert found.combined.low < found.combined.value < found.combined.high
    (table,) = build_tables([cell], [], ["together"])
    ((_, (shown,)),) = table.groups
    assert [entry.text for entry in shown][1:5] == ["13", "15", "8", "14"]
    assert table.data.combined.tolist() == [0.66]


def test_without_both_settings_there_is_nothing_together(tmp_path):
    for name, rows in (("one", [row("io", 0, 0)]), ("apart", [row("io", 0, 0), program(1, 0, True)])):
        (cell,) = cells(write_run(tmp_path / name, rows))
        assert together(cell) is None
