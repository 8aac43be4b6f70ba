"""Measure time and memory of `tables` for a million rows in 200 runs on one core, and whether they grow linearly.

    python benchmarks/tables.py [runs] [repeats]

The rows are those of a scripted run. Its replies are lengthened to the length of a talkative model's (3 kB per row).
Its verdicts are flipped at random, by episode, so that every statistic has work to do. Figures are left out. It
writes 3 GB to a temporary folder and removes them.
"""

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import islice, product
from pathlib import Path
from typing import Any

ROWS_A_RUN = 5_000  # 5 settings × 100 episodes × 10 queries
BYTES_A_ROW = 3_000
AIM_SECONDS, AIM_BYTES = 30, 2e9
SEEDS, SHOTS, BASES, MODELS = range(100), (8, 4), (8, 9, 10, 11, 16), [f"model-{i}" for i in range(10)]


def command(*words: str) -> list[str]:
    """The words of our command."""
    return [sys.executable, "-m", "solverlearner", *words]


def real_run(folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any], str]:
    """The rows, configuration and manifest of a scripted run."""
    size = ["episodes=100", "queries=10", "settings=[zero_shot,io_mf,io,code_mf,solverlearner]"]
    subprocess.run(command("run", "model=scripted", *size, f"results={folder}"), check=True, stdout=subprocess.DEVNULL)
    (run,) = folder.glob("arith-*")
    rows = [json.loads(line) for line in (run / "rows.jsonl").open(encoding="utf-8")]
    for row in rows:
        row["reply"] += "x" * max(0, BYTES_A_ROW - len(json.dumps(row)))
        row["prompt_tokens"], row["completion_tokens"], row["seconds"] = 400, 200, 1.5
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    return rows, config, (run / "manifest.json").read_text(encoding="utf-8")


def write_runs(rows: list[dict[str, Any]], config: dict[str, Any], manifest: str, folder: Path, runs: int) -> None:
    """Write this many run folders, with different models, variants, shots and seeds."""
    for seed, shots, base, model in islice(product(SEEDS, SHOTS, BASES, MODELS), runs):
        rng = random.Random(f"{model}{base}{shots}{seed}")
        run = folder / f"arith-base-{base}-{model}-{shots}-{seed}"
        run.mkdir()
        asked = config | {"shots": shots, "seed": seed, "base": base, "behaviour": model}
        asked |= {"model": {"name": model}, "task": config["task"] | {"base": base}}
        (run / "config.json").write_text(json.dumps(asked), encoding="utf-8")
        (run / "manifest.json").write_text(manifest, encoding="utf-8")
        known: dict[tuple[str, int], bool] = {}
        with (run / "rows.jsonl").open("w", encoding="utf-8") as file:
            for row in rows:
                likely = known.setdefault((row["setting"], row["episode"]), rng.random() < 0.6)
                right = rng.random() < (0.95 if likely else 0.1)
                own = {"variant": f"base-{base}", "model": model, "seed": seed, "correct": right}
                file.write(json.dumps(row | own, ensure_ascii=False) + "\n")


def measured(folder: Path) -> tuple[float, float, int]:
    """Wall seconds, CPU seconds and peak bytes of one run of `tables` over a folder."""
    words = command("tables", f"results={folder}", "format=[csv,md,latex,html]")
    start = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, env=os.environ | {"OMP_NUM_THREADS": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("tables failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> None:
    """Print a line per size; `growth` is CPU time per row over that of the smaller size: 1 is linear."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print(f"{'runs':>5}{'rows':>11}{'MB':>7}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'growth':>8}")
    before = None
    with tempfile.TemporaryDirectory(prefix="tables-benchmark-") as temporary:
        rows, config, manifest = real_run(Path(temporary) / "real")
        for runs in (most // 4, most):
            folder = Path(temporary) / str(runs)
            folder.mkdir()
            write_runs(rows, config, manifest, folder, runs)
            size = sum(file.stat().st_size for file in folder.glob("*/rows.jsonl"))
            wall, cpu, peak = map(statistics.median, zip(*(measured(folder) for _ in range(repeats)), strict=True))
            growth = f"{cpu / runs / before:.2f}" if before else ""
            count = runs * ROWS_A_RUN
            print(f"{runs:>5}{count:>11,}{size / 1e6:>7.0f}{wall:>8.1f}{cpu:>8.1f}{peak / 1e6:>9.0f}{growth:>8}")
            before = cpu / runs
            shutil.rmtree(folder)
    print(f"medians of {repeats}; aim for a million rows: {AIM_SECONDS} s, {AIM_BYTES / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
