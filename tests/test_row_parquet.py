"""Rows as Parquet: the same lines as `rows.jsonl`, read by every reader, gone on with, and harmless when damaged."""

import json
import random
import shutil
import sys

import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import write_run
from test_any_text import VALUES
from test_rows import row

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.run_folders import is_rows_of_run, rows_file
from solverlearner.analysis.runs import read_runs
from solverlearner.cli.main import main
from solverlearner.errors import UsageError
from solverlearner.evaluation.row_parquet import ParquetRows, check_format, seal, write_parquet
from solverlearner.evaluation.row_schema import COLUMNS, row_line
from solverlearner.inference.journal import readable

TEXT = st.text(st.characters(exclude_categories=()))
RUN = ["run", "model=scripted", "episodes=2", "queries=2", "settings=[io,solverlearner]"]


def refuse(line):
    raise AssertionError(line)


def through_parquet(folder, lines):
    (folder / "rows.jsonl").write_bytes(b"".join(lines))
    write_parquet(folder / "rows.jsonl", folder / "rows.parquet")
    with ParquetRows(folder / "rows.parquet") as rows:
        return [*rows]


@settings(max_examples=15)
@given(TEXT, VALUES, st.none() | st.floats(0, 1), st.none() | st.booleans())
def test_a_line_comes_back_byte_for_byte_but_for_halves_of_surrogate_pairs(tmp_path_factory, text, value, score, right):
    kept = row(0, 0, reply=text, program=text, prompt=[{"role": "user", "content": text}], value=value, score=score,
               correct=right, message=text)  # fmt: skip
    line = row_line(kept)
    (found,) = through_parquet(tmp_path_factory.mktemp("rows"), [line])
    if b"\\ud" in line or b"\\uD" in line:
        assert json.loads(readable(found)) == json.loads(readable(line))
    else:
        assert found == line


def write_sealed(table, path):
    with path.open("wb") as file:
        pyarrow.parquet.write_table(table, file)
        seal(file)


def test_a_column_that_an_earlier_version_lacked_has_its_value_of_then(tmp_path):
    (line,) = through_parquet(tmp_path, [row_line(row(0, 0))])
    table = pyarrow.parquet.read_table(tmp_path / "rows.parquet").drop_columns(["wording", "meaning"])
    write_sealed(table, tmp_path / "rows.parquet")
    (earlier,) = ParquetRows(tmp_path / "rows.parquet")
    assert json.loads(earlier) == json.loads(line) | {"wording": 0, "meaning": None}
    write_sealed(table.drop_columns(["expected"]), tmp_path / "rows.parquet")
    with pytest.raises(OSError, match="damaged: 'no column expected'"):
        [*ParquetRows(tmp_path / "rows.parquet")]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    for rows in ("parquet", "jsonl"):
        assert main([*RUN, f"rows={rows}", f"results={folder / rows}"]) == 0
    return folder


@pytest.fixture
def packed(made, tmp_path):
    """The folder of a run with `rows=parquet`, and of the same run without."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    (packed,), (plain,) = ([*(tmp_path / rows).glob("arith-*")] for rows in ("parquet", "jsonl"))
    assert packed.name == plain.name
    return packed, plain


def lines_of(folder):
    rows = rows_file(folder)
    lines = [*ParquetRows(rows)] if rows.suffix == ".parquet" else rows.read_bytes().splitlines(True)
    return [json.loads(line) | {"seconds": None} for line in lines]


def test_a_run_ends_in_parquet_and_goes_on_from_it(packed, capsys):
    folder, plain = packed
    assert not (folder / "rows.jsonl").exists()
    assert lines_of(folder) == lines_of(plain)
    journal = (folder / "replies.jsonl").read_bytes().count(b'"reply"')
    inside = (folder / "rows.parquet").stat().st_ino
    assert main([*RUN, "rows=parquet", f"results={folder.parent}"]) == 0
    assert (folder / "rows.parquet").stat().st_ino != inside  # unpacked, packed again
    assert (folder / "replies.jsonl").read_bytes().count(b'"reply"') == journal
    assert main([*RUN, f"results={folder.parent}"]) == 0
    assert not (folder / "rows.parquet").exists()
    assert lines_of(folder) == lines_of(plain)
    assert "derived again" not in capsys.readouterr().err


def test_every_reader_reads_it(packed):
    folder, plain = packed
    (one,), (other,) = (read_runs([str(each)], refuse) for each in packed)
    same = [name for name in one.rows if name != "seconds"]
    assert one.rows[same].equals(other.rows[same])
    (kept,) = kept_runs([str(folder.parent)], refuse)
    with kept.rows(refuse) as rows:
        assert [*rows.read("io")] == [*rows.read("io")]
        assert len([*rows.read()]) == len(lines_of(plain))
    frame = pyarrow.parquet.read_table(folder / "rows.parquet")
    assert frame.column_names == [*COLUMNS]
    assert set(frame["setting"].to_pylist()) == {"io", "solverlearner"}


def test_no_damage_to_it_ends_a_reader_or_the_run(packed, capsys):
    folder, plain = packed
    whole, rng = (folder / "rows.parquet").read_bytes(), random.Random(1)
    for _ in range(150):
        at = rng.randrange(len(whole))
        flipped = whole[:at] + bytes([whole[at] ^ 1 << rng.randrange(8)]) + whole[at + 1 :]
        (folder / "rows.parquet").write_bytes(rng.choice([flipped, whole[:at]]))
        said = []
        try:
            found = lines_of(folder)
        except OSError:
            found = None
        assert found is None or found == lines_of(plain)
        try:
            (run,) = read_runs([str(folder)], said.append)
            assert len(run.rows) == len(lines_of(plain))
        except UsageError:
            assert any("cannot be read" in line for line in said)
    (folder / "rows.parquet").write_bytes(whole[:-100])
    assert main([*RUN, "rows=parquet", f"results={folder.parent}"]) == 0
    assert "its rows are derived again from the replies" in capsys.readouterr().err
    assert lines_of(folder) == lines_of(plain)


def test_without_pyarrow_it_is_refused_before_anything_is_asked(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"rows=parquet: needs pyarrow: pip install 'solverlearner\[parquet\]'"):
        check_format("parquet")
    assert main([*RUN, "rows=parquet", f"results={tmp_path / 'none'}"]) == 2
    assert not (tmp_path / "none").exists()
    with pytest.raises(UsageError, match="must be one of jsonl, parquet"):
        check_format("csv")


def test_a_table_that_the_command_rows_wrote_is_no_rows_of_a_run(tmp_path):
    write_run(tmp_path / "run", [])
    (tmp_path / "rows.parquet").write_bytes(b"")
    assert rows_file(tmp_path) is None
    assert not is_rows_of_run(tmp_path / "rows.parquet")
    assert is_rows_of_run(tmp_path / "run" / "rows.parquet")
