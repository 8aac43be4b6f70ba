"""Measure how many items per second one core draws for each task family, and whether the cost grows linearly.

    python benchmarks/draw.py [items]

An item is an input with its key and its expected output.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Iterator
from random import Random

from solverlearner.task import Task
from solverlearner.tasks.grids import Grids
from solverlearner.tasks.rewrite import Rewrites

FAMILIES = {  # module, class, options, items per second to reach
    "arith base 9": ("arith", "Arith", {}, 50_000),
    "arith base 16": ("arith", "Arith", {"base": 16}, 50_000),
    "arith base 8, 4 digits, mul": ("arith", "Arith", {"base": 8, "digits": 4, "op": "mul"}, 50_000),
    "syntax sov": ("syntax", "Syntax", {}, 10_000),
    "syntax sov, complexity 3": ("syntax", "Syntax", {"complexity": 3}, 10_000),
    "spatial r90": ("spatial", "Spatial", {}, 10_000),
    "cipher caesar": ("cipher", "Cipher", {}, 10_000),
    "cipher sorted": ("cipher", "Cipher", {"cipher": "sorted"}, 10_000),
    "cipher morse": ("cipher", "Cipher", {"cipher": "morse"}, 10_000),
    "cipher vigenere, 5 words": ("cipher", "Cipher", {"cipher": "vigenere", "words": 5}, 10_000),
}
REWRITES = {  # options of task=rewrite; another rule in each episode, of which the first is taken
    "rewrite isl": {},
    "rewrite isl, k=3": {"k": 3},
    "rewrite rosl": {"function": "rosl"},
    "rewrite cascade": {"function": "cascade"},
    "rewrite cascade, 20 steps": {"function": "cascade", "rules": 20},
    "rewrite regex": {"function": "regex"},
    "rewrite regex, part": {"function": "regex", "output": "part"},
}
GRIDS = {  # options of task=grids, likewise
    "grids, moved": {"of_kind": "move_1p"},
    "grids, mirrored": {"of_kind": "mirror"},
    "grids, recoloured by length": {"of_kind": "recolor_cnt"},
    "grids, 2 steps": {"of_kind": "plane"},
    "grids, 4 steps": {"of_kind": "plane", "size": 4},
    "grids, 2 steps, 12 wide": {"of_kind": "plane", "width": 12},
}
REPEATS = 5


def seconds(task: Task, items: int) -> float:
    """Median CPU seconds for drawing this many items. Other load on the machine hardly affects CPU time."""
    times = []
    for repeat in range(REPEATS):
        rng = Random(repeat)
        rule = task.rule
        start = time.process_time()
        for _ in range(items):
            x = task.draw(rng, "shots")
            task.key(x)
            rule.apply(x)
        times.append(time.process_time() - start)
    return statistics.median(times)


def tasks() -> Iterator[tuple[str, Task, int]]:
    """Name and task of each family, and the items a second to reach."""
    for name, (module, of, options, aim) in FAMILIES.items():
        yield name, getattr(importlib.import_module(f"solverlearner.tasks.{module}"), of)(**options), aim
    for name, options in REWRITES.items():
        yield name, Rewrites(**options).of_episode(0, 0), 10_000
    for name, options in GRIDS.items():
        yield name, Grids(**options).of_episode(0, 0), 10_000


def main() -> None:
    """Print a line per family; `growth` is the time for all items over ten times the time for a tenth: 1 is linear."""
    items = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    print(f"{'family':<30}{'items/s':>10}{'aim':>9}{'growth':>8}   (medians of {REPEATS}, {items} items)")
    for name, task, aim in tasks():
        seconds(task, items // 10)  # a first draw, which sets up the tables
        few, many = seconds(task, items // 10), seconds(task, items)
        print(f"{name:<30}{items / many:>10,.0f}{aim:>9,}{many / (10 * few):>8.2f}")


if __name__ == "__main__":
    main()
