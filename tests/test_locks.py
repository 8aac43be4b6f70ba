"""Locks: a disk without them is told, and one that only pretends to have them too."""

import errno
import fcntl
import os

import pytest

from solverlearner.errors import UsageError
from solverlearner.evaluation.run_folder import open_folder


def refused(file, kind):
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def pretended(file, kind):
    pass


@pytest.mark.parametrize("flock", [refused, pretended])
def test_a_disk_without_locks_is_one_line(tmp_path, monkeypatch, flock):
    monkeypatch.setattr(fcntl, "flock", flock)
    told = r"run/\.lock: this disk has no file locks, .* mount it with locks"
    with pytest.raises(UsageError, match=told), open_folder(tmp_path, "run", {}, "d"):
        pass
    assert not [*tmp_path.iterdir()]
