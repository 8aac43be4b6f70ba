"""Run all hostile programs with some layers of the executor left out, and print a row of a Markdown table for each set.

    prlimit --as=8000000000 python benchmarks/executor_layers.py [SET …]

SET is `all`, `none`, a layer alone (`policy`, `rlimits`, `seccomp`, `landlock`, `uid`) or all but one (`-policy`, …);
without a word all of them. The programs are those of ../shared/hostile and ../shared/redteam/hostile
(SOLVERLEARNER_SHARED) and our own. Run it as root and as an ordinary user, for example behind
`setpriv --reuid 65534 --regid 65534 --clear-groups`.

Without the policy the programs really run, and only the other layers hold them. So limit the address space as above,
and use a machine that may be damaged, or namespaces. In a network namespace of its own the interface `lo` has to be up:

    unshare -n -p -m -f --mount-proc bash -c 'ip link set lo up; mount --bind / /; mount -o remount,ro,bind /;
      mount -t tmpfs none /mnt; TMPDIR=/mnt prlimit --as=8000000000 python benchmarks/executor_layers.py'
"""

import os
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from containment import shared  # noqa: E402 - found through the path above

from benchmarks.executor_matrix import escapes  # noqa: E402 - found through the path above

LAYERS = ("policy", "rlimits", "seccomp", "landlock", "uid")
_ONLY_LATE = "took "


def sets() -> dict[str, tuple[str, tuple[str, ...]]]:
    """By the word for it: the name of a set of layers, and the layers that it is without. Only root has `uid`."""
    there = LAYERS if os.geteuid() == 0 else LAYERS[:-1]
    found: dict[str, tuple[str, tuple[str, ...]]] = {"all": ("all", ())}
    found |= {f"-{layer}": (f"all but {layer}", (layer,)) for layer in there}
    found |= {layer: (f"{layer} alone", tuple(other for other in LAYERS if other != layer)) for layer in there}
    return found | {"none": ("none (fork and channel only)", LAYERS)}


def main() -> None:
    """Print the rows; on standard error what each program got away with."""
    paths = sorted({*shared("hostile"), *shared("redteam/hostile")}, key=lambda path: path.name)
    known = sets()
    wanted = sys.argv[1:] or [*known]
    if wrong := [word for word in wanted if word not in known]:
        raise SystemExit(f"{wrong[0]}: must be some of {', '.join(known)}")
    print(f"{len(paths)} hostile programs\n\n| layers | not contained | late | which |\n|---|---|---|---|", flush=True)
    for title, without in map(known.__getitem__, wanted):
        found = dict(each.split(": ", 1) for each in escapes(paths, {"without": without, "require": "policy"}))
        late = [name for name, problems in found.items() if problems.startswith(_ONLY_LATE) and ";" not in problems]
        for name, problems in found.items():
            print(f"  {title}: {name}: {problems}", file=sys.stderr, flush=True)
        out = [name.partition("_")[0] for name in found if name not in late]
        print(f"| {title} | {len(out)} | {len(late)} | {', '.join(out)} |", flush=True)


if __name__ == "__main__":
    main()
