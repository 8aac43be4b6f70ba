"""Measure what a run of a sweep costs with each launcher: wall and processor seconds for each of eight small runs.

python benchmarks/launchers.py [basic joblib submitit_local ray]
tests/cluster/slurm.sh python benchmarks/launchers.py slurm

A scripted model answers the 40 calls of each run at once, so what remains is the launcher's own work. Launchers that
are not installed are named and left out. Numbers are medians of three sweeps, and count the start of the command.
Processor time is that of all processes that the command has started, anywhere on this machine, and not that of daemons
of the cluster. It is read twenty times a second, so the last moments of a process are missed.
"""

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

RUNS, TIMES = 8, 3
MARK = "SOLVERLEARNER_MEASURED"
TICKS = os.sysconf("SC_CLK_TCK")
RUN = [
    sys.executable,
    "-m",
    "solverlearner",
    "run",
    "-m",
    "model=scripted",
    "settings=[io]",
    "episodes=4",
    "queries=10",
]
WORDS = {
    "basic": ["hydra/launcher=basic"],
    "joblib": ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
    "submitit_local": ["hydra/launcher=submitit_local"],
    "slurm": ["hydra/launcher=submitit_slurm", "hydra.launcher.timeout_min=9"],
    "ray": ["hydra/launcher=ray"],
}
NEEDS = {
    "joblib": "hydra_plugins.hydra_joblib_launcher",
    "submitit_local": "submitit",
    "slurm": "submitit",
    "ray": "ray",
}


class Used(threading.Thread):
    """Adds up the processor time of all processes whose environment holds a mark, until it is told to stop."""

    def __init__(self, mark: str) -> None:
        super().__init__(daemon=True)
        self._mark, self._over = f"{MARK}={mark}".encode(), threading.Event()
        self._ours: dict[tuple[str, bytes], bool] = {}
        self._seconds: dict[tuple[str, bytes], float] = {}

    def run(self) -> None:
        """Look at all processes, again and again."""
        while not self._over.wait(0.05):
            for process in os.listdir("/proc"):
                if process.isdigit():
                    with suppress(OSError):
                        self._look(process)

    def _look(self, process: str) -> None:
        told = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        name = process, told[19]  # one that comes later with the same number began at another time
        if name not in self._ours or not self._ours[name]:  # between fork and exec it has its parent's
            self._ours[name] = self._mark in Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
        if self._ours[name]:
            self._seconds[name] = (int(told[11]) + int(told[12])) / TICKS

    def stopped(self) -> float:
        """The seconds."""
        self._over.set()
        self.join()
        return sum(self._seconds.values())


def sweep(launcher: str, results: str) -> tuple[float, float]:
    """Wall and processor seconds of one sweep."""
    mark = uuid.uuid4().hex
    used = Used(mark)
    used.start()
    began = time.perf_counter()
    words = [*RUN, f"seed=range({RUNS})", f"results={results}", "executor.workers=1", *WORDS[launcher]]
    done = subprocess.run(words, capture_output=True, text=True, env={**os.environ, MARK: mark})
    seconds = time.perf_counter() - began
    cpu = used.stopped()
    if done.returncode:
        raise SystemExit(f"{launcher}: {done.stdout}{done.stderr}")
    return seconds, cpu


def missing(launcher: str) -> str:
    """Why a launcher is not measured; empty where it is."""
    module = NEEDS.get(launcher)
    with suppress(ModuleNotFoundError):
        if module is None or importlib.util.find_spec(module):
            in_cluster = launcher != "slurm" or "SLURM_CONF" in os.environ
            return "" if in_cluster else "no cluster; tests/cluster/slurm.sh starts one"
    return f"{module} is not installed"


def main(*names: str) -> None:
    """Print a line for each launcher."""
    root = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = root
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for launcher in names or WORDS:
            if why := missing(launcher):
                print(f"{launcher:15} {why}", flush=True)
                continue
            told = [sweep(launcher, f"{launcher}-{number}") for number in range(TIMES)]
            wall, cpu = (statistics.median(each) / RUNS for each in zip(*told, strict=True))
            load = os.getloadavg()[0]
            print(f"{launcher:15} {wall:6.2f} s a run, {cpu:6.2f} processor seconds a run; load {load:.0f}", flush=True)
        os.chdir(root)


if __name__ == "__main__":
    main(*sys.argv[1:])
