"""Any text and any number that a run keeps comes back from each of its readers; halves of surrogate pairs included."""

import json
import math
import re
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kept import row, write_run
from test_cli import solverlearner

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.query_frame import query_frame
from solverlearner.analysis.row_frame import row_frame
from solverlearner.analysis.runs import read_runs
from solverlearner.evaluation.row_file import RowFile, read_rows
from solverlearner.evaluation.row_schema import COLUMNS, row_decoder
from solverlearner.inference.journal import readable, record_of
from solverlearner.json_text import line_of

TEXT = st.text(st.characters(exclude_categories=())) | st.sampled_from(["\0", "a\u2028b\u0085\r\n", "é\0" * 50_000])
HALF = re.compile("[\ud800-\udfff]")
NUMBERS = st.integers() | st.floats() | st.integers(2**63, 2**70) | st.just(10**4298) | st.just(-(10**4298))
VALUES = st.recursive(
    TEXT | NUMBERS | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
_whole = row_decoder(tuple(COLUMNS))


def refuse(line):
    raise AssertionError(line)


def joined(value):
    """As JSON text has it: two halves that stand together are one character."""
    return json.loads(json.dumps(value))


def shown(value):
    """As a reader of strict JSON sees it: U+FFFD for a lone half, null for a number that is none."""
    if isinstance(value, str):
        return HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [shown(each) for each in value]
    if isinstance(value, dict):
        return {shown(key): shown(each) for key, each in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


@given(VALUES)
def test_the_journals_reader_gives_what_its_writer_got(value):
    line = line_of({"id": "a", "at": 1, "state": "ok", "key": "0" * 32, "request": {"x": value}})
    assert line.count(b"\n") == 1
    assert repr(record_of(line)["request"]["x"]) == repr(joined(value))


@given(VALUES)
def test_a_readable_line_is_strict_json_with_the_same_content(value):
    line = readable(line_of({"x": value}))
    assert json.loads(line, parse_constant=refuse) == {"x": shown(joined(value))}


@settings(max_examples=30)
@given(TEXT, TEXT, TEXT, VALUES)
def test_every_reader_of_rows_reads_every_row(reply, program, message, value):
    kept = row(
        reply=reply, reasoning=reply, program=program, message=message, value=value, input=[value], own_rule=reply
    )
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder, "run")
        write_run(run, [])
        file = RowFile(run / "rows.jsonl", keep=False)
        file.add([kept])
        file.close()
        (plain,) = read_rows(run)
        assert repr(plain["reply"]) == repr(joined(reply))
        first, frame = row_frame(run / "rows.jsonl", refuse, {})
        assert (len(frame), bool(first.correct), first.program is not None) == (1, True, True)
        page = _whole((run / "rows.jsonl").read_bytes())
        assert (page.reply, page.program) == (shown(joined(reply)), shown(joined(program)))
        (found,) = kept_runs([folder], refuse)
        with found.rows(refuse) as rows:
            (exported,) = rows.read("io")
        assert exported["message"] == shown(joined(message))
        table = query_frame([found], True, refuse)
        assert (table.reply.tolist(), table.message.tolist()) == ([shown(joined(reply))], [shown(joined(message))])
        answer, there = shown(joined(value)), table["value"].tolist()[0]
        told = pd.isna(there) if answer is None else there if isinstance(answer, str) else json.loads(there)
        assert told == (True if answer is None else answer)
        (tabled,) = read_runs([folder], refuse)
        assert (tabled.sizes["io"].answered, len(tabled.rows)) == (1, 1)
        again = RowFile(run / "rows.jsonl", keep=True)
        assert again.scored == {("io", 0, 0, 0)}
        again.close()


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Two run folders from `score`: answers and programs with half a surrogate pair, one of them in a thought."""
    folder = tmp_path_factory.mktemp("halves")
    answers = [
        "\ud83d \\boxed{85}",
        "\\boxed{85}\udc00",
        "<think>\ud83d</think>\\boxed{86}",
        "\ud83d\ude00 \\boxed{85}",
    ]
    code = "```python\n# \ud83d\ndef solver(n1, n2):\n    return '85'\n```"
    for name, replies, more in (("a", answers, []), ("c", answers, []), ("b", [code], ["setting=solverlearner"])):
        lines = [{"input": ["57", "27"], "episode": n, "response": reply} for n, reply in enumerate(replies)]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        done = solverlearner("score", f"replies={name}.jsonl", "task=arith", "base=9", *more, cwd=folder)
        assert (done.returncode, done.stderr) == (0, "")
    return folder


@pytest.mark.parametrize(
    "words",
    [["tables"], ["report"], ["compare", "a", "c"], ["export", "hf"], ["export", "inspect"]],
    ids=" ".join,
)
def test_halves_of_surrogate_pairs_reach_every_command(scored, words):
    if words[-1] == "inspect":
        pytest.importorskip("inspect_ai")
    done = solverlearner(*words, "results=results", cwd=scored)
    assert (done.returncode, done.stderr) == (0, "")
    assert "skipped" not in done.stdout


def test_scoring_again_changes_nothing(scored):
    before = {path: path.read_bytes() for path in scored.glob("results/*/rows.jsonl")}
    done = solverlearner("score", "replies=a.jsonl", "task=arith", "base=9", cwd=scored)
    assert "4 stored replies" in done.stdout
    assert {path: path.read_bytes() for path in before} == before
