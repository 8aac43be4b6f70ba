"""power: say from a pilot run how many episodes and queries tell an effect of a given size."""

from collections.abc import Sequence
from pathlib import Path

from solverlearner.analysis.cells import Cell, main_cells, pool
from solverlearner.analysis.comparison import sides_of, titles
from solverlearner.analysis.labels import natural
from solverlearner.analysis.pilot import PilotEffect, Wanted, pilot_effects, pilot_pair
from solverlearner.analysis.run_folders import holds_runs
from solverlearner.analysis.runs import read_runs
from solverlearner.cli.chosen_sides import compared, pairs
from solverlearner.errors import UsageError, warn
from solverlearner.reporting.power_text import power_text
from solverlearner.reporting.progress_bar import watched

_HELP = """\
python -m solverlearner power [PILOT] [KEY=VALUE ...] [effect=0.1] [power=0.8] [alpha=0.05]
python -m solverlearner power A B [KEY=VALUE ...] [effect=0.1] [power=0.8] [alpha=0.05]

Say how many episodes and queries tell an effect of this size, from the variance and the cluster correlation of a pilot
run; and what they cost in calls, and in dollars where prices are known. PILOT is a run folder, or a folder of runs
(default: results) that KEY=VALUE narrow to one variant of one model; the effects between its settings are planned. A
and B are two models, settings, variants or folders, as `compare` takes them; their difference is planned.

effect is a difference of accuracies from 0 to 1, power the chance to find it, alpha the level of the two-sided test.
For example

  python -m solverlearner power results/arith-base-9-gpt-4o-1f2e3d4c effect=0.05
  python -m solverlearner power results variant=base-9 model=gpt-4o
  python -m solverlearner power zero_shot solverlearner model=gpt-4o variant=base-9 power=0.9
"""
_OWN = {"effect": 0.1, "power": 0.8, "alpha": 0.05}
_MOST_LISTED = 8


def main(argv: Sequence[str]) -> int:
    """Print the plan; gives 0, or 2 with one line for what cannot be planned."""
    if {"-h", "--help"} & {*argv}:
        print(_HELP, end="")
        return 0
    try:
        sides, rest = _sides(argv)
        given = pairs(rest)
        wanted = Wanted(**{name: _number(name, given.pop(name, str(usual))) for name, usual in _OWN.items()})
        title, effects = _pair(sides, given) if len(sides) > 1 else _pilot(sides, given)
    except UsageError as error:
        warn(str(error))
        return 2
    print(power_text(title, effects, wanted))
    return 0


def _sides(argv: Sequence[str]) -> tuple[list[str], Sequence[str]]:
    """The words that name a pilot, or A and B, and the others. Two words of the same option are A and B as well."""
    keys = [word.partition("=")[0] for word in argv[:2] if "=" in word]
    if len(keys) == 2 and keys[0] == keys[1]:
        return [*argv[:2]], argv[2:]
    number = next((place for place, word in enumerate(argv) if "=" in word), len(argv))
    if number > 2:
        raise UsageError(argv[2], "must be KEY=VALUE; only a pilot, or A and B, are words alone")
    return [*argv[:number]], argv[number:]


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{name}={text}", f"must be a number, as {name}={_OWN[name]:g}") from None


def _pilot(sides: Sequence[str], given: dict[str, str]) -> tuple[str, list[PilotEffect]]:
    results = given.pop("results", "results")
    place = sides[0] if sides else results
    if sides and not holds_runs(Path(place).expanduser()):
        raise UsageError(place, "no folder with runs; name a pilot's run folder, or A and B as `compare` takes them")
    cells = pool(read_runs([place], warn, watched), warn)
    chosen = {id(side.cell): side.cell for side in sides_of(cells, given)}
    cell = _one([*chosen.values()], cells, given)
    runs = cell.runs[0].path.name if len(cell.runs) == 1 else f"{len(cell.runs)} runs"
    title = f"Pilot: {cell.task} {cell.variant} · {cell.model} · {runs}"
    return title, pilot_effects(cell)


def _one(chosen: Sequence[Cell], cells: Sequence[Cell], given: dict[str, str]) -> Cell:
    """The one variant and model that the words leave, in the condition that tables show. Raises: UsageError."""
    chosen = main_cells(chosen)
    if len(chosen) == 1:
        return chosen[0]
    told = sorted({f"variant={each.variant} model={each.model}" for each in chosen or cells}, key=natural)
    listed = "; ".join(told[:_MOST_LISTED]) + (" …" if len(told) > _MOST_LISTED else "")
    words = " ".join(f"{key}={value}" for key, value in given.items())
    if chosen:
        raise UsageError(words or "power", f"{len(chosen)} variants and models, one is needed; narrow them: {listed}")
    raise UsageError(words, f"no run has this; there are {listed}")


def _pair(sides: Sequence[str], given: dict[str, str]) -> tuple[str, list[PilotEffect]]:
    found, _ = compared(sides, given)
    if len(found) > 1:
        told = "; ".join([title for title in titles(found) if title][:_MOST_LISTED])
        raise UsageError(" ".join(sides), f"{len(found)} pairs, one is needed; narrow them by KEY=VALUE: {told}")
    (pair,) = found
    facts = pair.facts
    place = " · ".join(filter(None, (facts.get(key) for key in ("task", "variant", "model", "setting"))))
    return f"Pilot: {place}", [pilot_pair(pair, f"{sides[0]} − {sides[1]}")]
