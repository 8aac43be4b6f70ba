"""Standard output that cannot take what a command prints."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux alone has /dev/full")
@pytest.mark.parametrize("words", [["list", "tasks"], ["--help"], ["run", "--help"], ["show", "task=arith"]])
def test_a_full_output_is_one_line(words, tmp_path):
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "solverlearner", *words]
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=env)
    told = (
        "solverlearner: standard output: cannot be written: No space left on device; name another file, or make room\n"
    )
    assert (done.returncode, done.stderr) == (1, told)
