"""compare: say whether two models, settings or prompts differ, on the same items."""

import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from solverlearner.analysis.cells import ORDER, Cell, pool
from solverlearner.analysis.comparison import Comparison, compare, sides_of, titles
from solverlearner.analysis.run_folders import holds_runs, rows_file
from solverlearner.analysis.runs import read_runs
from solverlearner.analysis.tables.effects import note_on_tests
from solverlearner.analysis.tables.table import p_value
from solverlearner.errors import UsageError, did_you_mean, warn
from solverlearner.reporting.terminal import columns, interval

_HELP = """\
python -m solverlearner compare A B [KEY=VALUE ...] [results=DIR]

Say whether A and B differ, on the items that both answered: the paired difference with its interval, exact tests, and
the episodes where they part. A and B are each

  a run folder, or a folder of runs that were asked under the same options
  a model, setting or variant of the runs under `results`
  KEY=VALUE         of task, variant, model, setting or any option; several with commas: model=gpt-4o,shots=4

What A and B do not name has to be the same on both sides; there is a line for every case of it. KEY=VALUE after them
narrows both sides. For example

  python -m solverlearner compare zero_shot solverlearner model=gpt-4o variant=base-9
  python -m solverlearner compare gpt-4o qwen2.5-coder-1.5b-instruct-q4_k_m setting=solverlearner
  python -m solverlearner compare hint=none hint=strong task=arith
  python -m solverlearner compare results/arith-base-9-gpt-4o-1f2e3d4c results/arith-base-9-gpt-4o-5b6a7988
  python -m solverlearner compare results-old-prompts results-new-prompts
"""
_MOST_EPISODES = 10
_MOST_LISTS = 3


def main(argv: Sequence[str]) -> int:
    """Print the comparison; gives 0, or 2 with one line for what cannot be compared."""
    if not argv or {"-h", "--help"} & {*argv}:
        print(_HELP, end="")
        return 0
    try:
        found, sides = _compared(argv)
    except UsageError as error:
        warn(str(error))
        return 2
    print("\n".join(_lines(found, sides)))
    return 0


def _compared(argv: Sequence[str]) -> tuple[list[Comparison], Sequence[str]]:
    if len(argv) < 2:
        raise UsageError("compare", "needs A and B; `python -m solverlearner compare --help` says what they can be")
    sides, narrowing = argv[:2], _pairs(argv[2:])
    results = narrowing.pop("results", "results")
    folders = [holds_runs(Path(side).expanduser()) for side in sides]  # a model's name may be a folder's as well
    cells = [] if all(folders) else pool(read_runs([results], warn), warn)
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


def _lines(found: Sequence[Comparison], sides: Sequence[str]) -> list[str]:
    names = titles(found)
    header = [
        "",
        "A",
        "B",
        "A − B",
        "queries",
        "episodes",
        "only A",
        "only B",
        "p, items",
        "p, episodes",
        "p, Holm",
        "",
    ]
    rows = [header, *(_row(name, each) for name, each in zip(names, found, strict=True))]
    lines = [f"A  {sides[0]}", f"B  {sides[1]}", "", "Accuracy on the queries that both answered, 95 % interval"]
    lines += [*columns(rows), *_notes(names, found)]
    clearest = sorted(range(len(found)), key=lambda i: (found[i].effect.p_episode, i))[:_MOST_LISTS]
    for index in sorted(clearest):
        lines += _parting(names[index], found[index])
    note = note_on_tests([each.effect for each in found], items=True)
    tests = f"{note} p, Holm: p, episodes adjusted for the number of lines here, {len(found)}."
    return [*lines, "", *textwrap.wrap(tests, 120)]


def _row(name: str, found: Comparison) -> list[str]:
    test = found.effect
    counts = [str(x) for x in (test.n, test.episodes, test.only_first, test.only_second)]
    tests = [p_value(p) for p in (test.p_item, test.p_episode, test.p_holm) if p is not None]
    better = ("A is better" if test.estimate.value > 0 else "B is better") if test.mark else "not told apart"
    accuracies = [interval(accuracy) for accuracy in found.accuracies]
    return [name, *accuracies, interval(test.estimate, "+.3f"), *counts, *tests, better]


def _notes(names: Sequence[str], found: Sequence[Comparison]) -> Iterator[str]:
    """In what A and B differ, beside what was asked for too, and what is in no number."""
    differing: dict[str, list[str]] = {}
    for name, each in zip(names, found, strict=True):
        words = "; ".join(f"{key} {a} against {b}" for key, (a, b) in each.differing.items())
        differing.setdefault(words, []).append(name)
    yield ""
    for words, where in differing.items():
        yield f"They differ in {words or 'nothing that is on record'}{_place(where) if len(differing) > 1 else ''}."
    for name, each in zip(names, found, strict=True):
        if each.unanswered:
            asked = "1 query is" if each.unanswered == 1 else f"{each.unanswered} queries are"
            yield f"{asked} unanswered by A or B and in no number{_place([name])}."


def _place(names: Sequence[str]) -> str:
    named = [name for name in names if name]
    return f" ({'; '.join(named)})" if named else ""


def _parting(name: str, found: Comparison) -> list[str]:
    if found.episodes.empty:
        return []
    shown = found.episodes.head(_MOST_EPISODES)
    rows = [["seed", "episode", "A", "B", "of"], *([f"{x:.6g}" for x in row] for row in shown.itertuples(index=False))]
    more = len(found.episodes) - len(shown)
    shown_as = "sums of scores" if found.effect.graded else "queries right"
    title = f"Episodes where they part{_place([name])}: {shown_as}, the furthest apart first"
    return ["", title, *columns(rows), *([f"  and {more} more"] if more else [])]
