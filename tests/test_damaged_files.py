"""Damaged files: flipped bits, cut pieces and doubled lines cost what stood in those lines, and nothing ends."""

import contextlib
import random
import shutil
from collections import Counter

import pytest
from calls import a_call, a_request
from kept import row, unanswered, write_run

from solverlearner.analysis.kept_runs import kept_runs
from solverlearner.analysis.query_frame import query_frame
from solverlearner.analysis.results import load_collection
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.summary import summarise
from solverlearner.errors import UsageError
from solverlearner.evaluation.cost import so_far
from solverlearner.evaluation.row_file import RowFile, read_rows
from solverlearner.evaluation.row_lines import RowLines, key_of
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.inference.reply_cache import ReplyCache, kept_where, opened_cache
from solverlearner.models.base import ProviderError, Reply

MOST_LOST = {"flip": 2, "piece": 2, "end": 6, "double": 0}
"""Replies that each kind of damage may cost: a flipped line end joins two lines."""


def damaged(content, rng, kind=None):
    """The bytes with a flipped bit, a piece cut out, the end cut off, or a line doubled."""
    place, kind = rng.randrange(len(content)), kind or rng.choice([*MOST_LOST])
    if kind == "flip":
        return content[:place] + bytes([content[place] ^ 1 << rng.randrange(8)]) + content[place + 1 :]
    if kind == "piece":
        return content[:place] + content[place + rng.randrange(1, 200) :]
    if kind == "end":
        return content[:place]
    lines = content.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"".join(lines)


def journal_of(results, folder="run"):
    tokens = {"prompt_tokens": 30, "completion_tokens": 8, "reported_model": "m-1", "seconds": 0.25}
    with open_folder(results, folder, {}, "d") as opened:
        opened.log.begin()
        for query in range(6):
            opened.log.keep(a_call(query=query), a_request(str(query)), 1, Reply(f"ä{query}\ud800", **tokens))
        opened.log.keep(a_call(query=6), a_request("6"), 1, ProviderError("busy", status=503))
    return results / folder / "replies.jsonl"


@pytest.fixture
def quiet(capsys):
    yield
    capsys.readouterr()


@pytest.mark.usefixtures("quiet")
def test_no_damage_to_a_journal_ends_its_run_or_another(tmp_path):
    journal, rng = journal_of(tmp_path), random.Random(0)
    whole = journal.read_bytes()
    for _ in range(3_000):
        kind = rng.choice([*MOST_LOST])
        journal.write_bytes(damaged(whole, rng, kind))
        (tmp_path / ".replies.sqlite").unlink(missing_ok=True)
        with opened_cache(tmp_path, wanted=True) as cache:
            for query in range(6):
                cache.find(a_request(str(query)))
        assert so_far(journal.parent).usage.attempts <= 8
        with open_folder(tmp_path, "run", {}, "d") as folder:
            found = [folder.log.reply_to(a_call(query=query)) for query in range(6)]
            folder.log.usage.record(None)
            folder.log.keep(a_call(query=7), a_request("7"), 1, Reply("after"))
        lost = sum(reply is None for reply in found)
        assert lost <= MOST_LOST[kind], (kind, lost)
        with open_folder(tmp_path, "run", {}, "d") as folder:
            assert folder.log.reply_to(a_call(query=7)).text == "after"


def test_a_damaged_line_costs_its_own_reply_and_a_line_says_so(tmp_path, capsys):
    journal = journal_of(tmp_path)
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2][:20] + b"\xff" + lines[2][21:]
    journal.write_bytes(b"".join(lines))
    with open_folder(tmp_path, "run", {}, "d") as folder:
        assert [query for query in range(6) if folder.log.reply_to(a_call(query=query)) is None] == [1]
    told = capsys.readouterr().err
    assert "replies.jsonl: 1 damaged lines, the first is line 3; their calls are made again" in told


def test_a_doubled_line_is_paid_once(tmp_path):
    journal = journal_of(tmp_path)
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines, lines[2]]))
    with open_folder(tmp_path, "run", {}, "d") as folder:
        assert (folder.log.usage.attempts, folder.log.usage.prompt_tokens) == (7, 180)


def test_a_damaged_journal_costs_another_run_that_line_of_the_cache_alone(tmp_path, caplog):
    journal = journal_of(tmp_path)
    journal.write_bytes(journal.read_bytes().replace(b'"attempt": 1', b'"attempt": x', 1))
    with contextlib.closing(ReplyCache(tmp_path)) as cache:
        assert [query for query in range(6) if cache.find(a_request(str(query))) is None] == [0]
    assert "1 damaged lines in journals are left out of the reply cache, the first in run at byte" in caplog.text
    caplog.clear()
    ReplyCache(tmp_path).close()
    assert not caplog.text  # each damaged line is told once


def test_no_damage_to_the_index_ends_a_run(tmp_path, caplog):
    journal_of(tmp_path)
    index, rng = tmp_path / ".replies.sqlite", random.Random(1)
    ReplyCache(tmp_path).close()
    whole = index.read_bytes()
    for _ in range(1_000):
        index.write_bytes(damaged(whole, rng))
        with opened_cache(tmp_path, wanted=True) as cache:
            for query in range(6):
                found = cache and cache.find(a_request(str(query)))
                assert found is None or found[0].text.startswith(f"ä{query}")


def test_show_why_in_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    journal_of(tmp_path)
    (tmp_path / ".replies.sqlite").unlink(missing_ok=True)
    (tmp_path / ".replies.sqlite").mkdir()  # root may write anywhere, so a read-only folder would not do
    told = kept_where(tmp_path, a_request("0"), a_call())
    assert told.startswith("not known: ")
    assert "cannot be brought up to date" in told


def rows_of(results):
    rows = [row(setting, episode, query) for setting in ("io", "zero_shot") for episode in range(3) for query in (0, 1)]
    return write_run(results / "run", [*rows, unanswered("io", 3)])


@pytest.mark.usefixtures("quiet")
def test_no_damage_to_rows_ends_a_reader_or_the_run(tmp_path):
    rows, rng = rows_of(tmp_path) / "rows.jsonl", random.Random(2)
    whole = rows.read_bytes()
    for number in range(3_000):
        rows.write_bytes(damaged(whole, rng))
        for run in kept_runs([str(tmp_path)], lambda line: None):
            with run.rows(lambda line: None) as kept:
                summarise(kept.read(*kept.settings))
        if number % 100 == 0:
            every_table(tmp_path)
        again = RowFile(rows, keep=True)
        if number % 10 == 0:  # which brings them to the disk
            again.sort()
        again.close()
        summarise(read_rows(rows.parent))


ROW = ["setting", "episode", "query", "sample", "score"]


def read_by(run, folder):
    """The rows of a run as each reader has them, and what each says of the lines that it leaves out."""
    found, said = {}, {}
    with contextlib.suppress(UsageError):
        (tabled,) = read_runs([str(folder)], said.setdefault("tables", []).append)
        found["tables"] = [tuple(each) for each in tabled.rows[ROW].fillna(-1).values.tolist()]
        page = tabled.lines(tabled.sizes)
        found["report"] = [(*key_of(line), -1 if line.score is None else line.score) for line in page]
    with run.rows(said.setdefault("export", []).append) as kept:
        found["export"] = [tuple(-1 if row[name] is None else row[name] for name in ROW) for row in kept.read()]
    frame = query_frame([run], True, said.setdefault("rows", []).append)
    found["rows"] = [tuple(each) for each in frame[ROW].fillna(-1).values.tolist()]
    found["summary"] = [tuple(-1 if row[name] is None else row[name] for name in ROW) for row in read_rows(folder)]
    return found, said


def test_all_readers_take_the_same_lines_for_rows_and_count_the_others_alike(tmp_path):
    folder, rng = rows_of(tmp_path), random.Random(4)
    (run,) = kept_runs([str(tmp_path)], lambda line: None)
    file = folder / "rows.jsonl"
    whole = file.read_bytes()
    left_out = Counter()
    for number in range(100):
        content = whole
        for _ in range(1 + number % 3):
            content = damaged(content, rng)
        file.write_bytes(content)
        found, said = read_by(run, folder)
        rows = found["export"]
        assert all(each == rows for each in found.values()), number
        assert len(found) == 5 or not rows, number
        notes = [line for line in said["export"] if str(file) in line]
        assert said["rows"] == notes == [line for line in said["tables"] if "no rows yet" not in line], number
        with file.open("rb") as lines:
            judged = RowLines(lines).read()
        assert sorted(each[:4] for each in rows) == sorted(judged.counting), number
        lost = {kind: n for kind, (n, _) in judged.left_out.items()}
        assert len(content.splitlines()) - len(rows) - sum(lost.values()) in (0, 1), number  # the unanswered one again
        left_out.update(lost)
    assert {"damaged", "torn", "doubled"} <= {*left_out}


def test_each_kind_of_line_that_is_left_out_is_told_with_its_number(tmp_path):
    again = [unanswered("io", 0), unanswered("io", 9), row("io", 9), unanswered("io", 9)]
    folder = write_run(tmp_path / "run", [row("io", 0), row("io", 1, seed=5), *again])
    with (folder / "rows.jsonl").open("a") as file:
        file.write('{"setting": "io"}\n\n{"setting": "zero')
    (run,) = kept_runs([str(tmp_path)], lambda line: None)
    found, said = read_by(run, folder)
    assert all([each[1:] for each in rows] == [(0, 0, 0, 1), (9, 0, 0, 1)] for rows in found.values())
    file = folder / "rows.jsonl"
    assert sorted(said["export"]) == sorted(said["tables"]) == [
        f"{file}: 1 rows of another task, variant, model or seed, the first is line 2, skipped",
        f"{file}: 2 answered rows stand in it more than once, the first again at line 3; the last of each counts",
        f"{file}: 2 lines are damaged or of another version, the first is line 7, skipped; "
        "the same `run` command derives them anew",
        f"{file}: its last line is torn, skipped",
    ]  # fmt: skip


def every_table(results):
    with contextlib.suppress(UsageError):
        collection = load_collection([str(results)], lambda line: None)
        for kind in ("square", "failures", "cost", "runs", "recitation"):
            collection.table(kind)
        collection.to_pandas(texts=True)


@pytest.mark.usefixtures("quiet")
def test_no_damage_to_what_a_run_was_ends_a_reader(tmp_path):
    folder, rng = rows_of(tmp_path), random.Random(3)
    for name in ("config.json", "manifest.json"):
        whole = (folder / name).read_bytes()
        for _ in range(1_500):
            (folder / name).write_bytes(damaged(whole, rng))
            every_table(tmp_path) if rng.random() < 0.02 else None
            with contextlib.suppress(UsageError):
                read_runs([str(tmp_path)], lambda line: None)
                kept_runs([str(tmp_path)], lambda line: None)
        (folder / name).write_bytes(whole)


def test_one_damaged_row_costs_that_row_alone_whatever_it_names(tmp_path):
    folder = rows_of(tmp_path)
    rows = folder / "rows.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b'"task": "arith"', b'"task": "brith"', 1))
    said: list[str] = []
    (run,) = read_runs([str(tmp_path)], said.append)
    assert (run.task, len(run.rows), len(said)) == ("arith", 12, 1)


def test_rows_after_a_damaged_one_are_derived_again_and_a_line_says_so(tmp_path, capsys):
    rows = rows_of(tmp_path) / "rows.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b'"correct": true', b'"correct": trte', 1))
    again = RowFile(rows, keep=True)
    again.close()
    assert again.scored == set()
    assert "rows.jsonl: line 1 is damaged; it and the rows after it are derived again" in capsys.readouterr().err
    shutil.rmtree(tmp_path)
