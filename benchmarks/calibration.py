"""Compare our verdicts with those of Wu et al. 2023 on the same stored replies, as a Markdown table.

    python benchmarks/calibration.py FOLDER

The folder holds `wu2023-arith-gpt3.5.jsonl.gz` and the other files. `python -m solverlearner score replies=FILE task=…
base=…` scores one variant of such a file.
"""

import sys
from pathlib import Path

from solverlearner.evaluation.stored_replies import read_replies
from solverlearner.task import Task
from solverlearner.tasks.arith import Arith
from solverlearner.tasks.spatial import Spatial

BASES = (8, 9, 10, 11, 16)
MAPS = ("default", "swap_ns", "swap_we", "r90", "r180", "r270", "random")
FILES: dict[str, list[tuple[dict[str, object], Task]]] = {
    "wu2023-arith-gpt3.5": [({"base": base}, Arith(base)) for base in BASES],
    "wu2023-arith-palm2": [({"base": base}, Arith(base)) for base in BASES],
    "wu2023-spatial-gpt3.5": [({"transform": name}, Spatial(name, "centroid")) for name in MAPS],
}


def main() -> None:
    """Print a row per variant: replies, right by our verdicts and by theirs, and rows with equal verdicts."""
    print("| replies | variant | rows | right, ours | right, theirs | rows that agree |")
    print("|---|---|---|---|---|---|")
    for name, variants in FILES.items():
        for options, task in variants:
            stored = read_replies(Path(sys.argv[1]) / f"{name}.jsonl.gz", task, options)
            ours = [task.equal(line.item.expected, task.read(line.reply.text)) for line in stored.lines]
            theirs = [bool(line.verdict) for line in stored.lines]
            rows, same = len(ours), sum(map(bool.__eq__, ours, theirs))
            shares = f"{100 * sum(ours) / rows:.1f} % | {100 * sum(theirs) / rows:.1f} %"
            print(f"| {name} | {task.variant} | {rows} | {shares} | {same} ({100 * same / rows:.2f} %) |")


if __name__ == "__main__":
    main()
