"""The columns that tables keep beside rows: the same frame as from the rows, whatever happens to either file."""

import random

import pandas as pd
import pytest
from kept import row, unanswered, write_run

from solverlearner.analysis import row_columns
from solverlearner.analysis.cells import pool
from solverlearner.analysis.row_frame import row_frame
from solverlearner.analysis.runs import read_runs


def refuse(line):
    raise AssertionError(line)


@pytest.fixture
def run(tmp_path):
    """A run with rows of two settings, programs, an unanswered query, and an odd state of a completion."""
    rows = [row(query=number, value=str(number), correct=number % 2 == 0, score=None) for number in range(4)]
    rows += [row("solverlearner", query=1, program="x = 1", shots=8, shots_right=7, reply_state="odd\u2028 é")]
    return write_run(tmp_path / "run", [*rows, unanswered("io", 3)])


def read(folder, warn=refuse):
    (found,) = read_runs([str(folder.parent)], warn)
    return found


def parsed(folder):
    return row_frame(folder / "rows.jsonl", lambda line: None, {})[1]


def same(run, frame):
    rows = run.rows.drop(columns="usd")
    words = {"state": "str"}
    pd.testing.assert_frame_equal(rows.astype(words), frame.astype(words), check_categorical=False)


def test_lines_are_parsed_once(run, monkeypatch):
    frame = parsed(run)
    same(read(run), frame)
    monkeypatch.setattr(row_columns, "row_frame", None)
    again = read(run)
    same(again, frame)
    assert {name: (size.rows, size.answered, size.episodes) for name, size in again.sizes.items()} == {
        "io": (5, 4, 2),
        "solverlearner": (1, 1, 1),
    }
    (cell,) = pool([again], refuse)
    assert ([*cell.settings], len(cell.settings["io"]), cell.size) == (["io", "solverlearner"], 5, 6)
    monkeypatch.setattr(row_columns, "source_hash", lambda *packages: b"other")
    row_columns._code.cache_clear()
    with pytest.raises(TypeError):  # other code makes other columns
        read(run)
    row_columns._code.cache_clear()


def test_rows_that_came_since_are_read(run):
    read(run)
    with (run / "rows.jsonl").open("a") as file:
        file.write((run / "rows.jsonl").read_text().splitlines()[0].replace('"query": 0', '"query": 7') + "\n")
    assert read(run).sizes["io"].rows == 6
    same(read(run), parsed(run))


def test_lines_that_are_no_rows_are_told_each_time(run):
    with (run / "rows.jsonl").open("a") as file:
        file.write("no row\n")
    told = [[], []]
    for lines in told:
        read(run, lines.append)
    assert told[0] == told[1]
    assert "rows.jsonl: 1 lines are damaged or of another version, the first is line 7, skipped" in told[0][0]


def test_no_damage_to_the_columns_changes_a_number(run):
    frame, rng = parsed(run), random.Random(0)
    kept = read(run)
    file = run / ".columns"
    whole = file.read_bytes()
    for _ in range(12):
        place = rng.randrange(len(whole))
        flipped = whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
        file.write_bytes(rng.choice([flipped, whole[:place], whole + whole[place:], b""]))
        same(kept, frame)
        same(read(run), frame)
    file.unlink()
    same(kept, frame)


def test_a_folder_that_cannot_be_written_is_read(run):
    (run / ".columns").mkdir()  # root may write anywhere, so a read-only folder would not do
    found = read(run)
    same(found, parsed(run))
    assert found.columns.file.parent != run
    assert sorted(file.name for file in run.iterdir()) == [".columns", "config.json", "manifest.json", "rows.jsonl"]
