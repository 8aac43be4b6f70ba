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


@pytest.mark.parametrize("state", ["complete", "interrupted"])
def test_only_complete_runs_are_taken_in_always_as_the_same_bytes(
    refresh: ModuleType, tmp_path: Path, state: str
) -> None:
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    for name in ("config.json", "summary.json"):
        (run / name).write_text("{}")
    (run / "manifest.json").write_text(json.dumps({"state": state}))
    for name in ("rows.jsonl", "replies.jsonl"):
        (run / name).write_text('{"setting": "io"}\n')
    reference = tmp_path / "reference"
    assert refresh.take_in(run, reference) == (state == "complete")
    if state == "complete":
        once = (reference / "a" / "rows.jsonl.gz").read_bytes()
        assert gzip.decompress(once) == (run / "rows.jsonl").read_bytes()
        refresh.take_in(run, reference)
        assert (reference / "a" / "rows.jsonl.gz").read_bytes() == once
    else:
        assert not reference.exists()
