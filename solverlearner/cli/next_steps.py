"""Next steps: what a run and a sweep tell their user to do next, in words that bash and zsh both take as they are."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from solverlearner.design.setting import of_kind
from solverlearner.evaluation.run_options import part_of
from solverlearner.evaluation.run_spec import RunSpec

_SIDES_OF_PAPER = (of_kind("deductive")[0], of_kind("inductive")[0])


def command(*words: str) -> str:
    """A command of ours as a person types it, with quotes around words that a shell would change.

    >>> command("tables", "results=[a,b]")
    "python -m solverlearner tables 'results=[a,b]'"
    """
    return shlex.join(["python", "-m", "solverlearner", *words])


def after_run(folder: str, of_task: Sequence[str]) -> Iterator[str]:
    """Three lines. `of_task` are the words that choose the task, as they were typed."""
    yield "Next:"
    yield "  Effects, references, outcomes and the cost: the same command with details=true"
    model = ("model=compatible", "name=NAME", "base_url=URL")
    yield f"  A model of your own: {command('run', *of_task, *model)}"
    report = command("report", f"results={folder}", "open=true")
    yield f"  Every prompt, completion and program in your browser: {report}"


def after_sweep(runs: Mapping[str, RunSpec]) -> Iterator[str]:
    """The commands that show the runs of a sweep together. `runs` are those that are finished, by their folders."""
    if not runs:
        return
    places = [*dict.fromkeys(str(run.results) for run in runs.values())]
    results = f"results={places[0] if len(places) == 1 else '[' + ','.join(places) + ']'}"
    yield "Next:"
    yield f"  Tables and figures: {command('tables', results)}"
    yield f"  Every prompt, completion and program in your browser: {command('report', results, 'open=true')}"
    if (sides := two_sides([run.kept | {"model": run.model.name} for run in runs.values()])) and len(places) == 1:
        yield f"  Do two of them differ, on the same items: {command('compare', *sides, results)}"


def two_sides(runs: Sequence[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Two sides for `compare`: models where they differ, else another option in which they do, else two settings.

    Each run is its options with the name of its model. None where there is one setting and nothing that differs.
    """
    first = runs[0]
    for key in ("model", *sorted(first.keys() - {"model", "settings", "task", "prompts", "system"})):
        part = part_of(key)
        if key != "model" and (part is None or not part.separates):
            continue
        values = [*dict.fromkeys(str(run.get(key)) for run in runs)]
        if len(values) > 1:
            return (values[0], values[1]) if key == "model" else (f"{key}={values[0]}", f"{key}={values[1]}")
    settings = [*dict.fromkeys(str(each) for run in runs for each in _listed(run.get("settings")))]
    if {*_SIDES_OF_PAPER} <= {*settings}:
        return _SIDES_OF_PAPER
    return (settings[0], settings[1]) if len(settings) > 1 else None


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()
