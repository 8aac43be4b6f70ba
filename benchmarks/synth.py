"""Measure how fast `synth` turns Python files into triples, by number of processes and by stage.

    python benchmarks/synth.py [source] [repeats] [most processes]

Each run begins with an empty folder. "again" is the same command on the finished folder, the cost of continuing a
killed run. The time of a stage is in seconds over all processes. Collect parses files and filters functions, examine
runs programs in the executor, pack splits and writes.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT)]

from solverlearner.synth.stream import SynthOptions, synthesise  # noqa: E402 - found through the path above

STAGES = ("collect", "examine", "pack")


class Taken(NamedTuple):
    """One run: its seconds, those of a second run on its folder, those of each of `STAGES`, and its counts."""

    wall: float
    again: float
    stages: tuple[float, ...]
    files: int
    functions: int
    programs: int
    calls: int
    triples: int


def taken(source: str, processes: int) -> Taken:
    """Do a run into a new folder, and the same run once more."""
    with tempfile.TemporaryDirectory(prefix="synth-benchmark-") as temporary:
        options = SynthOptions((source,), Path(temporary), processes=processes)
        first = synthesise(options)
        began = time.perf_counter()
        synthesise(options)
        again = time.perf_counter() - began
        calls = sum(json.loads(Path(temporary, "card.json").read_text())["outcomes"].values())
    counts = first.counts
    return Taken(
        first.wall, again, tuple(first.seconds[stage] for stage in STAGES), counts["file: read"],
        counts["function: seen"], counts["candidate"], calls, counts["triple: train"] + counts["triple: test"],
    )  # fmt: skip


def main() -> None:
    """Print a line for 1, 2, 4, … processes, and the stage that takes most of the time."""
    source = sys.argv[1] if len(sys.argv) > 1 else "stdlib"
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    most = int(sys.argv[3]) if len(sys.argv) > 3 else len(os.sched_getaffinity(0))
    columns = (
        "wall s",
        "again s",
        *(f"{stage} s" for stage in STAGES),
        "functions/s",
        "programs/s",
        "calls/s",
        "speed-up",
    )
    print(f"{'processes':>9}" + "".join(f"{column:>{max(9, len(column) + 2)}}" for column in columns))
    alone, processes = None, 1
    while processes <= most:
        runs = [taken(source, processes) for _ in range(repeats)]
        one, wall = runs[0], statistics.median(run.wall for run in runs)
        stages = [statistics.median(run.stages[place] for run in runs) for place in range(len(STAGES))]
        alone = alone or wall
        again = statistics.median(run.again for run in runs)
        # a run does all work once, so rates are over the whole run
        values = wall, again, *stages, one.functions / wall, one.programs / wall, one.calls / wall, alone / wall
        texts = [f"{value:,.0f}" if value >= 100 else f"{value:.1f}" for value in values]
        wide = [max(9, len(column) + 2) for column in columns]
        print(
            f"{processes:>9}" + "".join(f"{text:>{width}}" for text, width in zip(texts, wide, strict=True)), flush=True
        )
        share, stage = max(zip(stages, STAGES, strict=True))
        print(f"{'':>9}  bottleneck: {stage}, {share / sum(stages):.0%} of the stages' time", flush=True)
        processes *= 2
    print(
        f"medians of {repeats}; {source}: {one.files:,} files, {one.functions:,} functions, {one.programs:,} programs, "
    )
    print(f"{one.calls:,} calls, {one.triples:,} triples")


if __name__ == "__main__":
    main()
