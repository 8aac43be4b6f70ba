import gzip
import json
import os
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept import row as a_row
from test_cli import solverlearner

from solverlearner.design.setting import SETTINGS
from solverlearner.errors import UsageError
from solverlearner.evaluation.row_file import RowFile
from solverlearner.evaluation.stored_replies import read_replies, stored_calls
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.cipher import Cipher
from solverlearner.tasks.spatial import Spatial

CALIBRATION = (
    Path(os.environ.get("SOLVERLEARNER_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "calibration"
)
GOOD = {"input": ["57", "27"], "response": r"\boxed{85}"}  # 84 in base 10


def write(path, *records):
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def score(path, *words):
    return solverlearner("score", f"replies={path}", *words, cwd=path.parent)


def folder_of(path):
    (folder,) = (path.parent / "results").glob("*")
    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    return rows, {name: json.loads((folder / f"{name}.json").read_text()) for name in ("summary", "manifest", "config")}


def test_answers_are_scored_into_an_ordinary_run_folder(tmp_path):
    records = [GOOD, {"input": ["57", "28"], "response": r"\boxed{85}"}, {"input": ["13", "8"], "response": None}]
    path = tmp_path / "mine.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, records)).encode() + b"\n\n"))
    done = score(path, "task=arith", "base=9")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("arith base-9 · mine · 3 stored replies\n")
    assert re.search(r"zero_shot +0\.333 \[", done.stdout)
    assert "ideal learner" not in done.stdout
    assert "pin the rule" not in done.stdout
    assert "Agreement" not in done.stdout
    assert "Few episodes" not in done.stdout
    rows, files = folder_of(path)
    assert [(row["episode"], row["query"], row["setting"]) for row in rows] == [(n, 0, "zero_shot") for n in (1, 2, 3)]
    assert [(row["status"], row["correct"], row["recited"]) for row in rows] == [
        ("ok", True, False), ("ok", False, True), ("no_answer", False, False),
    ]  # fmt: skip
    assert (rows[0]["model"], rows[0]["reply"], rows[0]["expected"]) == ("mine", r"\boxed{85}", "85")
    assert files["summary"]["settings"]["zero_shot"]["accuracy"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert files["manifest"]["state"] == "complete"
    assert files["config"]["sha256"] == files["manifest"]["model"]["sha256"]
    assert score(path, "task=arith", "base=9").stdout == done.stdout
    assert folder_of(path)[0] == rows


def test_programs_run_in_the_executor_once_an_episode(tmp_path):
    right = "```python\ndef solver(text):\n    return text.translate(str.maketrans('unhs', 'picn'))\n```"
    records = [
        {"episode": 4, "input": "unhsnh", "response": right},
        {"episode": 4, "input": "sjcy", "response": right},
        {"episode": 7, "input": "unhsnh", "response": "def nothing(): pass"},
    ]
    path = write(tmp_path / "programs.jsonl", *records)
    done = score(path, "task=cipher", "setting=solverlearner")
    assert re.search(r"interpreter executes +solverlearner +0\.333 \[", done.stdout)
    rows, _ = folder_of(path)
    assert [(row["episode"], row["query"], row["status"], row["correct"]) for row in rows] == [
        (4, 0, "ok", True), (4, 1, "ok", False), (7, 0, "no_program", False),
    ]  # fmt: skip
    records[1]["response"] = "```python\ndef solver(text): return text\n```"
    done = score(write(path, *records), "task=cipher", "setting=solverlearner")
    assert done.returncode == 1
    assert "1 of 3 lines are refused, the first is line 2: another program than line 1 of the same" in done.stderr


def test_agreement_with_stored_verdicts_is_told_with_the_lines_that_differ(tmp_path):
    other = {"base": 8, "input": ["7", "7"], "response": "", "verdict": False}
    records = [GOOD | {"verdict": True}, other, GOOD | {"base": 9, "verdict": False}, GOOD]
    path = write(tmp_path / "judged.jsonl", *records)
    done = score(path, "base=9")
    assert "Agreement with the stored verdicts: 1 of 2 rows (50.00 %)." in done.stdout
    assert "Right by our verdicts 1.0000, by the stored ones 0.5000." in done.stdout
    assert "Lines with another verdict: 3\n" in done.stdout
    assert "1 lines are of another task or variant and are left out: 1 with another base.\n" in done.stdout
    agreement = {"rows": 2, "ours": 2, "theirs": 1, "lines_that_differ": [3]}
    assert folder_of(path)[1]["summary"]["agreement"] == agreement


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        (json.dumps(GOOD) + ",", "a line ends without a comma"),
        ("[", "without an array around them"),
        (json.dumps(GOOD) + json.dumps(GOOD), "is no JSON: Extra data"),
        (json.dumps(GOOD).encode() + b"\xff", "is not UTF-8: byte 0xff at position"),
        ("\x00", "is no JSON"),
        ('{"input": ["1", "2"], "response": "a", "response": "b"}', 'has "response" twice'),
        ('{"input": ["1", "2"], "response": "", "episode": ' + "9" * 5000 + "}", "is no JSON: a number is too long"),
        ('{"input": ["1", "2"], "response": "", "episode": -1}', "must be a whole number from 0 to 2147483647, not -1"),
        ('{"input": ["1", "2"], "response": "", "episode": 2147483648}', "must be a whole number from 0"),
        ('{"input": ["1", "2"], "response": "", "episode": 1.5}', "must be a whole number from 0"),
        ('{"input": ["1", "2"], "response": "", "episode": true}', "must be a whole number from 0"),
        ('{"input": ["1", "2"], "response": "", "episode": NaN}', "must be a whole number from 0"),
        ("[1]", 'must be an object with "input" and "response"'),
        ('{"input": ["1", "2"]}', 'has no "response"'),
        ('{"response": ""}', 'has no "input"'),
        ('{"input": ["1", "2"], "response": 5}', '"response" must be text or null, not 5'),
        ('{"input": ["1", "2"], "response": "", "verdict": "yes"}', '"verdict" must be true or false, not "yes"'),
        (
            '{"input": ["1", "2"], "response": "", "episode": "1"}',
            '"episode" must be a whole number from 0 to 2147483647, not "1"',
        ),
        ('{"input": ["19", "2"], "response": ""}', "arith base-9 takes no such input"),
        ('{"input": ["1", "2", "3"], "response": ""}', "arith base-9 takes no such input"),
        ('{"input": "12", "response": ""}', "arith base-9 takes no such input"),
        ('{"input": {}, "response": ""}', "arith base-9 takes no such input"),
        ('{"input": [], "response": ""}', "arith base-9 takes no such input"),
        ('{"input": ["8", "1"], "response": "", "expected": "9"}', '"expected" is "9", but arith base-9 gives "10"'),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_a_bad_line_is_refused_by_number_and_reason_and_the_others_are_read(tmp_path, line, problem):
    path = tmp_path / "bad.jsonl"
    good = json.dumps(GOOD)
    path.write_bytes(b"\n".join([good.encode(), line if isinstance(line, bytes) else line.encode(), good.encode()]))
    stored = read_replies(path, Arith(9), {"base": 9})
    assert [each.number for each in stored.lines] == [1, 3]
    ((number, reason, _),) = stored.refused
    assert number == 2
    assert problem in reason
    assert "\n" not in reason
    path.write_bytes(line if isinstance(line, bytes) else line.encode())
    with pytest.raises(UsageError) as raised:
        read_replies(path, Arith(9), {"base": 9})
    assert str(raised.value).startswith(f"replies={path}: line 1: {reason}")
    assert "looked for one JSON object a line" in str(raised.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf@\n@", b"@\n\xef\xbb\xbf@\n", b"@\r\n@\r\n", b"\n@\n\n  \n\t\n@\n\n", b"  @  \n\t@",
        b"@\n@\n\xef\xbb\xbf", b"@\n@\x0b\n\x0c",
    ],
)  # fmt: skip
def test_marks_blanks_and_line_ends_do_not_matter(tmp_path, content):
    path = tmp_path / "mine.jsonl"
    path.write_bytes(content.replace(b"@", json.dumps(GOOD).encode()))
    stored = read_replies(path, Arith(9), {"base": 9})
    assert (len(stored.lines), stored.refused) == (2, ())
    path.write_bytes(content.decode().replace("\ufeff", "").replace("@", json.dumps(GOOD)).encode("utf-16"))
    assert len(read_replies(path, Arith(9), {"base": 9}).lines) == 2


EPISODES = (
    st.integers() | st.floats() | st.text(max_size=5) | st.none() | st.booleans() | st.lists(st.integers(), max_size=2)
    | st.sampled_from([-1, 0, 1, 2, 3, 2.0, 2**31 - 1, 2**31, 10**30, "1", True])
)  # fmt: skip


@given(st.lists(EPISODES, min_size=1, max_size=6))
def test_every_line_is_read_refused_or_left_out_whatever_its_fields_are(tmp_path_factory, episodes):
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    path.write_text("".join(json.dumps(GOOD | {"episode": each}) + "\n" for each in episodes) + json.dumps(GOOD))
    with suppress(UsageError):  # no line is left
        stored = read_replies(path, Arith(9), {"base": 9})
        _check_all(stored, 1 + len(episodes))


def _check_all(stored, count):
    numbers = [line.number for line in stored.lines] + [line.number for line in stored.refused]
    assert sorted(numbers) == [*range(1, count + 1)]
    places = [call.id for call, _ in stored_calls(stored, Arith(9), SETTINGS["zero_shot"])]
    assert len({*places}) == len(places) == len(stored.lines)


def test_every_line_has_its_row_or_its_reason_and_the_exit_code_says_so(tmp_path):
    path = tmp_path / "mine.jsonl"
    odd = [{"episode": -1}, {"episode": 5}, {"episode": 5}, {"episode": 7.0}, {"episode": None}, {"response": 3}]
    path.write_text("".join(json.dumps(GOOD | each) + "\n" for each in odd) + json.dumps(GOOD) + ",\n\xff")
    done = score(path, "task=arith", "base=9")
    assert done.returncode == 1
    rows, files = folder_of(path)
    assert [row["episode"] for row in rows] == [5, 5, 7]
    refused = files["summary"]["refused_lines"]
    assert [*refused] == ["1", "5", "6", "7", "8"]
    assert "5 lines are refused and not scored. Looked for: one JSON object a line" in done.stdout
    assert '\n  line 1: "episode" must be' in done.stdout
    assert done.stderr.count("\n") == 1
    assert "5 of 8 lines are refused, the first is line 1" in done.stderr
    assert 'line 5: has no "episode", and line 3 gives its number as one' in done.stdout


def test_a_row_that_could_not_be_read_back_is_never_written(tmp_path):
    file = RowFile(tmp_path / "rows.jsonl", keep=False)
    with pytest.raises(ValueError, match="no row that this version reads"):
        file.add([a_row(), a_row(episode=-1)])
    file.close()
    assert (tmp_path / "rows.jsonl").read_bytes() == b""


@pytest.mark.parametrize("stored", [[], [5], ["a", "b"], {"text": "a"}, None, [["bed", "up"]], "x" * 500])
def test_no_input_breaks_the_reading(tmp_path, stored):
    path = write(tmp_path / "odd.jsonl", {"input": stored, "response": ""})
    for task in (Spatial(), Cipher("morse")):
        with pytest.raises(UsageError, match=f"line 1: {task.name} {task.variant} takes no such input"):
            read_replies(path, task, {})


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["replies=nowhere"], "replies=nowhere: cannot be read: No such file or directory"),
        (["replies=torn.gz"], "replies=torn.gz: cannot be read: Compressed file ended"),
        (
            ["replies=good", "base=11", "task=spatial"],
            "base: no such option; it belongs to task=arith",
        ),
        (["replies=good", "task=syntax"], "replies=good: line 1: syntax sov takes no such input"),
        (["replies=other"], "replies=other: none of its 1 lines is of arith base-9"),
        (["replies=good", "setting=none"], "setting=none: must be one of zero_shot, io_mf, io, code_mf, solverlearner"),
        (["base=9"], "replies: must be given"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_what_a_user_does_wrong_is_one_line(tmp_path, words, line):
    write(tmp_path / "good", GOOD)
    write(tmp_path / "other", GOOD | {"base": 16})
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"x" * 1000)[:-10])
    done = solverlearner("score", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert line in done.stderr


# --- replies of GPT-3.5 and PaLM-2 with the verdicts of Wu et al. 2023


def verdicts(name, task, **options):
    """Lines, ours, and theirs."""
    stored = read_replies(CALIBRATION / name, task, options)
    ours = [task.equal(line.item.expected, task.read(line.reply.text)) for line in stored.lines]
    return [(line.number, our, line.verdict) for line, our in zip(stored.lines, ours, strict=True)]


@pytest.mark.skipif(not CALIBRATION.exists(), reason="the stored replies are not beside the checkout")
@pytest.mark.parametrize("model", ["gpt3.5", "palm2"])
@pytest.mark.parametrize("base", [8, 9, 10, 11, 16])
def test_our_reader_agrees_with_wu2023_in_every_row(model, base):
    rows = verdicts(f"wu2023-arith-{model}.jsonl.gz", Arith(base), base=base)
    assert len(rows) == 1000
    assert [number for number, ours, theirs in rows if ours != theirs] == []
