"""Run the hostile programs with some layers of the executor left out, and print a Markdown table.

    prlimit --as=8000000000 python benchmarks/executor_layers.py

Run it in a checkout with ../shared/hostile beside it (or SOLVERLEARNER_SHARED), as root and as an ordinary user.
Without the policy the programs really run, and only the other layers hold them. So limit the address space as above,
and use a machine that may be damaged.
"""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from containment import Judge, shared  # noqa: E402 - found through the path above

LAYERS = ("policy", "rlimits", "seccomp", "landlock", "uid")


def not_contained(without: tuple[str, ...]) -> list[str]:
    """The names of the programs that were not contained without these layers."""
    judge = Judge(without=without, require="policy")
    try:
        found = []
        for path in shared("hostile"):
            problems = judge.problems(path)
            if problems:
                found.append(path.stem)
                print(f"  {path.stem}: {'; '.join(problems)}", file=sys.stderr)
        return found
    finally:
        judge.close()


def main() -> None:
    """Print a row per set of layers: all, all but one, one alone, none."""
    rows: list[tuple[str, tuple[str, ...]]] = [("all", ())]
    rows += [(f"all but {layer}", (layer,)) for layer in LAYERS]
    rows += [(f"{layer} alone", tuple(other for other in LAYERS if other != layer)) for layer in LAYERS[:4]]
    rows += [("none (fork and channel only)", LAYERS)]
    print(f"{len(shared('hostile'))} hostile programs\n\n| layers | not contained | which |\n|---|---|---|", flush=True)
    for name, without in rows:
        found = not_contained(without)
        print(f"| {name} | {len(found)} | {', '.join(entry.partition('_')[0] for entry in found)} |", flush=True)


if __name__ == "__main__":
    main()
