"""The owner of a run: one process writes it, also where the disk keeps locks to each machine."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from calls import a_call

from solverlearner.errors import RunStopped
from solverlearner.evaluation import run_owner
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.evaluation.run_owner import RunInUse, RunOwner, owned
from solverlearner.inference.journal import Journal
from solverlearner.models.base import Reply

BEAT_S, SILENT_S = 0.05, 0.3
machine = threading.local()


@pytest.fixture(autouse=True)
def locks_of_each_machine(monkeypatch):
    """Each thread of the test is a machine of its own, and a lock keeps nobody of another machine away."""
    monkeypatch.setattr(run_owner, "lock", lambda file: None)
    monkeypatch.setattr(run_owner, "place_of_locks", lambda file: getattr(machine, "name", "here"))
    for name, seconds in (("BEAT_S", BEAT_S), ("SILENT_S", SILENT_S), ("_LOOK_S", 0.01)):
        monkeypatch.setattr(run_owner, name, seconds)


def on(name, what, *args):
    """Do something on a machine of this name."""

    def there():
        machine.name = name
        return what(*args)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(there).result()


def opened(results):
    with open_folder(results, "run", {}, "d") as folder:
        return folder.log.answered


def killed(folder):
    """A process that was killed as it wrote a run: it has made its file and beats no more."""
    folder.mkdir(parents=True, exist_ok=True)
    return on("there", RunOwner, folder, "there")


def test_a_run_of_another_machine_is_in_use_until_it_ends(tmp_path):
    with open_folder(tmp_path, "run", {}, "d") as folder:
        folder.log.keep(a_call(), None, 1, Reply("84"))
        with pytest.raises(RunInUse, match=r"run: another process is writing this run; .* \(process \d+ on \S+\)$"):
            on("there", opened, tmp_path)
        folder.write("summary.json", {})
    assert on("there", opened, tmp_path) == 1
    assert not [*tmp_path.rglob(".owner*")]


def test_a_run_of_a_machine_that_is_gone_is_taken_over_once_it_is_silent(tmp_path, capsys):
    killed(tmp_path / "run")
    began = time.monotonic()
    assert opened(tmp_path) == 0
    assert time.monotonic() - began >= SILENT_S
    assert "was writing this run and is silent; going on without it in" in capsys.readouterr().err
    assert not [*tmp_path.rglob(".owner*")]


def test_a_process_of_this_machine_that_was_killed_is_not_waited_for(tmp_path, monkeypatch):
    killed(tmp_path / "run")
    monkeypatch.setattr(run_owner, "SILENT_S", 600)
    began = time.monotonic()
    assert on("there", opened, tmp_path) == 0
    assert time.monotonic() - began < 600


def test_a_process_that_was_silent_for_too_long_writes_no_more(tmp_path):
    silent = killed(tmp_path / "run")
    journal = Journal(tmp_path / "run/replies.jsonl", silent.check)
    journal.begin()
    before = journal.path.read_bytes()
    with owned(tmp_path / "run"):
        with silent.beating():
            for _ in range(2):  # as it wakes up, and later
                with pytest.raises(RunStopped, match=r"process \d+ on \S+ has taken this run over, as this process"):
                    journal.begin()
                time.sleep(3 * BEAT_S)
        assert journal.path.read_bytes() == before
        with pytest.raises(RunInUse):
            on("third", opened, tmp_path)


def test_of_all_who_wait_for_one_that_is_gone_one_goes_on(tmp_path):
    def tried(number):
        machine.name = f"machine {number}"
        try:
            with owned(tmp_path / "run") as owner:
                over.wait(5)
                owner.check()
                return 1
        except RunInUse:
            return 0
        finally:
            if sum(each.done() for each in running) >= 6:
                over.set()

    killed(tmp_path / "run")
    over, running = threading.Event(), []
    with ThreadPoolExecutor(8) as threads:
        running += [threads.submit(tried, number) for number in range(8)]
        assert sum(each.result() for each in running) == 1
    assert not [*tmp_path.rglob(".owner*")]


def test_one_that_was_faster_keeps_the_run(tmp_path, monkeypatch):
    killed(tmp_path / "run")

    def slept(self, there):
        (tmp_path / "run/.owner").write_text(json.dumps({"name": "faster", "process": 7, "host": "n2"}))
        return there

    monkeypatch.setattr(RunOwner, "_when_silent", slept)
    with pytest.raises(RunInUse, match=r"\(process 7 on n2\)"):
        opened(tmp_path)
    assert json.loads((tmp_path / "run/.owner").read_text())["name"] == "faster"
    assert [file.name for file in tmp_path.rglob(".owner*")] == [".owner"]


def test_a_file_that_somebody_removed_is_made_again(tmp_path):
    with owned(tmp_path) as owner:
        (tmp_path / ".owner").unlink()
        time.sleep(4 * BEAT_S)
        assert json.loads((tmp_path / ".owner").read_text())["place"] == "here"
        owner.check()


def test_a_refused_run_leaves_a_folder_that_another_process_has_just_made(tmp_path, monkeypatch):
    def held(file):
        raise BlockingIOError

    monkeypatch.setattr(run_owner, "lock", held)
    with pytest.raises(RunInUse):
        opened(tmp_path)
    assert (tmp_path / "run").is_dir()
