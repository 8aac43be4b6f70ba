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
from msgspec import structs
from test_cli import solverlearner

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.query_frame import query_frame
from solverlearner.analysis.runs import read_runs
from solverlearner.evaluation.row_file import RowFile, read_rows
from solverlearner.evaluation.row_lines import value_of
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


@settings(max_examples=25)
@given(TEXT, TEXT, TEXT, VALUES, st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))
def test_every_reader_of_rows_reads_every_row(reply, program, message, value, place, tokens):
    one = row(
        reply=reply, reasoning=reply, program=program, message=message, value=value, input=[value], own_rule=reply,
        episode=place, prompt_tokens=tokens, facts={"fact": value}, prompt=[{"role": "user", "content": reply}],
    )  # fmt: skip
    other = structs.replace(one, query=1, sample=place, correct=None, score=None, status="unanswered")
    told = [shown(joined(each)) for each in (reply, program, message, value)]
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder, "run"), [])
        file = RowFile(run / "rows.jsonl", keep=False)
        file.add([one, other])
        file.close()
        (found,) = kept_runs([folder], refuse)
        with found.rows(refuse) as rows:
            for read in (list(rows.read("io")), list(read_rows(run)), list(file.rows())):
                texts = [[each[name] for name in ("reply", "program", "message", "value")] for each in read]
                numbers = [(each["episode"], each["sample"], each["prompt_tokens"]) for each in read]
                assert (texts, numbers) == ([told] * 2, [(place, 0, tokens), (place, place, tokens)])
        table = query_frame([found], True, refuse)
        assert (table.reply.tolist(), table.message.tolist()) == ([told[0]] * 2, [told[2]] * 2)
        there = table["value"].tolist()[0]
        assert told[3] == (None if pd.isna(there) else there if isinstance(told[3], str) else json.loads(there))
        (tabled,) = read_runs([folder], refuse)
        assert (tabled.sizes["io"].rows, tabled.sizes["io"].answered, len(tabled.rows)) == (2, 1, 2)
        assert [(line.reply, line.program, value_of(line.value)) for line in tabled.lines(["io"])] == [
            (told[0], told[1], told[3])
        ] * 2
        again = RowFile(run / "rows.jsonl", keep=True)
        assert again.scored == {("io", place, 0, 0)}
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
