"""Measure seconds and memory of `tables`, `compare`, `report` and `rows` over 2,000 runs, and of a run's start there.

    python benchmarks/readers.py [rows, default 1000000] [repeats, default 3] [folder]

The rows are those of a scripted run: five settings, ten queries an episode. Verdicts are flipped at random, by
episode, so that every statistic has work to do. A row has about 2 kB: a prompt, a completion and a program. The runs
are 10 models × 5 bases × 2 numbers of shots × 20 seeds. Figures are left out. A start is measured in pairs: the same
run of one call in an empty folder and beside the 2,000. The first measured command finds no summaries of earlier ones,
which is said as "first"; the others do.
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
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

SEEDS, SHOTS, BASES, MODELS = range(20), (8, 4), (8, 9, 10, 11, 16), [f"model-{i}" for i in range(10)]
RUNS = len(SEEDS) * len(SHOTS) * len(BASES) * len(MODELS)
SETTINGS = 5
QUERIES = 10
BYTES_A_ROW = 2_000
START = ("run", "model=scripted", "settings=[io]", "episodes=1", "queries=1")

Pieces = list[tuple[tuple[str, int], list[bytes]]]


def command(*words: str) -> list[str]:
    """The words of our command."""
    return [sys.executable, "-m", "solverlearner", *words]


def real_run(folder: Path, episodes: int) -> tuple[Pieces, dict[str, Any], dict[str, Any]]:
    """The rows of a scripted run, in pieces around what differs by run, its configuration and its manifest."""
    size = [f"episodes={episodes}", f"queries={QUERIES}"]
    subprocess.run(command("run", "model=scripted", *size, f"results={folder}"), check=True, stdout=subprocess.DEVNULL)
    (run,) = folder.glob("arith-*")
    pieces: Pieces = []
    for line in (run / "rows.jsonl").open(encoding="utf-8"):
        row = json.loads(line)
        row |= {"variant": "<0>", "model": "<1>", "seed": "<2>", "correct": "<3>", "score": "<4>", "value": "<5>"}
        if row["setting"] != "code_mf":  # whose prompt is the same for every seed
            row["prompt"][-1]["content"] += "<6>"
        row |= {"prompt_tokens": 400, "completion_tokens": 200, "seconds": 1.5}
        row["reply"] += "x" * max(0, BYTES_A_ROW - len(json.dumps(row)))
        pieces.append(((row["setting"], row["episode"]), _in_order(row)))
    manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return pieces, json.loads((run / "config.json").read_text(encoding="utf-8")), manifest


def _in_order(row: dict[str, Any]) -> list[bytes]:
    """A row's line, cut at the places of `<0>` … `<6>`, each place as bytes of its own."""
    text = json.dumps(row, ensure_ascii=False).replace("<6>", '"<6>"')
    found: list[bytes] = []
    while '"<' in text:
        before, _, rest = text.partition('"<')
        found += [before.encode(), rest[:1].encode()]
        text = rest[3:]
    return [*found, text.encode()]


def write_runs(pieces: Pieces, config: dict[str, Any], manifest: dict[str, Any], folder: Path) -> None:
    """Write the run folders, with different models, bases, shots and seeds."""
    for seed, shots, base, model in product(SEEDS, SHOTS, BASES, MODELS):
        rng = random.Random(f"{model}{base}{shots}{seed}")
        run = folder / f"arith-base-{base}-{model}-{shots}-{seed}"
        run.mkdir()
        asked = config | {"shots": shots, "seed": seed, "base": base, "behaviour": model}
        asked |= {"model": {"name": model}, "task": config["task"] | {"base": base}}
        (run / "config.json").write_text(json.dumps(asked), encoding="utf-8")
        (run / "manifest.json").write_text(json.dumps(manifest | {"model": {"name": model}}), encoding="utf-8")
        (run / "replies.jsonl").write_text('{"session": 1.0}\n')
        with (run / "rows.jsonl").open("wb") as file:
            file.writelines(_lines(pieces, f"base-{base}", model, seed, rng))


def _lines(pieces: Pieces, variant: str, model: str, seed: int, rng: random.Random) -> Iterator[bytes]:
    likely: dict[tuple[str, int], bool] = {}
    for place, parts in pieces:
        right = rng.random() < (0.95 if likely.setdefault(place, rng.random() < 0.6) else 0.1)
        values = {
            b"0": json.dumps(variant), b"1": json.dumps(model), b"2": str(seed), b"3": str(right).lower(),
            b"4": f"{right:.1f}", b"5": f'"{right:d}"', b"6": f" (seed {seed})",
        }  # fmt: skip
        told = [values[part].encode() if at % 2 else part for at, part in enumerate(parts)]
        yield b"".join([*told, b"\n"])


def measured(words: list[str], folder: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MB of a command."""
    start = time.perf_counter()
    env = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, env=env, cwd=folder)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{words[0]} failed")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Print a line a command: wall and processor seconds, peak memory; then what a start costs more."""
    rows, repeats = (int(sys.argv[at]) if len(sys.argv) > at else usual for at, usual in ((1, 1_000_000), (2, 3)))
    with tempfile.TemporaryDirectory(prefix="readers-", dir=sys.argv[3] if len(sys.argv) > 3 else None) as temporary:
        home = Path(temporary)
        results = home / "results"
        results.mkdir()
        made = real_run(home / "real", max(1, rows // RUNS // SETTINGS // QUERIES))
        write_runs(*made, results)
        size = sum(file.stat().st_size for file in results.glob("*/rows.jsonl"))
        print(f"{RUNS * len(made[0]):,} rows in {RUNS:,} runs, {size / 1e9:.1f} GB; medians of {repeats}")
        print(f"{'':<24}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
        for name, words in (
            ("tables, first", ["tables", "format=[csv,md,latex,html]"]),
            ("tables", ["tables", "format=[csv,md,latex,html]"]),
            ("compare, two models", ["compare", "model-0", "model-1"]),
            ("compare, one setting", ["compare", "model-0", "model-1", "setting=solverlearner", "shots=8"]),
            ("report", ["report"]),
            ("rows to=rows.jsonl", ["rows", f"to={home / 'rows.jsonl'}"]),
        ):
            once = name == "tables, first"
            found = [measured(words, home) for _ in range(1 if once else repeats)]
            wall, cpu, peak = map(statistics.median, zip(*found, strict=True))
            print(f"{name:<24}{wall:>8.1f}{cpu:>8.1f}{peak:>9.0f}", flush=True)
        starts(home)


def starts(home: Path) -> None:
    """Print the wall seconds of a run of one call in an empty folder and beside all others, in pairs."""
    alone, beside = [], []
    for number in range(5):
        shutil.rmtree(home / "empty", ignore_errors=True)
        alone.append(measured([*START, f"seed={100 + number}", f"results={home / 'empty'}"], home)[0])
        beside.append(measured([*START, f"seed={100 + number}", f"results={home / 'results'}"], home)[0])
    more = statistics.median(b - a for a, b in zip(alone[1:], beside[1:], strict=True))
    print(f"start: {statistics.median(alone):.2f} s in an empty folder, {more:+.2f} s beside {RUNS:,} runs")
    print(f"  the first one beside them, which indexes their journals: {beside[0] - alone[0]:+.2f} s")


if __name__ == "__main__":
    main()
