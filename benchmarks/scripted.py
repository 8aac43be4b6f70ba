"""Measure what the harness itself costs: processor time of a run whose model answers at once, by start and by item.

    python benchmarks/scripted.py [rounds, default 5] [checkout …, default this one]

A run of `model=scripted` has no network and no weights. Each round runs 10 and then 4,010 one-line items in each
checkout, so that a load of the machine meets all of them. The start is the processor time of the small run. The time of
an item is the difference of both runs, by 4,000. The numbers are medians over the rounds, of user and system time of
the process and its children. A first round, which compiles Python's files, is not counted.
"""

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from measure import ROOT, measured, our_environment

_QUERIES = 10
_EPISODES = (1, 401)


def seconds(checkout: Path, episodes: int, folder: Path) -> float:
    """The processor seconds of one run in a checkout."""
    results = Path(tempfile.mkdtemp(dir=folder))
    items = ["task=arith", "base=9", "digits=6", "settings=[zero_shot]", f"queries={_QUERIES}", f"episodes={episodes}"]
    command = [sys.executable, "-m", "solverlearner", "run", *items, "model=scripted", f"results={results}"]
    cost = measured(command, folder, our_environment(results) | {"PYTHONPATH": str(checkout)})
    shutil.rmtree(results)
    if cost.code:
        sys.exit(f"{checkout}: exit code {cost.code}\n{cost.output[-3000:]}")
    return cost.cpu


def main() -> None:
    """Measure all checkouts and print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    checkouts = [Path(each).resolve() for each in sys.argv[2:]] or [ROOT]
    found: dict[Path, list[tuple[float, float]]] = {checkout: [] for checkout in checkouts}
    with tempfile.TemporaryDirectory() as temporary:
        for number in range(rounds + 1):
            for checkout in checkouts:
                small, large = (seconds(checkout, episodes, Path(temporary)) for episodes in _EPISODES)
                if number:
                    found[checkout].append((small, large))
    items = _QUERIES * (_EPISODES[1] - _EPISODES[0])
    print("| checkout | start, CPU s | CPU ms an item |\n|---|--:|--:|")
    for checkout, costs in found.items():
        start = statistics.median(small for small, _ in costs)
        item = statistics.median(1e3 * (large - small) / items for small, large in costs)
        print(f"| {checkout} | {start:.3f} | {item:.3f} |")


if __name__ == "__main__":
    main()
