"""docs/results.md shows what the repository's own results give, table by table, as the command makes them now."""

import gzip
import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

REFRESH = Path(__file__).parents[1] / "docs" / "refresh.py"
pytestmark = pytest.mark.skipif(not REFRESH.exists(), reason="the source distribution has no docs/")


@pytest.fixture(scope="module")
def refresh() -> ModuleType:
    spec = importlib.util.spec_from_file_location("refresh", REFRESH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_in_the_document_is_the_reference_results_own(refresh: ModuleType, tmp_path: Path) -> None:
    document = refresh.DOCUMENT.read_text()
    made = refresh.tables(tmp_path)
    assert document.count("<!-- table: ") >= 4
    assert refresh.refreshed(document, made) == document
    moved = document.replace("| **references, no model** |", "| **nobody** |", 1)
    assert refresh.refreshed(moved, made) == document


def test_a_mark_without_a_table_is_an_error(refresh: ModuleType) -> None:
    with pytest.raises(KeyError, match="no such table"):
        refresh.refreshed("<!-- table: no such table -->\n\n", {})


@pytest.mark.parametrize("state", ["incomplete", "running", "stopped"])
def test_a_run_that_is_not_complete_is_left_out(refresh: ModuleType, tmp_path: Path, state: str) -> None:
    assert not refresh.take_in(_run(tmp_path, state), tmp_path / "reference")
    assert not (tmp_path / "reference").exists()


def test_a_complete_run_is_taken_in_always_as_the_same_bytes(refresh: ModuleType, tmp_path: Path) -> None:
    run, kept = _run(tmp_path, "complete"), tmp_path / "reference" / "a" / "rows.jsonl.gz"
    assert refresh.take_in(run, tmp_path / "reference")
    once = kept.read_bytes()
    assert gzip.decompress(once) == (run / "rows.jsonl").read_bytes()
    refresh.take_in(run, tmp_path / "reference")
    assert kept.read_bytes() == once


def _run(place: Path, state: str) -> Path:
    run = place / "runs" / "a"
    run.mkdir(parents=True)
    for name in ("config.json", "summary.json"):
        (run / name).write_text("{}")
    (run / "manifest.json").write_text(json.dumps({"state": state}))
    for name in ("rows.jsonl", "replies.jsonl"):
        (run / name).write_text('{"setting": "io"}\n')
    return run
