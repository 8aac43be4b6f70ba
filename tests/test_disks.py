"""A disk that keeps locks to each machine: two mounts of one folder. Needs root, FUSE and its package."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLUSTER = Path(__file__).with_name("cluster")
QUICK = ("killed", "limit")


@pytest.mark.skipif(not os.environ.get("SOLVERLEARNER_CLUSTER"), reason="SOLVERLEARNER_CLUSTER=1 mounts a folder twice")
def test_two_machines_do_not_write_one_run():
    command = [CLUSTER / "disks.sh", sys.executable, CLUSTER / "disks.py", *QUICK]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    print(done.stdout)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    assert (done.returncode, done.stdout.count("ok ")) == (0, len(QUICK))
