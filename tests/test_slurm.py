"""Slurm: what a sweep does when its jobs are put back, cancelled or lost. The last test needs a real cluster."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from solverlearner.cli.sweep import slurm_jobs
from solverlearner.cli.sweep.scheduler import Scheduler
from solverlearner.cli.sweep.slurm_jobs import SlurmQueue

CLUSTER = Path(__file__).with_name("cluster")
QUICK = ("undisturbed", "requeued", "cancelled", "controller", "node", "driver")


@pytest.fixture
def squeue(monkeypatch):
    """A queue whose controller says what the test says, at a time that the test says."""

    class Told:
        output, error, now = "", "", 1000.0

        def run(self, command, **options):
            return subprocess.CompletedProcess(command, 1 if self.error else 0, self.output, self.error)

    told = Told()
    monkeypatch.setattr(slurm_jobs.subprocess, "run", told.run)
    monkeypatch.setattr(slurm_jobs.time, "monotonic", lambda: told.now)
    told.queue = SlurmQueue()
    for task in ("7_0", "7_1"):
        told.queue.register_job(task)
    return told


@pytest.mark.parametrize(
    ("first", "then", "done"),
    [
        ("CANCELLED", "CANCELLED", True),
        ("NODE_FAIL", "PENDING", False),  # put back: the state of its end is no end
        ("RUNNING", "REQUEUE_HOLD", False),  # a state that submitit takes for an end
        ("RUNNING", None, True),  # no longer listed
    ],
)
def test_a_job_has_ended_once_slurm_keeps_to_it(squeue, first, then, done):
    for state in (first, then, then):
        squeue.output = "7_1|RUNNING\n" + (f"7_0|{state}\n" if state else "")
        assert not squeue.queue.is_done("7_1", "force")
        ended = squeue.queue.is_done("7_0", "force")
        squeue.now += 10
    assert ended == done


@pytest.mark.parametrize(("error", "done"), [("Invalid job id specified", True), ("Unable to contact", False)])
def test_jobs_that_slurm_forgot_have_ended_and_a_silent_controller_says_nothing(squeue, error, done):
    squeue.error = f"slurm_load_jobs error: {error}"
    for _ in range(2):
        ended = squeue.queue.is_done("7_0", "force")
        squeue.now += 10
    assert ended == done


def test_a_lost_job_is_one_failed_run(squeue):
    class Job:
        job_id, watcher = "7_0", squeue.queue

        class paths:  # noqa: N801
            stderr = "7_0.err"

        def wait(self):
            pass

        def _get_outcome_and_result(self):
            raise RuntimeError("no output")

    (returned,) = slurm_jobs.lost_is_one_failed_run(Job())
    assert str(returned._return_value).startswith("Slurm: its job 7_0 ended without a result (pending); the same")


@pytest.fixture
def prepared(monkeypatch):
    """A process as submitit prepares it: SIGUSR2 has a handler that puts the job back and ends the process."""
    monkeypatch.setenv("SUBMITIT_EXECUTOR", "slurm")

    def put_back(number, frame):
        raise SystemExit(255)

    before = signal.signal(signal.SIGUSR2, put_back), signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGUSR2, before[0])
    signal.signal(signal.SIGTERM, before[1])


def signalled(number):
    os.kill(os.getpid(), number)
    threading.Event().wait(5)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGUSR2, 255), (signal.SIGTERM, 143)])
@pytest.mark.usefixtures("prepared")
def test_a_signal_of_the_scheduler_ends_the_job_without_a_result(number, code):
    with Scheduler() as scheduler, pytest.raises(KeyboardInterrupt):
        signalled(number)
    assert scheduler.listened_to
    with pytest.raises(SystemExit) as ended:
        scheduler.hand_on()
    assert ended.value.code == code
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN


def test_without_such_a_launcher_signals_are_as_they_were(monkeypatch):
    monkeypatch.delenv("SUBMITIT_EXECUTOR", raising=False)
    before = signal.getsignal(signal.SIGTERM)
    with Scheduler() as scheduler:
        assert signal.getsignal(signal.SIGTERM) == before
    assert not scheduler.listened_to


@pytest.mark.skipif(
    not os.environ.get("SOLVERLEARNER_CLUSTER"), reason="SOLVERLEARNER_CLUSTER=1 starts a Slurm cluster"
)
def test_a_disturbed_cluster_loses_nothing_and_pays_nothing_twice():
    pytest.importorskip("submitit", reason="pip install 'solverlearner[slurm]'")
    command = [CLUSTER / "slurm.sh", sys.executable, CLUSTER / "faults.py", "slurm", *QUICK]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
    print(done.stdout)
    if done.returncode == 77:
        pytest.skip(done.stdout.strip())
    assert (done.returncode, done.stdout.count("\nok ") + done.stdout.startswith("ok ")) == (0, len(QUICK))
