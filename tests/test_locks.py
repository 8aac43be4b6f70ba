"""Disks without locks, and those that only pretend to have them."""

import errno
import fcntl
import os
import time

import pytest

from solverlearner.errors import UsageError
from solverlearner.evaluation import run_owner
from solverlearner.evaluation.run_folder import open_folder
from solverlearner.evaluation.run_owner import RunInUse
from solverlearner.inference.shared_limit import SharedLimit


def refused(file, kind):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def pretended(file, kind):
    pass


@pytest.mark.parametrize("flock", [refused, pretended])
def test_on_a_disk_without_locks_one_process_writes_a_run_all_the_same(tmp_path, monkeypatch, flock):
    monkeypatch.setattr(fcntl, "flock", flock)
    for name, seconds in (("BEAT_S", 0.05), ("SILENT_S", 0.3)):
        monkeypatch.setattr(run_owner, name, seconds)
    with open_folder(tmp_path, "run", {}, "d"):
        with pytest.raises(RunInUse), open_folder(tmp_path, "run", {}, "d"):
            pass
        left = (tmp_path / "run/.owner").read_bytes()
    (tmp_path / "run/.owner").write_bytes(left)  # of a process that was killed
    began = time.monotonic()
    with open_folder(tmp_path, "run", {}, "d"):
        assert time.monotonic() - began > 0.3


@pytest.mark.parametrize("flock", [refused, pretended])
def test_a_shared_limit_needs_locks(tmp_path, monkeypatch, flock):
    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(UsageError, match=r"limit: this disk has no file locks; mount it with locks, or name a file on"):
        SharedLimit(tmp_path / "limit", 60, None)
