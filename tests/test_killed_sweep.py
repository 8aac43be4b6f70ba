"""A sweep that is ended by a signal makes no further calls, with every launcher."""

import os
import signal
import subprocess
import sys
import time

import pytest
from endpoint import serve
from test_sweep import JOBLIB

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JOBLIB_WORDS = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
LAUNCHERS = [(), pytest.param(JOBLIB_WORDS, marks=pytest.mark.skipif(not JOBLIB, reason="pip install '.[joblib]'"))]


def slow(prompt):
    time.sleep(0.1)
    return r"\boxed{12}"


def started(folder, endpoint, *words, before=()):
    words = ["model=compatible", "name=m", f"base_url={endpoint.url}", "settings=[io]", "episodes=30", *words]
    command = [*before, sys.executable, "-m", "solverlearner", "run", "-m", "base=8,9,10", "concurrency=2", *words]
    env = os.environ | {"PYTHONPATH": ROOT}
    return subprocess.Popen(command, cwd=folder, env=env, stdout=-1, stderr=-1, text=True)


def when_asked(endpoint, calls):
    deadline = time.monotonic() + 90
    while len(endpoint.bodies) < calls and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(endpoint.bodies) >= calls


@pytest.mark.parametrize("launcher", LAUNCHERS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_sweep_as_ctrl_c_does(tmp_path, launcher, number):
    with serve(slow) as endpoint:
        running = started(tmp_path, endpoint, *launcher)
        when_asked(endpoint, 15)
        running.send_signal(number)
        _, err = running.communicate(timeout=60)
        after = len(endpoint.bodies)
        time.sleep(2)
        assert len(endpoint.bodies) == after < 120
    assert running.returncode == 130
    assert "3 of 3 runs are not finished; the same command goes on from there" in err


@pytest.mark.skipif(not JOBLIB, reason="the launcher is an extra: pip install 'solverlearner[joblib]'")
def test_workers_of_a_killed_sweep_make_no_further_calls(tmp_path):
    with serve(slow) as endpoint:
        running = started(tmp_path, endpoint, *JOBLIB_WORDS)
        when_asked(endpoint, 15)
        running.kill()
        running.wait()
        at_kill = len(endpoint.bodies)
        time.sleep(3)
        soon = len(endpoint.bodies)
        time.sleep(5)
        running.stdout.close()
        running.stderr.close()
        assert len(endpoint.bodies) == soon <= at_kill + 40, (at_kill, soon)
        print(f"calls after the kill: {soon - at_kill}")


def test_nohup_keeps_a_sweep_going(tmp_path):
    with serve(slow) as endpoint:
        running = started(tmp_path, endpoint, "episodes=1", before=["nohup"])
        when_asked(endpoint, 5)
        running.send_signal(signal.SIGHUP)
        running.communicate(timeout=90)
    assert (running.returncode, len(endpoint.bodies)) == (0, 30)
