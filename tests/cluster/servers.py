"""A model server for each node of a Slurm cluster, which the runs on that node share.

    tests/cluster/slurm.sh python tests/cluster/servers.py LLAMA_SERVER WEIGHTS

LLAMA_SERVER is llama.cpp's server, WEIGHTS a GGUF file. The sweep has four runs, two at a time on each node. First it
is left alone; then all its jobs are cancelled in the middle, and the same command is given again. Each part prints a
line; the exit code is 1 if a node had more than one server at a time, or if one outlived the jobs.
"""

import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from faults import ROOT, Slurm, hurried, out, rows, wait_for

LINGER_S = 15  # of a shared server, after its last run
WORDS = ["settings=[io]", "base=8,9,10,11", "episodes=2", "queries=4", "max_tokens=24", "executor.workers=1"]


def servers(program):
    """The servers that run on the nodes of this cluster: node and process."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "exe").readlink() == program:
                told = (process / "environ").read_bytes().split(b"\0")
                if f"SLURM_CONF={os.environ['SLURM_CONF']}".encode() in told:
                    node = next(each for each in told if each.startswith(b"SLURMD_NODENAME="))
                    found.append((node.decode().partition("=")[2], int(process.name)))
    return sorted(found)


class Watch:
    """What was seen of the servers while something went on."""

    def __init__(self, program):
        self.program, self.seen, self.most = program, set(), 0

    def look(self):
        now = servers(self.program)
        self.seen |= {*now}
        self.most = max(self.most, *(sum(node == each for each, _ in now) for node in ("n1", "n2")))
        return now

    def ended(self):
        """Wait until no server is left; gives the seconds."""
        began = time.monotonic()
        wait_for(lambda: not self.look(), "the servers end", LINGER_S + 15)
        return time.monotonic() - began

    @property
    def told(self):
        each = {node: sum(node == on for on, _ in self.seen) for node in ("n1", "n2")}
        return f"servers started on n1: {each['n1']}, n2: {each['n2']}; at most {self.most} at a time on a node"


def sweep(results, program, weights):
    """Start the sweep on the cluster."""
    served = f"{program} -m {weights} --port {{port}} --parallel 2 --ctx-size 4096 --threads 1 --no-warmup"
    run = [sys.executable, "-m", "solverlearner", "run", "-m", "task=arith", "model=server", "shared=true"]
    command = [*run, f'command="{served}"', f"results={results}", *WORDS, *Slurm.words]
    print("+", *command[3:], flush=True)
    with open(f"{results}.log", "a") as log:
        return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)


def to_the_end(watch, running):
    """The exit code of a sweep that is watched until it ends."""
    while running.poll() is None:
        watch.look()
        time.sleep(0.3)
    return running.returncode


def undisturbed(program, weights):
    watch = Watch(program)
    began = time.monotonic()
    code = to_the_end(watch, sweep("undisturbed", program, weights))
    took, answered = time.monotonic() - began, sum(map(len, rows("undisturbed").values()))
    what = f"{answered} rows in {took:.0f} s; {watch.told}; all ended {watch.ended():.0f} s after the last run"
    return code == 0 and answered == 32 and watch.most == 1, what


def replies(results):
    return sum(each.read_bytes().count(b'"state"') for each in Path(results).glob("*/replies.jsonl"))


def cancelled(program, weights):
    watch = Watch(program)
    running = sweep("cancelled", program, weights)
    wait_for(lambda: (watch.look() and replies("cancelled")) or running.poll() is not None, "a first reply", 120)
    out("scancel", *{job.partition("_")[0] for job in Slurm().tasks()})
    gone = watch.ended()
    first, kept = to_the_end(watch, running), replies("cancelled")
    code = to_the_end(watch, sweep("cancelled", program, weights))
    watch.ended()
    same = rows("cancelled").keys() == rows("undisturbed").keys() and replies("cancelled") == 32
    what = f"scancel after {kept} replies, servers gone {gone:.0f} s later, exit code {first}; then the same command"
    return (
        code == 0 and first == 1 and same and watch.most == 1,
        f"{what}: {replies('cancelled')} replies; {watch.told}",
    )


def main(program, weights):
    failed = 0
    with tempfile.TemporaryDirectory(prefix="servers.") as folder, hurried():
        os.chdir(folder)
        for part in (undisturbed, cancelled):
            kept, what = part(Path(program).resolve(), Path(weights).resolve())
            failed += not kept
            print(f"{'ok    ' if kept else 'FAILED'} {part.__name__:12} {what}", flush=True)
            print(Path(f"{part.__name__}.log").read_text(), flush=True)
        os.chdir("/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
