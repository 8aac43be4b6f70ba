"""Run every hostile program alone, in a batch between three neighbours, and typed; print a row of a Markdown table.

    PYTHON benchmarks/executor_matrix.py [LAYERS]

LAYERS is `all`, `policy` (the policy alone) or `kernel` (all but the policy, so that the programs really run). Repeat
it for each interpreter (RestrictedPython has to be importable) and for each user: as root and, for example, behind
`setpriv --reuid 65534 --regid 65534 --clear-groups`. The programs are those of ../shared/hostile and
../shared/redteam/hostile (SOLVERLEARNER_SHARED) and our own. Harmless programs have to give their right values too.
Two processes need network namespaces of their own (`unshare -n`), because the listeners have fixed ports.
"""

import asyncio
import json
import os
import platform
import resource
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(_ROOT), str(_ROOT / "tests")]

from containment import Judge, modules_of, shared  # noqa: E402 - found through the path above
from test_executor_attacks import INPUTS, LIMITS, NEIGHBOURS  # noqa: E402

from solverlearner.execution.executor import Executor, ExecutorError, Limits  # noqa: E402

WITHOUT = {"all": (), "policy": ("rlimits", "seccomp", "landlock", "uid"), "kernel": ("policy",)}


def _modules(path: Path) -> tuple[str, ...]:
    return tuple(name for name in modules_of(path) if find_spec(name))


def escapes(paths: list[Path], options: dict[str, Any]) -> list[str]:
    """The programs that were not contained, each with what it got away with."""
    found = []
    for modules in sorted({_modules(path) for path in paths}):
        judge = Judge(modules=modules, **options)
        for path in paths:
            if _modules(path) == modules and (problems := judge.problems(path)):
                found.append(f"{path.stem}: {'; '.join(problems)}")
        judge.close()
    return found


async def _together(paths: list[Path], options: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The programs that changed a neighbour's outcome, and those that ended the executor, in a batch or typed."""
    changed, stopped = [], []
    async with Executor(LIMITS, 1, batch=8, **options) as executor:
        alone = [(await executor.run(each, INPUTS)) for each in NEIGHBOURS]
        for path in paths:
            program = path.read_text("utf-8", "surrogateescape")
            batch = [NEIGHBOURS[0], program, *NEIGHBOURS[1:]]
            try:
                first, _, *others = await asyncio.gather(*(executor.run(each, INPUTS) for each in batch))
                await executor.run(program, INPUTS, typed=True)
            except ExecutorError as error:
                stopped.append(f"{path.stem}: {error}")
                continue
            if [[each[:4] for each in found] for found in (first, *others)] != [
                [each[:4] for each in found] for found in alone
            ]:
                changed.append(path.stem)
    return changed, stopped


async def _benign(paths: list[Path], options: dict[str, Any]) -> list[str]:
    """The harmless programs with stored values that did not give exactly these."""
    wrong = []
    modules = ("numpy",) if find_spec("numpy") else ()
    async with Executor(Limits(call_s=3.0), 1, modules=modules, **options) as executor:
        for path in paths:
            cases = json.loads(path.with_suffix(".json").read_text())
            outcomes = await executor.run(path.read_text(), cases["inputs"])
            if [each.value for each in outcomes] != cases["expected"]:
                wrong.append(path.stem)
    return wrong


def main() -> None:
    """Print the row; on standard error which programs it counts."""
    layers = sys.argv[1] if len(sys.argv) > 1 else "all"
    options: dict[str, Any] = {"without": WITHOUT[layers], "require": "policy"}
    hostile = sorted({*shared("hostile"), *shared("redteam/hostile")}, key=lambda path: path.name)
    benign = [
        path for kind in ("benign", "redteam/benign") for path in shared(kind) if path.with_suffix(".json").exists()
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    out = escapes(hostile, options)
    changed, stopped = asyncio.run(_together(hostile, options))
    wrong = asyncio.run(_benign(benign, options))
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    for title, names in (("escape", out), ("neighbour changed", changed), ("stopped", stopped), ("wrong", wrong)):
        for name in names:
            print(f"  {title}: {name}", file=sys.stderr)
    user = "root" if os.geteuid() == 0 else "unprivileged"
    cells = [platform.python_version(), user, layers, len(hostile), len(out), len(stopped), len(changed)]
    print("|", " | ".join(map(str, [*cells, f"{len(benign) - len(wrong)} of {len(benign)}", f"{peak:.0f} MB"])), "|")


if __name__ == "__main__":
    main()
