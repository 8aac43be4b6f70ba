"""The rows of runs as one file: the columns of `to_pandas`, whatever the runs are, and as other programs read them."""

import csv
import importlib.util
import json
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import row, unanswered, write_run

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.query_frame import TEXT_COLUMNS, QueryColumns
from solverlearner.analysis.results import load_collection
from solverlearner.cli.commands.rows import main
from solverlearner.reporting.export.row_table import FORMATS, write_rows


def refuse(line):
    raise AssertionError(line)


@pytest.fixture
def results(tmp_path, monkeypatch):
    """Two runs of other models and options: answers with leading zeros, numbers, lists, none."""
    monkeypatch.chdir(tmp_path)
    answers = ["042", 42, [1, "a"], None, True, 10**30, "null", "a\u2028b\n\"'\0", ""]
    rows = [row(query=number, value=value, expected=value) for number, value in enumerate(answers)]
    write_run(tmp_path / "results" / "a", [*rows, unanswered(query=99)])
    other = write_run(tmp_path / "results" / "b", [row(model="other", correct=False, score=0.0, program="x = 1")])
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps({**config, "temperature": 1, "note": "own", "seed": 5}))
    return tmp_path / "results"


def read(path):
    if path.suffix == ".parquet":
        return pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file)]


@pytest.mark.parametrize("ending", FORMATS)
def test_answers_stay_text_and_options_are_columns(results, ending, capsys):
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    to = results.parent / f"rows{ending}"
    assert main([f"to={to}", "texts=true"]) == 0
    assert capsys.readouterr().out.startswith("11 rows of 2 runs in ")
    found = read(to)
    shown = "a\u2028b\n\"'" + ("\ufffd" if ending == ".csv" else "\0")
    none = "" if ending == ".csv" else None
    texts = ["042", "42", '[1, "a"]', none, "true", str(10**30), "null", shown, ""]
    assert [each["value"] for each in found[:9]] == texts
    assert [each["run"] for each in found] == ["a"] * 10 + ["b"]
    assert [str(found[n]["temperature"]) for n in (0, 10)] == ["0.0", "1.0"]
    assert [found[n]["note"] for n in (0, 10)] == [none, "own"]
    assert [str(found[n]["correct"]) for n in (0, 9, 10)] == ["1.0", str(none), "0.0"]
    prompt = found[0]["prompt"] if ending != ".csv" else json.loads(found[0]["prompt"])
    assert prompt == [{"role": "user", "content": "57+27? 0"}]


def test_a_file_and_a_data_frame_have_the_same_columns(results):
    pytest.importorskip("pyarrow")
    frame = load_collection(["results"], refuse).to_pandas()
    assert main([]) == 0
    pd.testing.assert_frame_equal(pd.read_parquet("rows.parquet"), frame, check_dtype=False)
    assert not {*frame} & {*TEXT_COLUMNS}
    assert [str(frame[name].dtype) for name in ("temperature", "shots", "correct")] == ["float64", "int64", "float64"]


def test_runs_are_chosen_by_model_and_a_wrong_word_is_one_line(results, capsys):
    assert main(["models=other", "to=some.csv"]) == 0
    assert {each["model"] for each in read(results.parent / "some.csv")} == {"other"}
    capsys.readouterr()
    for words, line in (
        ("models=gpt", "models=[gpt]: no run of gpt; there are other, some-model"),
        ("to=rows.xls", "to=rows.xls: must end with .parquet or .csv or .jsonl, which names the format"),
        ("to=results/a/rows.jsonl", "to=results/a/rows.jsonl: would be taken for the rows of a run; "),
        ("to=results/rows.jsonl", "to=results/rows.jsonl: would be taken for the rows of a run; "),
        ("to=none/rows.csv", "to=none/rows.csv: cannot be written: No such file or directory"),
    ):
        assert main([words]) == 2
        assert capsys.readouterr().err.startswith(f"solverlearner: {line}")


def test_without_pyarrow_a_line_names_the_extra(results, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main([]) == 2
    assert "needs pyarrow: pip install 'solverlearner[parquet]'" in capsys.readouterr().err
    assert not [*results.parent.glob("*.parquet*")]


OPTION = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.just([1])


@settings(max_examples=25)
@given(st.lists(OPTION, min_size=1, max_size=4))
def test_a_column_of_options_has_one_type_whatever_runs_have(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("options")
    for number, value in enumerate(values):
        run = write_run(folder / f"{number:03}", [row()])
        config = json.loads((run / "config.json").read_text())
        (run / "config.json").write_text(json.dumps({**config, "own": value}))
    write_rows(QueryColumns(kept_runs([str(folder)], refuse), texts=False), folder / "o.jsonl", refuse)
    found = [each["own"] for each in read(folder / "o.jsonl")]
    kinds = {type(value) for value in found if value is not None}
    assert len(kinds) <= 1
    for value, there in zip(values, found, strict=True):
        assert there in (value, str(value), json.dumps(value)) or float(value) == there
    if importlib.util.find_spec("pyarrow"):
        write_rows(QueryColumns(kept_runs([str(folder)], refuse), texts=False), folder / "r.parquet", refuse)
        assert [each["own"] for each in read(folder / "r.parquet")] == found
