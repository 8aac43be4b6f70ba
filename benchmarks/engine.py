"""Compare whole runs of 2,000 one-line items, 64 calls at a time, at latencies of 0 and 200 ms.

    python benchmarks/engine.py [rounds, default 3] [side …, default all; ours always]

The sides are our command, inspect_ai, lm-eval and bare aiohttp. A round of all sides takes six minutes. Each side is a
command, measured from its start to its end: seconds, CPU seconds of its process tree, peak memory of its largest
process. All sides send the prompts of our run (`task=arith base=9 digits=6`) and have to report an accuracy of 1. With
six digits no prompt occurs twice, so no cache helps. Each round measures every side once, in turn, and the tables give
medians. The endpoint is `benchmarks/endpoint.py` in another process. Its counts give the steady rate, from the first
request to the last.

inspect_ai and lm_eval[api] are installed on the first run, each in a virtual environment below
SOLVERLEARNER_BENCH_CACHE (default ~/.cache/solverlearner-bench-engine). A side that cannot be installed is skipped with
a line. Their options, in engine_peers.py:

- inspect_ai: its Python `eval` with generate() and includes(), max_connections = max_samples = 64, no display, and
  defaults otherwise. "quiet" also has no real-time log, a large log buffer, no score display, no control server and log
  level error. It is the fastest form that keeps the samples, as our side keeps every reply and row. The last form is
  quiet without samples.
- lm-eval: `simple_evaluate` with local-chat-completions, num_concurrent=64, batch size 1, no bootstrap, no log of
  samples, offline, and its data set cached from the first run on. It indexes all tasks, as its command line does, which
  takes as long. "quiet" indexes only our task and shows no progress bar. It is installed without torch, which it does
  not need here and which would slow its start.
- aiohttp: the lower bound, a loop of posts in an environment of its own, without client, retries, journal or
  statistics.
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
_INSPECT = ("inspect", "inspect_ai", "inspect_ai openai")  # environment, module, packages to install
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
    """The interpreter of each of these sides that is installed or can be."""
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
    """The prompts and expected answers of our run, for the other sides."""
    records = list(rows_of(results))
    items = [{"input": row["prompt"][0]["content"], "target": row["expected"]} for row in records]
    assert all(row["correct"] and len(row["prompt"]) == 1 for row in records)
    assert len({item["input"] for item in items}) == len(items) == 2000
    file.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")


def once(side: str, python: Path | None, url: str, folder: Path) -> tuple[Cost, float]:
    """The cost of one whole run of a side, and the steady rate of requests at the endpoint."""
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
    """Print the Markdown table of one latency. Ratios are medians of the ratios of each round."""
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
    """Measure all sides and print the tables."""
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
