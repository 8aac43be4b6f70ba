import json

from solverlearner.evaluation.rows import Row, RowFile

FIELDS = list(Row.__dataclass_fields__)


def row(episode, query, status="ok", setting="io", sample=0, **changes):
    values = dict.fromkeys(FIELDS) | {
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
