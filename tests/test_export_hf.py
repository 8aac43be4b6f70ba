"""`export hf`, and what both exports do with folders, torn lines and rows that are written twice."""

import gzip
import json
import tracemalloc

import pytest
import yaml
from kept import row, text_of, unanswered, write_run
from test_cli import solverlearner

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.errors import UsageError
from solverlearner.evaluation.row_schema import Row
from solverlearner.reporting.export.hf_card import ROWS, RUNS
from solverlearner.reporting.export.hf_dataset import write_dataset

ROOM = [{"name": "bed", "x": 250, "y": 0}]


def lines_of(folder):
    files = sorted((folder / "data").glob("rows-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def export(results, to, **options):
    said = []
    to.mkdir(exist_ok=True)
    write_dataset(kept_runs([str(results)], said.append), to, said.append, **options)
    return lines_of(to), said


def test_every_column_of_a_row_is_there_in_a_type_of_its_own(tmp_path):
    write_run(tmp_path / "r" / "a", [row(value=7, expected="7"), row(query=1, input=["x"], value=ROOM)])
    write_run(tmp_path / "r" / "b", [unanswered()])
    lines, said = export(tmp_path / "r", tmp_path / "to")
    assert said == []
    assert {*lines[0]} == {column.name for column in ROWS} == {"run", *Row.__struct_fields__}
    assert [line["run"] for line in lines] == ["a", "a", "b"]
    assert [line["value"] for line in lines] == ["7", json.dumps(ROOM), None]
    assert [line["correct"] for line in lines] == [True, True, None]
    assert [json.loads(line["input"]) for line in lines] == [["57", "27"], ["x"], ["57", "27"]]
    (first, second) = map(json.loads, (tmp_path / "to" / "data" / "runs.jsonl").read_text().splitlines())
    assert {*first} == {column.name for column in RUNS}
    assert (first["weights_sha256"], first["commit"], first["rows"], first["unanswered"]) == ("5ea1", "0123abc+", 2, 0)
    assert (second["unanswered"], json.loads(second["config"])["shots"]) == (1, 8)


def test_the_card_declares_every_column_and_states_no_licence(tmp_path):
    write_run(tmp_path / "r" / "a|b", [row()])
    export(tmp_path / "r", tmp_path / "to")
    _, front, text = (tmp_path / "to" / "README.md").read_text().split("---\n", 2)
    said = yaml.safe_load(front)
    assert "license" not in said
    declared = {info["config_name"]: [f["name"] for f in info["features"]] for info in said["dataset_info"]}
    assert declared == {"default": [c.name for c in ROWS], "runs": [c.name for c in RUNS]}
    assert r"| a\|b | some-model | 5ea1 | 0123abc+ | 2026-11-21T08:00:00+00:00 |" in text


def test_torn_lines_are_left_out_and_the_last_row_of_a_key_counts(tmp_path):
    rows = [unanswered(), row(query=1), row(sample=1), row(value="86", correct=False)]
    folder = write_run(tmp_path / "r" / "a", rows, state="running", ended=None)
    with (folder / "rows.jsonl").open("a") as file:
        file.write(text_of([row(query=2)])[:-20])
    lines, said = export(tmp_path / "r", tmp_path / "to")
    assert [(line["query"], line["sample"], line["correct"]) for line in lines] == [
        (1, 0, True),
        (0, 1, True),
        (0, 0, False),
    ]
    assert said == [f"{folder / 'rows.jsonl'}: its last line is torn, skipped"]


def test_what_is_no_run_costs_a_line_and_compressed_rows_are_read(tmp_path):
    packed = write_run(tmp_path / "r" / "b", [row()])
    (packed / "rows.jsonl.gz").write_bytes(gzip.compress((packed / "rows.jsonl").read_bytes()))
    (packed / "rows.jsonl").unlink()
    write_run(tmp_path / "r" / "old", []).joinpath("rows.jsonl").write_text('{"task": "arith", "setting": "io"}\n')
    write_run(tmp_path / "r" / "bare", [row()]).joinpath("config.json").unlink()
    (tmp_path / "r" / "foreign").mkdir()
    (tmp_path / "r" / "hf").mkdir()
    lines, said = export(tmp_path / "r", tmp_path / "to")
    assert [line["run"] for line in lines] == ["b"]
    assert said == [
        f"{tmp_path}/r/foreign: no run folder, skipped",
        f"{tmp_path}/r/bare: no readable config.json, skipped",
        f"{tmp_path}/r/old/rows.jsonl: 1 lines are damaged or of another version, the first is line 1, skipped; "
        "the same `run` command derives them anew",
    ]


def test_a_compressed_file_that_ends_early_gives_what_it_has(tmp_path):
    folder = write_run(tmp_path / "r" / "a", [row(query=query, reply=f"{query * 7919 % 1009}") for query in range(999)])
    packed = gzip.compress((folder / "rows.jsonl").read_bytes())
    (folder / "rows.jsonl").unlink()
    (folder / "rows.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    lines, said = export(tmp_path / "r", tmp_path / "to")
    assert 0 < len(lines) < 999
    assert [line["query"] for line in lines] == [*range(len(lines))]
    assert len(said) == 1
    assert "cannot be read to its end" in said[0]


def test_an_earlier_export_is_replaced_and_any_other_folder_is_not(tmp_path):
    write_run(tmp_path / "r" / "a", [row(query=query) for query in range(9)])
    assert len(export(tmp_path / "r", tmp_path / "to", shard_bytes=3000)[0]) == 9
    shards = [*(tmp_path / "to" / "data").glob("rows-*")]
    assert 1 < len(shards) < 9
    assert len(export(tmp_path / "r", tmp_path / "to")[0]) == 9
    assert sorted(file.name for file in (tmp_path / "to").rglob("*")) == [
        "README.md",
        "data",
        "rows-00000.jsonl",
        "runs.jsonl",
    ]
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "README.md").write_text("mine")
    with pytest.raises(UsageError, match="mine: is neither empty nor an earlier export"):
        export(tmp_path / "r", mine)
    assert [file.read_text() for file in mine.iterdir()] == ["mine"]


def test_runs_without_rows_are_said(tmp_path):
    write_run(tmp_path / "r" / "a", [])
    with pytest.raises(UsageError, match="these runs have no rows yet"):
        export(tmp_path / "r", tmp_path / "to")
    assert [*(tmp_path / "to").iterdir()] == []


def test_memory_is_for_the_keys_only(tmp_path):
    # Prompts of 100 kB each: 50 MB of rows.
    prompt = [{"role": "user", "content": "x" * 100_000}]
    write_run(tmp_path / "r" / "a", [row(query=query, prompt=prompt) for query in range(500)])
    tracemalloc.start()
    export_to = tmp_path / "to"
    export_to.mkdir()
    write_dataset(kept_runs([str(tmp_path / "r")], print), export_to, print)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["hf"], "results=results: no such folder"),
        (["csv"], "format=csv: must be one of inspect, hf"),
        ([], "format: must be given"),
        (["hf", "results=."], "results=.: holds no run with rows"),
    ],
)
def test_what_a_user_gets_wrong_is_one_line(tmp_path, words, line):
    done = solverlearner("export", *words, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert line in done.stderr


def test_the_command_writes_beside_the_runs(tmp_path):
    write_run(tmp_path / "results" / "a", [row()])
    done = solverlearner("export", "hf", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 rows of 1 runs, 0 of them unanswered: results/hf\n"
    assert len(lines_of(tmp_path / "results" / "hf")) == 1


@pytest.fixture
def load(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="opens an export for real; pip install datasets")
    return lambda *names: datasets.load_dataset(
        str(tmp_path / "to"), *names, split="test", cache_dir=str(tmp_path / "cache")
    )


def test_load_dataset_gives_the_same_columns_whatever_the_rows_hold(tmp_path, load):
    # The first shard has nothing where the second has text and numbers, and the other way round.
    first = [unanswered(query=query) for query in range(3)]
    second = [row("solverlearner", 1, query, program="def …", reasoning="so", uncovered="z") for query in range(3)]
    odd = [row("solverlearner", 2, 0, value=10**400), row("solverlearner", 2, 1, reply="a\ud800b \U0001f600")]
    write_run(tmp_path / "r" / "a", first)
    write_run(tmp_path / "r" / "b", second + odd, ended=None, state="running")
    export(tmp_path / "r", tmp_path / "to", shard_bytes=3000)
    data = load()
    assert data.column_names == [column.name for column in ROWS]
    kinds = {c.name: "string" if c.kind == "json" else c.kind for c in ROWS if c.kind != "messages"}
    assert {name: data.features[name].dtype for name in kinds} == kinds
    assert data["correct"][:4] == [None, None, None, True]
    assert data["prompt"][3] == [{"role": "user", "content": "57+27? 1"}]
    assert (data["value"][6], data["reply"][7]) == ("1" + "0" * 400, "a\ufffdb \U0001f600")
    assert data["uncovered"][2:4] == [None, "z"]


def test_load_dataset_gives_the_runs_with_their_times(tmp_path, load):
    write_run(tmp_path / "r" / "a", [row()])
    write_run(tmp_path / "r" / "b", [row()], ended=None)
    export(tmp_path / "r", tmp_path / "to")
    runs = load("runs")
    assert [time.isoformat() for time in runs["started"]] == ["2026-11-21T08:00:00+00:00"] * 2
    assert [time and time.isoformat() for time in runs["ended"]] == ["2026-11-21T08:10:00+00:00", None]
