"""Slurm jobs: what submitit has to know of Slurm for a sweep, on clusters without accounting too.

Submitit asks `sacct`, which a cluster without accounting does not answer, and then waits for a cancelled job for ever.
It also gives up all jobs at the first that fails. Here `squeue` is asked, and a job that was lost is one failed run.
"""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hydra.core.utils import JobReturn, JobStatus

from solverlearner.errors import RunStopped

_ENDED = frozenset("BOOT_FAIL CANCELLED COMPLETED DEADLINE FAILED NODE_FAIL OUT_OF_MEMORY PREEMPTED TIMEOUT".split())
_SETTLED_S = 6.0  # a job that is put back into the queue may show the state of its end before
_SOONEST_S, _LATEST_S = 2.0, 30.0
_ASKING_S = 60.0
_GONE = "gone"


@dataclass
class SlurmQueue:
    """The states of jobs as `squeue` tells them, in the place of submitit's watcher.

    A job that ended is listed for some minutes (Slurm's MinJobAge) and then gone. While the controller does not answer,
    the last known states hold.
    """

    _states: dict[str, str] = field(default_factory=dict)
    _ended: dict[str, float] = field(default_factory=dict)
    _asked: float = float("-inf")
    _changed: float = field(default_factory=time.monotonic)

    def register_job(self, job_id: str) -> None:
        """A further job is to be watched."""
        self._states.setdefault(job_id, "PENDING")
        self._changed = time.monotonic()

    def get_state(self, job_id: str, mode: str = "standard") -> str:
        """The state of a job, asked for anew where the last answer is old; "gone" where Slurm knows it no more."""
        now = time.monotonic()
        pause = min(_LATEST_S, max(_SOONEST_S, (now - self._changed) / 4))
        if mode == "force" or (mode == "standard" and now - self._asked > pause):
            self._ask()
        return self._states.get(job_id, "UNKNOWN")

    def is_done(self, job_id: str, mode: str = "standard") -> bool:
        """Whether a job has ended for good, and not just to be put back into the queue."""
        self.get_state(job_id, mode)
        return time.monotonic() - self._ended.get(job_id, float("inf")) > _SETTLED_S

    def waiting(self) -> list[str]:
        """The jobs that have not ended, as far as is known."""
        return [job for job in self._states if job not in self._ended]

    def _ask(self) -> None:
        jobs = sorted({job.partition("_")[0] for job in self.waiting()} | {job.partition("_")[0] for job in self._late})
        found = _listed(jobs) if jobs else {}
        self._asked = time.monotonic()
        if found is None:
            return
        asked = {*jobs}
        for job in [job for job in self._states if job.partition("_")[0] in asked]:
            state = found.get(job, _GONE)
            if state != self._states[job]:
                self._states[job], self._changed = state, self._asked
            if state not in _ENDED and state != _GONE:
                self._ended.pop(job, None)
            else:
                self._ended.setdefault(job, self._asked)

    @property
    def _late(self) -> list[str]:
        """Jobs that have ended so lately that they may still be put back."""
        return [job for job, at in self._ended.items() if time.monotonic() - at <= _SETTLED_S]


def _listed(jobs: Sequence[str]) -> dict[str, str] | None:
    """The states of these jobs and of the tasks of these arrays; None where the controller does not answer."""
    command = ["squeue", "--noheader", "--array", "--states=all", "--format=%i|%T", f"--jobs={','.join(jobs)}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_ASKING_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return {} if "Invalid job id" in done.stderr else None
    return dict(line.strip().split("|", 1) for line in done.stdout.splitlines() if "|" in line)


@contextmanager
def watched() -> Iterator[None]:
    """While submitit waits for its Slurm jobs: they are watched by `squeue`, and one that is lost is a failed run.

    Where the sweep is stopped meanwhile, jobs that have not begun are taken out of Slurm's queue.
    """
    from submitit.slurm.slurm import SlurmJob

    job: Any = SlurmJob
    before = job.watcher, job.results
    job.watcher, job.results = queue, _ = SlurmQueue(), lost_is_one_failed_run
    try:
        yield
    except BaseException:
        _cancel_waiting(queue)
        raise
    finally:
        job.watcher, job.results = before


def lost_is_one_failed_run(job: Any) -> list[Any]:
    """In the place of `SlurmJob.results`: what its one task returned, or a failed return that says how it ended."""
    job.wait()
    try:
        outcome, result = job._get_outcome_and_result()
    except Exception:  # it ended without a result
        state = job.watcher.get_state(job.job_id, "cache").lower()
        outcome, result = "error", f"its job {job.job_id} ended without a result ({state})"
    if outcome == "success":
        return [result]
    line = str(result).strip().splitlines()[-1]
    failed = RunStopped(f"Slurm: {line}; the same command goes on from there; log: {job.paths.stderr}")
    return [JobReturn(status=JobStatus.FAILED, _return_value=failed)]


def _cancel_waiting(queue: SlurmQueue) -> None:
    """Take the jobs of a stopped sweep that have not begun out of Slurm's queue."""
    if jobs := sorted({job.partition("_")[0] for job in queue.waiting()}):
        command = ["scancel", "--state=PENDING", *jobs]
        subprocess.run(command, capture_output=True, timeout=_ASKING_S, check=False)
