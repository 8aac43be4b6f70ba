"""Measure sweeps: their cost beside calls, whether all launchers give equal rows, and their state after kills.

python benchmarks/sweep.py overhead            milliseconds per run beyond Hydra's composition of its options
python benchmarks/sweep.py skip [1000]         seconds to skip this many finished runs
python benchmarks/sweep.py launchers [basic joblib submitit_local ray]
python benchmarks/sweep.py kills [20]          SIGKILL at random moments of experiment=paper; then compare rows
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RUN = [sys.executable, "-m", "solverlearner", "run", "-m", "model=scripted"]
PAPER = [*RUN, "experiment=paper", "behaviour=ideal"]


def overhead(cells: int = 60) -> None:
    """Print the time of Hydra per run, and our time before the first run and per run, for runs of one call."""
    from hydra._internal.config_loader_impl import ConfigLoaderImpl
    from hydra._internal.core_plugins import basic_launcher

    from solverlearner.__main__ import main
    from solverlearner.cli.sweep import hydra_plugin as sweeper
    from solverlearner.cli.sweep.run_job import RunJob

    sweeper.register()  # Hydra loads its launcher again, so it is measured from here on
    watched = {
        "compose": timed(ConfigLoaderImpl, "load_sweep_config"),
        "launch": timed(basic_launcher.BasicLauncher, "launch"),
        "job": timed(RunJob, "__call__"),
        "check": timed(sweeper, "checked"),
    }
    main(["run", "-m", "model=scripted", "settings=[io]", "episodes=1", "queries=1", f"seed=range({cells})"])
    for clock in (0, 1):
        seconds = {name: [1e3 * pair[clock] for pair in pairs] for name, pairs in watched.items()}
        composed, check = statistics.median(seconds["compose"]), (seconds["check"][0] - seconds["compose"][0]) / cells
        job, launch = statistics.median(seconds["job"]), statistics.median(seconds["launch"])
        clock_name = ("wall", "processor")[clock]
        hydra = f"Hydra composes {composed:.1f} and launches {launch - composed - job:.1f}"
        print(
            f"{clock_name} ms a cell: {hydra}; we check {check:.1f} and carry out {job:.1f}: {check + job:.1f} in all"
        )


def timed(owner: Any, name: str) -> list[tuple[float, float]]:
    """Record wall and processor seconds of each call of a function, from now on."""
    function: Callable[..., Any] = getattr(owner, name)
    seconds: list[tuple[float, float]] = []

    def measured(*args: Any, **options: Any) -> Any:
        started, used = time.perf_counter(), time.process_time()
        try:
            return function(*args, **options)
        finally:
            seconds.append((time.perf_counter() - started, time.process_time() - used))

    setattr(owner, name, measured)
    return seconds


def skip(cells: int = 1000) -> None:
    """Run the same sweep twice. The second one only skips finished runs."""
    words = [*RUN, "settings=[io]", "episodes=1", "queries=1", f"seed=range({cells})"]
    for what in ("carried out", "skipped"):
        started = time.perf_counter()
        out = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
        print(f"{cells} cells {what} in {time.perf_counter() - started:.1f} s: {out[0]}")


def launchers(*names: str) -> None:
    """Run the paper's grid with each launcher; print wall seconds, and whether the rows are equal."""
    wanted = names or ("basic", "joblib", "submitit_local", "ray")
    seen = {}
    for name in wanted:
        words = [*PAPER, f"hydra/launcher={name}", f"results={name}", "executor.workers=1"]
        words += ["hydra.launcher.n_jobs=2"] if name == "joblib" else []
        started = time.perf_counter()
        done = subprocess.run(words, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        seen[name] = rows(Path(name))
        count = sum(map(len, seen[name].values()))
        print(
            f"{name:15} {seconds:6.1f} s  exit code {done.returncode}  {len(seen[name])} cells  {count} rows",
            flush=True,
        )
    print("the same rows:", all(found == seen[wanted[0]] for found in seen.values()))


def kills(times: int = 20, seed: int = 0) -> None:
    """Kill the whole sweep at random moments, continue it, and compare it with an undisturbed sweep."""
    rng = random.Random(seed)
    for number in range(times):
        with subprocess.Popen([*PAPER, "results=killed"], stdout=subprocess.PIPE, start_new_session=True) as running:
            wait = rng.uniform(0.5, 6.0)
            time.sleep(wait)
            os.killpg(running.pid, 9)
        print(f"kill {number + 1} after {wait:.1f} s: {len(rows(Path('killed')))} cells have rows", flush=True)
    for results in ("killed", "undisturbed"):
        done = subprocess.run([*PAPER, f"results={results}"], check=True, capture_output=True, text=True)
        print(f"{results}: {done.stdout.splitlines()[0]}")
    asked = Counter(asked_in(Path("killed")))
    print("calls:", len(asked), "asked twice:", sum(count > 1 for count in asked.values()))
    print("the same rows:", rows(Path("killed")) == rows(Path("undisturbed")))


def rows(results: Path) -> dict[str, list[bytes]]:
    """The rows of every run, without the seconds of replies."""
    found = {}
    for file in sorted(results.glob("*/rows.jsonl")):
        lines = [json.loads(line) for line in file.read_bytes().splitlines() if line.endswith(b"}")]
        found[file.parent.name] = [json.dumps(row | {"seconds": None}).encode() for row in lines]
    return found


def asked_in(results: Path) -> Iterator[str]:
    """The calls that have a reply in a journal."""
    for file in results.glob("*/replies.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            if "id" in record:
                yield f"{file.parent.name}/{record['id']}"


@contextmanager
def somewhere() -> Iterator[None]:
    """Work in a temporary folder for the results."""
    root = Path(__file__).resolve().parent.parent
    os.environ["PYTHONPATH"] = str(root)
    sys.path.insert(0, str(root))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        yield
        os.chdir(root)


if __name__ == "__main__":
    what = {"overhead": overhead, "skip": skip, "launchers": launchers, "kills": kills}[sys.argv[1]]
    with somewhere():
        what(*(int(word) if word.isdigit() else word for word in sys.argv[2:]))  # type: ignore[operator]
