"""compare: say whether two models, settings or prompts differ, on the same items."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from solverlearner.analysis.cells import ORDER, Cell, pool
from solverlearner.analysis.comparison import Comparison, compare, sides_of
from solverlearner.analysis.pooled import ALL, pooled_levels
from solverlearner.analysis.run_folders import holds_runs, rows_file
from solverlearner.analysis.runs import read_runs
from solverlearner.errors import UsageError, check_choice, did_you_mean, warn
from solverlearner.reporting.comparison_text import comparison_text, verdict
from solverlearner.reporting.progress_bar import watched

_HELP = """\
python -m solverlearner compare A B [KEY=VALUE ...] [results=DIR] [details=true] [fail_if=worse]

Say whether A and B differ, on the items that both answered: first one answer over everything, then by setting, family
and variant, with intervals, exact tests, and the smallest difference that could have been told. A and B are each

  a run folder, or a folder of runs that were asked under the same options
  a model, setting or variant of the runs under `results`
  KEY=VALUE         of task, variant, model, setting or any option; several with commas: model=gpt-4o,shots=4

What A and B do not name has to be the same on both sides. KEY=VALUE after them narrows both sides. details=true also
shows every pair alone, and episodes in which A and B differ. fail_if=worse gives exit code 1 where A is worse than B
over everything (p ≤ 0.05). For example

  python -m solverlearner compare zero_shot solverlearner model=gpt-4o variant=base-9
  python -m solverlearner compare gpt-4o qwen2.5-coder-1.5b-instruct-q4_k_m setting=solverlearner
  python -m solverlearner compare hint=none hint=strong task=arith
  python -m solverlearner compare results/arith-base-9-gpt-4o-1f2e3d4c results/arith-base-9-gpt-4o-5b6a7988
  python -m solverlearner compare results-old-prompts results-new-prompts
"""
_WORSE = "worse"


def main(argv: Sequence[str]) -> int:
    """Print the comparison; gives 0, 1 where `fail_if` holds, or 2 with one line for what cannot be compared."""
    if not argv or {"-h", "--help"} & {*argv}:
        print(_HELP, end="")
        return 0
    try:
        given = _pairs(argv[2:])
        details, fail_if = _own_options(given)
        found, sides = _compared(argv[:2], given)
        levels = pooled_levels(found)
    except UsageError as error:
        warn(str(error))
        return 2
    print(comparison_text(levels, sides, shutil.get_terminal_size().columns, details=details))
    (whole,) = levels[ALL]
    if fail_if and whole.better == "second":
        warn(f"fail_if={fail_if}: {verdict(whole)}")
        return 1
    return 0


def _own_options(given: dict[str, str]) -> tuple[bool, str]:
    """`details` and `fail_if`, taken out of the words behind A and B. Raises: UsageError for another value."""
    details, fail_if = given.pop("details", "false"), given.pop("fail_if", "")
    check_choice("details", details, ("true", "false"))
    if fail_if:
        check_choice("fail_if", fail_if, (_WORSE,))
    return details == "true", fail_if


def _compared(sides: Sequence[str], narrowing: dict[str, str]) -> tuple[list[Comparison], Sequence[str]]:
    if len(sides) < 2:
        raise UsageError("compare", "needs A and B; `python -m solverlearner compare --help` says what they can be")
    results = narrowing.pop("results", "results")
    folders = [holds_runs(Path(side).expanduser()) for side in sides]  # a model's name may be a folder's as well
    cells = [] if all(folders) else pool(read_runs([results], warn, watched), warn)
    found, free, chosen = [], set(), []
    for side, is_folder in zip(sides, folders, strict=True):
        if is_folder:
            own, wanted = pool(read_runs([side], warn), warn), {}
            chosen.append({"folder": str(Path(side).expanduser().resolve())})
            if rows_file(Path(side).expanduser()):  # of one run whatever it was asked under, of many what is alike
                free |= {key for each in sides_of(own, {}) for key in each.facts} - {"setting"}
        else:
            own, wanted = cells, _named(side, cells)
            chosen.append(wanted)
        free |= {*wanted}
        found.append(sides_of(own, narrowing | wanted))
        if not found[-1]:
            words = " ".join(f"{key}={value}" for key, value in (narrowing | wanted).items())
            raise UsageError(side, f"no run has {words}" if words else "no rows")
    if chosen[0] == chosen[1]:
        raise UsageError(f"compare {' '.join(sides)}", "A and B are the same; name two that differ")
    return compare(found[0], found[1], free), sides


def _pairs(words: Sequence[str]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    for word, (key, sign, value) in zip(words, pairs, strict=True):
        if not key or not sign:
            raise UsageError(word, "must be KEY=VALUE; only A and B are words alone")
        if not value:
            raise UsageError(word, "is empty; give it a value, or leave it out")
    return {key: value for key, _, value in pairs}


def _named(side: str, cells: Sequence[Cell]) -> dict[str, str]:
    """What a side that is no folder asks for. Raises: UsageError for a word that names nothing, or an unknown key."""
    there = sides_of(cells, {})
    if "=" in side:
        wanted = _pairs(side.split(","))
        known = sorted({key for each in there for key in each.facts})
        for key in wanted:
            if key not in known:
                raise UsageError(side, f"no run has an option {key}; there are {', '.join(known)}")
        return wanted
    for key in ("setting", "model", "variant"):
        if any(each.facts[key] == side for each in there):
            return {key: side}
    models = ", ".join(sorted({each.facts["model"] for each in there}))
    settings = ", ".join(sorted({each.setting for each in there}, key=ORDER.index))
    meant = did_you_mean(side, [each.facts[key] for each in there for key in ("setting", "model", "variant")])
    raise UsageError(side, f"no folder, and no model ({models}), setting ({settings}) or variant of a run{meant}")
