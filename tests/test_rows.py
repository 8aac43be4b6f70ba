import ast
import importlib.util
import json
from pathlib import Path

import msgspec
import pytest

from solverlearner.design.items import export
from solverlearner.design.plan import Plan
from solverlearner.design.setting import parse_settings
from solverlearner.evaluation.row_file import RowFile
from solverlearner.evaluation.row_lines import row_of, values_of
from solverlearner.evaluation.row_schema import COLUMNS, SCORES, Row, row_decoder
from solverlearner.json_text import line_of
from solverlearner.reporting.export import hf_card
from solverlearner.tasks.arith import Arith

ROOT = Path(__file__).resolve().parent.parent
FIELDS = list(Row.__struct_fields__)


def made(kind):
    """A value of a column's type."""
    return {
        "string": "x",
        "int64": 3,
        "float64": 0.5,
        "bool": True,
        "json": [1],
        "messages": [{"role": "user", "content": "?"}],
    }[kind]


def row(episode, query, status="ok", setting="io", sample=0, **changes):
    values = {name: None if column.nullable else made(column.kind) for name, column in COLUMNS.items()} | {
        "setting": setting,
        "episode": episode,
        "query": query,
        "sample": sample,
        "status": status,
    }
    return Row(**(values | changes))


def read(path):
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def test_rows_are_sorted_and_the_last_of_a_query_counts(tmp_path):
    rows = RowFile(tmp_path / "rows.jsonl", keep=True)
    rows.add([row(10, 1), row(2, 0, "unanswered", message="503")])
    rows.add([row(1, 3, setting="code_mf", value='a "setting"\n', program="é\u2028")])
    rows.add([row(2, 0, value="84")])
    rows.sort()
    rows.add([row(0, 0)])
    rows.close()
    found = [(r["setting"], r["episode"], r["query"], r["status"], r["value"]) for r in read(rows.path)]
    assert found == [
        ("code_mf", 1, 3, "ok", 'a "setting"\n'), ("io", 2, 0, "ok", "84"), ("io", 10, 1, "ok", None),
        ("io", 0, 0, "ok", None),
    ]  # fmt: skip


def test_answered_rows_are_known_again_and_a_torn_one_is_cut(tmp_path):
    rows = RowFile(tmp_path / "rows.jsonl", keep=True)
    rows.add([row(0, 0), row(0, 1, "unanswered"), row(0, 2, "no_answer")])
    rows.close()
    whole = rows.path.read_bytes()
    rows.path.write_bytes(whole + whole[:90])
    again = RowFile(rows.path, keep=True)
    assert again.scored == {("io", 0, 0, 0), ("io", 0, 2, 0)}
    again.close()
    assert rows.path.read_bytes() == whole


def test_rows_of_another_derivation_are_made_anew(tmp_path):
    rows = RowFile(tmp_path / "rows.jsonl", keep=True)
    rows.add([row(0, 0)])
    rows.close()
    again = RowFile(rows.path, keep=False)
    assert not again.scored
    again.close()
    assert rows.path.read_bytes() == b""


WHOLE = {name: made(column.kind) for name, column in COLUMNS.items()} | {
    "setting": "io",
    "status": "ok",
    "found": "none",
}


def test_the_schema_says_of_every_column_its_type_a_sentence_and_what_older_rows_have():
    assert [*COLUMNS] == FIELDS
    for name, column in COLUMNS.items():
        assert column.about.endswith("."), name
        assert len(column.about.split()) <= 30, name
        assert column.required or column.nullable or column.earlier is not None, name
    assert row_decoder(FIELDS)(line_of(WHOLE)).score == 0.5


@pytest.mark.parametrize("name", FIELDS)
def test_readers_take_a_column_from_a_row_or_know_what_older_rows_have(name):
    column = COLUMNS[name]
    assert getattr(row_decoder([name])(line_of(WHOLE)), name) == WHOLE[name]
    if column.nullable:
        assert getattr(row_decoder([name])(line_of({**WHOLE, name: None})), name) is None
    else:
        with pytest.raises(msgspec.ValidationError):
            row_decoder([name])(line_of({**WHOLE, name: None}))
    lacking = {key: value for key, value in WHOLE.items() if key != name}
    if column.required:
        with pytest.raises(msgspec.ValidationError):
            row_decoder([name])(line_of(lacking))
    else:
        empty = [] if column.kind == "messages" else column.earlier
        assert getattr(row_decoder([name])(line_of(lacking)), name) == empty
        if name not in SCORES:
            assert values_of(row_of(line_of(lacking)))[name] == empty


def test_rows_without_scores_have_those_of_their_verdicts():
    old = WHOLE | dict.fromkeys(SCORES) | {"correct": False, "ideal_correct": True, "default_world_correct": None}
    found = values_of(row_of(line_of(old)), [*SCORES])
    assert found == dict(zip(SCORES, (0.0, 1.0, None), strict=True))
    assert values_of(row_of(line_of({**old, "score": 0.25})))["score"] == 0.25


def test_every_reader_and_export_has_only_columns_of_the_schema_and_exports_have_all():
    assert [feature.name for feature in hf_card.ROWS] == ["run", *FIELDS]
    inspect_sample = ROOT / "solverlearner" / "reporting" / "export" / "inspect_sample.py"
    elsewhere = next(
        node.value
        for node in ast.parse(inspect_sample.read_text()).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "_ELSEWHERE"
    )
    assert ast.literal_eval(elsewhere) <= {*FIELDS}  # all others are metadata; the reader itself needs inspect_ai
    plan = Plan(Arith(), parse_settings(["io"]), episodes=1, shots=1, queries=1, seed=0, hint="domain")
    (episode,) = map(json.loads, export(plan, "jsonl"))
    items = [item for split in ("shots", "queries") for item in episode.pop(split)]
    assert {*episode} <= {*FIELDS}
    assert {name for item in items for name in item} <= {*FIELDS}


def test_the_page_of_columns_is_the_schemas():
    spec = importlib.util.spec_from_file_location("make_rows", ROOT / "docs" / "make_rows.py")
    make_rows = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_rows)
    assert make_rows.PAGE.read_text(encoding="utf-8") == make_rows.page(), "run: python docs/make_rows.py"
