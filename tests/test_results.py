import json
import os
import subprocess
import sys

import pytest

from solverlearner.errors import RunStopped, UsageError
from solverlearner.model import Reply
from solverlearner.results import folder_name, open_folder


def test_replies_are_there_again_the_next_time(tmp_path):
    with open_folder(tmp_path, "run", {"base": 9}) as folder:
        folder.keep_reply("io/0/0/x", Reply("é\n", "truncated", 3, 4, 0.5, "m"))
    with open_folder(tmp_path, "run", {"base": 9}) as folder:
        assert folder.replies == {"io/0/0/x": Reply("é\n", "truncated", 3, 4, 0.5, "m")}


def test_a_reply_is_on_disk_before_the_run_ends(tmp_path):
    with open_folder(tmp_path, "run", {}) as folder:
        folder.keep_reply("a", Reply("text"))
        assert json.loads((tmp_path / "run/replies.jsonl").read_text())["text"] == "text"


def test_a_torn_last_line_is_cut_and_the_rest_kept(tmp_path):
    with open_folder(tmp_path, "run", {}) as folder:
        folder.keep_reply("a", Reply("whole"))
    journal = tmp_path / "run/replies.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"id": "b", "text": "to')
    with open_folder(tmp_path, "run", {}) as folder:
        assert set(folder.replies) == {"a"}
    assert journal.read_bytes() == whole


def test_a_line_that_is_no_reply_is_refused_and_nothing_is_lost(tmp_path):
    (tmp_path / "run").mkdir()
    journal = tmp_path / "run/replies.jsonl"
    journal.write_text('{"foreign": 1}\n')
    with pytest.raises(UsageError, match="no reply after 0 good ones"), open_folder(tmp_path, "run", {}):
        pass
    assert journal.read_text() == '{"foreign": 1}\n'


def test_a_second_writer_is_refused(tmp_path):
    with (
        open_folder(tmp_path, "run", {}),
        pytest.raises(UsageError, match="another process is writing this run"),
        open_folder(tmp_path, "run", {}),
    ):
        pass


def test_a_folder_that_cannot_be_made_names_the_option(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"^results=.*: cannot write"), open_folder(tmp_path / "file", "run", {}):
        pass


def test_a_disk_that_fails_later_stops_the_run_and_says_how_to_go_on(tmp_path):
    with pytest.raises(RunStopped, match="No space left"), open_folder(tmp_path, "run", {}):
        raise OSError(28, os.strerror(28))


def test_the_name_follows_from_the_configuration_alone():
    assert folder_name({"a": 1, "b": [2]}, "x") == folder_name({"b": [2], "a": 1}, "x")
    assert folder_name({"a": 1}, "x") != folder_name({"a": 2}, "x")


FILL = """
import resource, sys
from pathlib import Path
from solverlearner.errors import RunStopped
from solverlearner.model import Reply
from solverlearner.results import open_folder
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with open_folder(Path(sys.argv[1]), "run", {}) as folder:
        for number in range(100):
            folder.keep_reply(str(number), Reply("text " * number))
except RunStopped as stopped:
    print(stopped)
"""


def test_a_file_that_cannot_grow_keeps_whole_lines_only(tmp_path):
    done = subprocess.run([sys.executable, "-c", FILL, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "File too large; the same command goes on from there" in done.stdout
    lines = (tmp_path / "run/replies.jsonl").read_text().splitlines(keepends=True)
    assert 0 < len(lines) < 100
    assert [json.loads(line)["id"] for line in lines] == [str(number) for number in range(len(lines))]
    with open_folder(tmp_path, "run", {}) as folder:
        assert len(folder.replies) == len(lines)
