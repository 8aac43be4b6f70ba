"""Whole runs of 2,000 one-line items, 64 calls at once, at 0 and 200 ms: ours, inspect_ai, lm-eval, bare aiohttp.

python benchmarks/engine.py [rounds, default 3] [side …, default all; ours always]. Six minutes a round with all. Every
side is a command, measured from its start to its end: seconds, CPU seconds of its process tree, peak memory of its
largest process. It answers the same prompts, those of a run of ours (`task=arith base=9 digits=6`, six digits so that
no prompt comes twice and no store can help), and has to report an accuracy of 1. Each round measures every side once,
in turn; the tables give medians. The endpoint is benchmarks/endpoint.py in a process of its own; its counts give the
steady rate, from the first request to the last.

inspect_ai and lm_eval[api] are installed on the first run, each in a virtual environment below
SOLVERLEARNER_BENCH_CACHE (default ~/.cache/solverlearner-bench-engine), and skipped with a line where that fails. How
they are set, in engine_peers.py:
- inspect_ai: its Python `eval` with generate() and includes(), max_connections = max_samples = 64, no display, all else
  as it comes. "quiet" also has no real-time log, a large log buffer, no score display, no control server, log level
  error; it is the fastest that keeps the samples, as ours keeps every reply and row. Last, quiet without samples.
- lm-eval: `simple_evaluate`, local-chat-completions with num_concurrent=64, batch size 1, no bootstrap, no log of
  samples, offline, its data set cached from the first run on, all tasks indexed as by its command line (with which it
  takes as long). "quiet" indexes only our task and shows no progress bar. Installed without torch, which it does not
  need for this and which would slow its start.
- aiohttp: the floor, a loop of posts in an environment of its own, without client, retries, journal or statistics.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from measure import ROOT, Cost, endpoint, get, measured, our_environment, ours, rows_of

LATENCIES = ("0", "0.2")
_INSPECT = ("inspect", "inspect_ai", "inspect_ai openai")  # its environment, the module to look for, what to install
_LM_EVAL = ("lm-eval", "lm_eval", "lm_eval[api]")
_PEERS = {
    "inspect_ai": _INSPECT,
    "inspect_ai quiet": _INSPECT,
    "inspect_ai quiet, samples not kept": _INSPECT,
    "lm-eval": _LM_EVAL,
    "lm-eval quiet": _LM_EVAL,
    "aiohttp": ("aiohttp", "aiohttp", "aiohttp"),
}


def _has(python: Path, module: str) -> bool:
    command = [python, "-c", f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"]
    return python.exists() and not subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode


def environments(sides: list[str]) -> dict[str, Path]:
    """The interpreter of each of these sides that can be had."""
    cache = Path(os.environ.get("SOLVERLEARNER_BENCH_CACHE", Path.home() / ".cache" / "solverlearner-bench-engine"))
    found = {}
    for side in sides:
        name, module, packages = _PEERS[side]
        folder = cache / name
        python = folder / "bin" / "python"
        if not _has(python, module):
            print(f"installing {packages} in {folder}", file=sys.stderr, flush=True)
            venv.create(folder, with_pip=True)
            command = [python, "-m", "pip", "install", "-q", *packages.split()]
            subprocess.run(command, check=False, stdout=sys.stderr)
        if _has(python, module):
            found[side] = python
        else:
            print(f"{side}: {packages} could not be installed in {folder}; skipped")
    return found


def write_items(results: Path, file: Path) -> None:
    """The prompts and expected answers of a run of ours, for the others."""
    records = list(rows_of(results))
    items = [{"input": row["prompt"][0]["content"], "target": row["expected"]} for row in records]
    assert all(row["correct"] and len(row["prompt"]) == 1 for row in records)
    assert len({item["input"] for item in items}) == len(items) == 2000
    file.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")


def once(side: str, python: Path | None, url: str, folder: Path) -> tuple[Cost, float]:
    """One whole run of a side: its cost, and the steady rate that the endpoint saw."""
    if python:
        peers = str(ROOT / "benchmarks" / "engine_peers.py")
        cost = measured([str(python), peers, side, url, str(folder / "items.jsonl")], folder)
        right = cost.code == 0 and cost.output.split()[-1] == "1.0"
    else:
        results = Path(tempfile.mkdtemp(dir=folder))
        cost = measured(ours(url, results), folder, our_environment(results))
        right = cost.code == 0 and all(row["correct"] for row in rows_of(results))
        if right and not (folder / "items.jsonl").exists():
            write_items(results, folder / "items.jsonl")
        shutil.rmtree(results)
    seen = get(f"{url}/stats")
    if not right or seen["requests"] != 2000:
        sys.exit(f"{side}: exit code {cost.code}, {seen['requests']} requests\n{cost.output[-3000:]}")
    return cost, 1999 / (seen["last"] - seen["first"])


def table(latency: str, runs: dict[str, list[tuple[Cost, float]]]) -> None:
    """One latency's Markdown table; ratios are medians of the rounds' own."""
    print(f"\n{float(latency) * 1000:.0f} ms\n")
    print("| side | seconds in all | items/s | ours is × | CPU ms an item | peak MB | steady calls/s | of aiohttp's |")
    print("|---|---|---|---|---|---|---|---|")
    for side, found in runs.items():
        costs, rates = zip(*found, strict=True)
        wall, cpu, rss = (statistics.median(getattr(cost, key) for cost in costs) for key in ("wall", "cpu", "rss"))
        faster = statistics.median(cost.wall / own.wall for cost, (own, _) in zip(costs, runs["ours"], strict=True))
        floor = [rate for _, rate in runs.get("aiohttp", [])] or [float("nan")] * len(rates)
        share = statistics.median(rate / base for rate, base in zip(rates, floor, strict=True))
        cells = [f"{wall:.2f}", f"{2000 / wall:.0f}", f"{faster:.2f}", f"{cpu / 2:.2f}", f"{rss:.0f}"]
        print(f"| {' | '.join([side, *cells, f'{statistics.median(rates):.0f}', f'{share:.2f}'])} |")


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    sides: dict[str, Path | None] = {"ours": None, **environments(sys.argv[2:] or [*_PEERS])}
    runs: dict[str, dict[str, list[tuple[Cost, float]]]] = {x: {side: [] for side in sides} for x in LATENCIES}
    with tempfile.TemporaryDirectory() as temporary, endpoint() as url:
        folder = Path(temporary)
        for number in range(rounds):
            for latency in LATENCIES:
                for side, python in sides.items():
                    get(f"{url}/latency/{latency}")
                    cost, rate = once(side, python, url, folder)
                    runs[latency][side].append((cost, rate))
                    print(f"round {number + 1}, {latency} s, {side}: {cost.wall:.2f} s", file=sys.stderr, flush=True)
    print(f"\n2,000 items, 64 at once; medians of {rounds} rounds; load {os.getloadavg()[0]:.1f} at the end")
    for latency in LATENCIES:
        table(latency, runs[latency])


if __name__ == "__main__":
    main()
