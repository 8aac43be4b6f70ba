"""Sweeps on a cluster that is disturbed: nothing is lost, nothing is paid for twice, and the rows are the same.

    tests/cluster/slurm.sh python tests/cluster/faults.py slurm [SCENARIO …]
    tests/cluster/ray.sh python tests/cluster/faults.py ray [SCENARIO …]

Each scenario runs a sweep against an endpoint of its own, which counts requests. It prints a line; the exit code is 1
if one of them did not keep what it promises. Calls that were under way when a process was killed outright are the only
ones that may be made again: as many as were under way.
"""

import json
import os
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from endpoint import serve  # noqa: E402

socketserver.BaseServer.handle_error = lambda *args: None  # clients are killed here
CONCURRENCY = 2
GRID = ["base=8,9,10,11", "settings=[io]", "episodes=4", "queries=6"]
CALLS = 4 * 24
DEADLINE_S = 400


class Sweep:
    """A sweep as a process, with its endpoint. `words` are its options."""

    def __init__(self, endpoint, results, *words):
        run = [sys.executable, "-m", "solverlearner", "run", "-m", "model=compatible", "name=m", "executor.workers=1"]
        self.command = [*run, f"base_url={endpoint.url}", f"concurrency={CONCURRENCY}", f"results={results}", *words]
        self.endpoint, self.results, self.log_path = endpoint, Path(results), f"{results}.log"

    def __enter__(self):
        self.log = open(self.log_path, "a+")
        self.process = subprocess.Popen(
            self.command,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )
        return self

    def __exit__(self, *args):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def when(self, calls):
        """Wait until so many calls were asked."""
        wait_for(lambda: len(self.endpoint.bodies) >= calls or self.process.poll() is not None, f"{calls} calls")
        assert self.process.poll() is None, Path(self.log_path).read_text()
        return self

    def code(self):
        return self.process.wait(DEADLINE_S)

    @property
    def said(self):
        return Path(self.log_path).read_text()


def wait_for(happened, what, seconds=DEADLINE_S):
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def rows(results):
    """The rows of every run by its options, without times."""
    found = {}
    for file in sorted(Path(results).glob("*/rows.jsonl")):
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        found[file.parent.name.rpartition("-")[0]] = [json.dumps(row | {"seconds": None}) for row in lines]
    return found


def paid(endpoint):
    """Requests in all, and those that repeat an earlier one."""
    bodies = Counter(json.dumps(body, sort_keys=True) for body in endpoint.bodies)
    return bodies.total(), bodies.total() - len(bodies)


def slow(seconds):
    def answer(prompt):
        time.sleep(seconds)
        return rf"\boxed{{{len(prompt) % 97}}}"

    return answer


def out(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def has(environ, variable):
    """Whether a process has a variable in its environment; one that is gone has none."""
    with suppress(OSError):
        return variable in environ.read_bytes()
    return False


def kill(process):
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


@contextmanager
def hurried():
    """Slurm starts a job that was put back no sooner than after two minutes; here, after seconds."""
    moved = {}

    def hurry():
        while not over.wait(1):
            with suppress(subprocess.SubprocessError):
                waiting = out("squeue", "--noheader", "--array", "--states=pending", "--format=%i %r").splitlines()
                for job in [line.split()[0] for line in waiting if line.endswith(" BeginTime")]:
                    if time.monotonic() > moved.get(job, 0) + 15:
                        moved[job] = time.monotonic()
                        out("scontrol", "update", f"JobId={job}", "StartTime=now+6seconds")

    over = threading.Event()
    thread = threading.Thread(target=hurry)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Slurm:
    """The cluster that `slurm.sh` has set up."""

    words = ("hydra/launcher=submitit_slurm", "hydra.launcher.timeout_min=5")
    base = Path(os.environ.get("SLURM_BASE", "/"))

    ready = staticmethod(hurried)

    def tasks(self):
        """The running tasks with their nodes."""
        listed = out("squeue", "--noheader", "--array", "--states=running", "--format=%i %N").split()
        return dict(zip(listed[::2], listed[1::2], strict=True))

    def kill_node(self):
        """SIGKILL for a node's daemon, then for its steps, then for their jobs; gives how many jobs there were."""
        jobs = sum(node == "n1" for node in self.tasks().values())
        kill(int((self.base / "n1/slurmd.pid").read_text()))
        theirs = [each.parent for each in Path("/proc").glob("[0-9]*/environ") if has(each, b"SLURMD_NODENAME=n1\0")]
        parents = {Path(f"/proc/{(each / 'stat').read_text().rsplit(')')[-1].split()[1]}") for each in theirs}
        for step in [each for each in parents if "slurmstepd" in (each / "comm").read_text()] + theirs:
            kill(int(step.name))
        return jobs

    def start_node(self):
        out("slurmd", "-N", "n1")


class Ray:
    """Two Ray nodes, which `ray.sh` has started: the first is the head."""

    words = ("hydra/launcher=ray", "hydra.launcher.address=auto")
    ready = staticmethod(nullcontext)

    def kill_node(self):
        """SIGKILL for the second node's daemon, with its workers; gives how many runs it can have had."""
        raylets = [
            line.split(None, 1) for line in out("ps", "-eww", "-o", "pid,args").splitlines() if "/raylet/raylet" in line
        ]
        (second,) = [int(process) for process, words in raylets if "--head" not in words]
        workers = Path(f"/proc/{second}/task/{second}/children").read_text().split()
        for process in (second, *map(int, workers)):
            kill(process)
        return 2

    def start_node(self):
        out("ray", "start", f"--address={os.environ['RAY_ADDRESS']}", "--num-cpus=2")


def undisturbed(cluster):
    """Jobs as an array, in a partition of one node, each alone on it."""
    with serve(slow(0.05)) as endpoint:
        options = "+hydra.launcher.additional_parameters.exclusive=true"
        with Sweep(endpoint, "undisturbed", *cluster.words, *GRID, "hydra.launcher.partition=second", options) as sweep:
            seen = set()
            while sweep.process.poll() is None:
                running = cluster.tasks()
                seen |= {*running.values()}
                assert len(running) <= 1, f"--exclusive, and yet {running}"
                time.sleep(0.2)
            return sweep.code() == 0 and seen == {"n2"}, endpoint, 0, "exclusive in a partition of one node"


def paper(cluster):
    """All 21 runs of the paper's experiment as one array."""
    with serve(slow(0.02)) as endpoint:
        with Sweep(endpoint, "paper", "experiment=paper", "episodes=1", "queries=2", *cluster.words) as sweep:
            code = sweep.code()
        here = ["experiment=paper", "episodes=1", "queries=2"]
        with serve(slow(0)) as beside, Sweep(beside, "paper-here", *here) as sweep:
            assert sweep.code() == 0
        return code == 0 and rows("paper") == rows("paper-here"), endpoint, 0, "21 runs"


def paper_node(cluster):
    """The same, and a node dies with its runs and comes back."""
    words = ["experiment=paper", "episodes=1", "queries=2"]
    with serve(slow(0.3)) as endpoint:
        with Sweep(endpoint, "paper_node", *words, *cluster.words) as sweep:
            sweep.when(40)
            runs = cluster.kill_node()
            cluster.start_node()
            code = sweep.code()
        with serve(slow(0)) as beside, Sweep(beside, "paper-here", *words) as sweep:
            assert sweep.code() == 0
        kept = code == 0 and rows("paper_node") == rows("paper-here")
        return kept, endpoint, CONCURRENCY * runs, f"21 runs; killed with {runs} runs after 40 calls"


def requeued(cluster):
    """`scontrol requeue` of a running job."""
    with serve(slow(0.5)) as endpoint, Sweep(endpoint, "requeued", *cluster.words, *GRID) as sweep:
        sweep.when(30)
        out("scontrol", "requeue", next(iter(cluster.tasks())))
        return sweep.code() == 0, endpoint, 0, "requeued after 30 calls"


def cancelled(cluster):
    """A cancelled job is one failed run; the others go on, and the same command asks for the rest."""
    with serve(slow(0.5)) as endpoint:
        with Sweep(endpoint, "cancelled", *cluster.words, *GRID) as sweep:
            sweep.when(30)
            task = next(iter(cluster.tasks()))
            out("scancel", task)
            told = sweep.code() == 1 and f"job {task} ended without a result (cancelled)" in sweep.said
        with Sweep(endpoint, "cancelled", *cluster.words, *GRID) as sweep:
            return sweep.code() == 0 and told, endpoint, 0, "one run failed, the same command finished it"


def controller(cluster):
    """The controller is killed, and comes back."""
    with serve(slow(0.5)) as endpoint, Sweep(endpoint, "controller", *cluster.words, *GRID) as sweep:
        sweep.when(30)
        os.kill(int((cluster.base / "slurmctld.pid").read_text()), signal.SIGKILL)
        time.sleep(5)
        out("slurmctld")
        return sweep.code() == 0, endpoint, 0, "killed after 30 calls, away for 5 s"


def node(cluster):
    """A node dies with its jobs."""
    with serve(slow(0.5)) as endpoint, Sweep(endpoint, "node", *cluster.words, *GRID) as sweep:
        sweep.when(30)
        jobs = cluster.kill_node()
        try:
            return sweep.code() == 0, endpoint, CONCURRENCY * jobs, f"killed with {jobs} jobs after 30 calls"
        finally:
            cluster.start_node()


def driver(cluster):
    """The process that started the sweep is killed, and the same command is given at once."""
    with serve(slow(0.5)) as endpoint:
        with Sweep(endpoint, "driver", *cluster.words, *GRID) as sweep:
            sweep.when(30)
        with Sweep(endpoint, "driver", *cluster.words, *GRID) as sweep:
            return sweep.code() == 0, endpoint, 0, "killed after 30 calls"


def limit(cluster):
    """A time limit that is shorter than a job: Slurm tells it before, and it goes on in another start."""
    words = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=40", "hydra.launcher.max_num_timeout=9"]
    with serve(slow(5)) as endpoint, Sweep(endpoint, "limit", *cluster.words, *words, *GRID) as sweep:
        code = sweep.code()
        starts = max(len([*file.read_text().split("Starting with")]) - 1 for file in logs("limit"))
        return code == 0 and starts > 1, endpoint, 0, f"jobs of 1 minute, up to {starts} starts a run"


def limit_once(cluster):
    """The same without a further start: told as it is, and the same command finishes."""
    words = ["hydra.launcher.timeout_min=1", "hydra.launcher.signal_delay_s=40"]
    with serve(slow(5)) as endpoint:
        with Sweep(endpoint, "limit_once", *cluster.words, *words, *GRID) as sweep:
            told = sweep.code() == 1 and "max_num_timeout=N" in sweep.said
        endpoint.answer = slow(0)
        with Sweep(endpoint, "limit_once", *GRID) as sweep:
            return sweep.code() == 0 and told, endpoint, 0, "told, and finished by the same command"


def logs(results):
    return Path(results).glob(".sweep/.submitit/*/*_log.out")


SCENARIOS = {
    "slurm": (Slurm, [undisturbed, paper, requeued, cancelled, controller, node, driver, limit, limit_once]),
    "ray": (Ray, [paper, paper_node, node, driver]),
}


def main(kind, *names):
    cluster, scenarios = SCENARIOS[kind]
    failed = 0
    with tempfile.TemporaryDirectory(prefix=f"{kind}-results.") as folder, cluster.ready():
        os.chdir(os.environ.get("KEEP_RESULTS", folder))
        with serve(slow(0)) as endpoint, Sweep(endpoint, "here", *GRID) as sweep:
            assert sweep.code() == 0, sweep.said
            assert paid(endpoint) == (CALLS, 0)
        for scenario in [each for each in scenarios if not names or each.__name__ in names]:
            began = time.monotonic()
            kept, endpoint, most, what = scenario(cluster())
            calls, twice = paid(endpoint)
            same = scenario in (paper, paper_node) or rows(scenario.__name__) == rows("here")
            right = kept and same and twice <= most
            failed += not right
            told = f"{'ok    ' if right else 'FAILED'} {scenario.__name__:12} {time.monotonic() - began:4.0f} s  {what}"
            print(f"{told}; {calls} calls, {twice} of them again; rows {'equal' if same else 'DIFFER'}", flush=True)
            if not right:
                print(Path(f"{scenario.__name__}.log").read_text(), flush=True)
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
