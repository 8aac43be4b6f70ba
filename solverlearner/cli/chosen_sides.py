"""Chosen sides: what the words A and B of `compare` and `power` name, of the runs that are there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from solverlearner.analysis.cells import ORDER, pool
from solverlearner.analysis.comparison import Comparison, Side, compare, freed, options_of_tasks, sides_of
from solverlearner.analysis.conditions import defaults
from solverlearner.analysis.run_folders import holds_runs, rows_file
from solverlearner.analysis.runs import read_runs
from solverlearner.errors import UsageError, did_you_mean, warn
from solverlearner.reporting.progress_bar import watched


def compared(sides: Sequence[str], narrowing: dict[str, str]) -> tuple[list[Comparison], Sequence[str]]:
    """All pairs of sides of A and B that are alike in the rest, and the words that named A and B.

    `narrowing` holds for both sides; `results`, taken out of it, is where runs lie. Raises: UsageError.
    """
    if len(sides) < 2:
        raise UsageError("compare", "needs A and B; `python -m solverlearner compare --help` says what they can be")
    results = narrowing.pop("results", "results")
    folders = [holds_runs(Path(side).expanduser()) for side in sides]  # a model's name may be a folder's as well
    cells = [] if all(folders) else pool(read_runs([results], warn, watched), warn)
    found, free, chosen = [], set(), []
    for side, is_folder in zip(sides, folders, strict=True):
        own = pool(read_runs([side], warn), warn) if is_folder else cells
        there = sides_of(own, {})
        if is_folder:
            path, wanted = Path(side).expanduser(), dict[str, str]()
            chosen.append({"folder": str(path.resolve())})
            if rows_file(path):  # of one run whatever it was asked under, of many what is alike
                free |= {key for each in there for key in each.facts} - {"setting"}
        else:
            wanted = named(side, there)
            chosen.append(wanted)
        _check_keys(narrowing, there)
        free |= freed(wanted, there)
        found.append(sides_of(own, narrowing | wanted))
        if not found[-1]:
            words = " ".join(f"{key}={value}" for key, value in (narrowing | wanted).items())
            raise UsageError(side, f"no run has {words}" if words else "no rows")
    if chosen[0] == chosen[1]:
        raise UsageError(f"compare {' '.join(sides)}", "A and B are the same; name two that differ")
    return compare(found[0], found[1], free), sides


def _check_keys(wanted: Mapping[str, str], there: Sequence[Side]) -> None:
    """Raises: UsageError for a key that no run has."""
    known = sorted({key for each in there for key in each.facts} | options_of_tasks(there) | {*defaults()})
    for key, value in wanted.items():
        if key not in known:
            meant = did_you_mean(key, known) or f"; there are {', '.join(known)}"
            raise UsageError(f"{key}={value}", f"no run has an option {key}{meant}")


def pairs(words: Sequence[str]) -> dict[str, str]:
    """Words KEY=VALUE as a mapping. Raises: UsageError for any other word."""
    pairs = [word.partition("=") for word in words]
    for word, (key, sign, value) in zip(words, pairs, strict=True):
        if not key or not sign:
            raise UsageError(word, "must be KEY=VALUE; only A and B are words alone")
        if not value:
            raise UsageError(word, "is empty; give it a value, or leave it out")
    return {key: value for key, _, value in pairs}


def named(side: str, there: Sequence[Side]) -> dict[str, str]:
    """What a word that is no folder asks for, of the sides there. Raises: UsageError for a word that names nothing."""
    if "=" in side:
        wanted = pairs(side.split(","))
        _check_keys(wanted, there)
        return wanted
    for key in ("setting", "model", "variant"):
        if any(each.facts[key] == side for each in there):
            return {key: side}
    models = ", ".join(sorted({each.facts["model"] for each in there}))
    settings = ", ".join(sorted({each.setting for each in there}, key=ORDER.index))
    meant = did_you_mean(side, [each.facts[key] for each in there for key in ("setting", "model", "variant")])
    raise UsageError(side, f"no folder, and no model ({models}), setting ({settings}) or variant of a run{meant}")
