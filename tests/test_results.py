import json
import subprocess
import sys
from pathlib import Path

import pytest
from calls import a_call

from solverlearner.errors import RunStopped, UsageError
from solverlearner.evaluation.identity import folder_name
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.models.base import ProviderError, Reply


def opened(tmp_path, derivation="d"):
    return open_folder(tmp_path, "run", {"base": 9}, derivation)


def test_replies_are_there_again_the_next_time(tmp_path):
    call, reply = a_call(), Reply("é\n", "truncated", 3, 4, 0.5, "m", "hm", 2, 1)
    with opened(tmp_path) as folder:
        folder.log.keep(call, None, 1, reply)
    with opened(tmp_path) as folder:
        assert folder.log.reply_to(call) == reply
        assert folder.log.answered == 1
        assert folder.log.reply_to(a_call(text="another prompt")) is None
        assert folder.log.reply_to(a_call(query=1)) is None


def test_a_failed_attempt_is_journalled_and_is_no_answer(tmp_path):
    call = a_call()
    with opened(tmp_path) as folder:
        folder.log.keep(call, None, 1, ProviderError("503: busy", status=503))
        folder.log.keep(call, None, 2, Reply("at last", prompt_tokens=7, completion_tokens=3, seconds=0.25))
        folder.log.keep(a_call(query=1), None, 1, ProviderError("gone"))
    with opened(tmp_path) as folder:
        assert folder.log.reply_to(call).text == "at last"
        assert folder.log.reply_to(a_call(query=1)) is None
        totals = folder.log.usage
        assert (totals.attempts, totals.failed, totals.prompt_tokens, totals.completion_tokens) == (3, 2, 7, 3)
        assert totals.errors == {"503": 1, "no response": 1}


def test_a_reply_is_on_disk_before_the_run_ends(tmp_path):
    with opened(tmp_path) as folder:
        folder.log.keep(a_call(), None, 1, Reply("text"))
        assert json.loads((tmp_path / "run/replies.jsonl").read_text())["text"] == "text"


def test_a_text_that_has_no_utf_8_comes_back_the_same(tmp_path):
    text = "lone \ud800 surrogate, \x00, \u2028, é"
    with opened(tmp_path) as folder:
        folder.log.keep(a_call(), None, 1, Reply(text))
    with opened(tmp_path) as folder:
        assert folder.log.reply_to(a_call()).text == text


@pytest.mark.parametrize("torn", [b'{"id": "b", "text": "to', b"{", b'{"id": "io/0/1/x", "state": "ok", "text": ""}'])
def test_a_torn_last_line_is_cut_and_the_rest_kept(tmp_path, torn):
    with opened(tmp_path) as folder:
        folder.log.keep(a_call(), None, 1, Reply("whole"))
    journal = tmp_path / "run/replies.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + torn)
    with opened(tmp_path) as folder:
        assert (folder.log.answered, folder.log.reply_to(a_call()).text) == (1, "whole")
        folder.log.keep(a_call(query=1), None, 1, Reply("next"))
    with opened(tmp_path) as folder:
        assert folder.log.reply_to(a_call(query=1)).text == "next"
    assert journal.read_bytes().startswith(whole)


@pytest.mark.parametrize("line", ['{"foreign": 1}', "[]", "nonsense", '{"id": 7, "state": "ok"}'])
def test_a_line_that_is_none_of_ours_stays_and_is_told_of(tmp_path, capsys, line):
    (tmp_path / "run").mkdir()
    journal = tmp_path / "run/replies.jsonl"
    journal.write_text(line + "\n")
    with opened(tmp_path) as folder:
        assert folder.log.answered == 0
    assert "1 damaged lines, the first is line 1" in capsys.readouterr().err
    assert journal.read_text() == line + "\n"


def test_a_second_writer_is_refused(tmp_path):
    with opened(tmp_path), pytest.raises(UsageError, match="another process is writing this run"), opened(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_names_the_option(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"^results=.*: cannot write"), open_folder(tmp_path / "file", "run", {}, ""):
        pass


def test_a_disk_that_fails_later_stops_the_run_and_says_how_to_go_on(tmp_path):
    with pytest.raises(RunStopped, match="the same command goes on from there"), opened(tmp_path):
        raise OSError(28, "No space left on device")


def test_the_name_follows_from_the_configuration_alone():
    assert folder_name({"a": 1, "b": [2]}, "x") == folder_name({"b": [2], "a": 1}, "x")
    assert folder_name({"a": 1}, "x") != folder_name({"a": 2}, "x")


FILL = """
import resource, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from calls import a_call
from solverlearner.errors import RunStopped
from solverlearner.models.base import Reply
from solverlearner.evaluation.run_folder import open_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with open_folder(Path(sys.argv[1]), "run", {}, "") as folder:
        for number in range(100):
            folder.log.keep(a_call(query=number), None, 1, Reply("text " * number))
except RunStopped as stopped:
    print(stopped)
"""


def test_a_file_that_cannot_grow_keeps_whole_lines_only(tmp_path):
    words = [sys.executable, "-c", FILL, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "File too large; the same command goes on from there" in done.stdout
    lines = (tmp_path / "run/replies.jsonl").read_text().splitlines(keepends=True)
    assert 0 < len(lines) < 100
    assert [json.loads(line)["text"] for line in lines] == ["text " * number for number in range(len(lines))]
    with open_folder(tmp_path, "run", {}, "") as folder:
        assert folder.log.answered == len(lines)
