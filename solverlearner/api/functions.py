"""Python API: one run, the results of many, and programs in the executor, from a script or a notebook.

`import solverlearner as sl` hands on every name of `__all__`.
"""

import asyncio
import os
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.results import Results, ResultsCollection, load_collection
from solverlearner.api.background import Interruption, Stoppable, apart
from solverlearner.api.composition import composed_options
from solverlearner.errors import RunStopped, UsageError, check_range
from solverlearner.evaluation.cost import within_budget
from solverlearner.evaluation.options import run_spec_of
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.execution.executor import Executor, Limits, Outcome, Require
from solverlearner.inference.engine import left_open
from solverlearner.models.base import Model, ProviderError, Question, Reply, Request
from solverlearner.pipeline import carry_out_spec, limit_line
from solverlearner.reporting.progress_bar import keep_noted, keep_shown
from solverlearner.task import Input, Tasks

__all__ = [
    "Estimate", "Limits", "Model", "Outcome", "ProviderError", "Question", "Reply", "Request", "Results",
    "ResultsCollection", "RunStopped", "UsageError", "evaluate", "load_results", "run_programs",
]  # fmt: skip

Place = str | os.PathLike[str]


def evaluate(
    task: str | Tasks,
    model: str | Model,
    settings: Sequence[str] | None = None,
    *,
    results: Place = "results",
    progress: bool = False,
    **options: object,
) -> Results:
    """Ask a model about a task in every setting, score its completions, and return what came out.

    `task` and `model` are names, as on the command line (`"arith"`, `"openai"`), or objects: any `Task` or `Tasks`, and
    anything with the parts of a `Model`. `settings` are names of settings; None: the five of the square. `results` is
    the folder that the run's own folder lies in. `progress` draws on standard error how far the run is. All other
    options have the names and defaults of `python -m solverlearner run --help`; those of the executor are given as
    `executor={"workers": 2}`.

    The same options are the same run, in Python and on the command line: completions that its folder holds are not
    asked for again. It also works inside a running event loop, as in a notebook. Ctrl-C (in a notebook: interrupt)
    lets calls under way end and keeps their completions; a second one stops at once.

    Raises: UsageError for a wrong option or object and a budget that is too small, before anything is asked.
    RunStopped for a run that cannot finish, or leaves more than `max_unanswered` calls unanswered. KeyboardInterrupt
    after Ctrl-C. What came is kept in all cases.

    >>> import solverlearner as sl
    >>> r = sl.evaluate("arith", "scripted", ["zero_shot", "solverlearner"], base=9, episodes=2, queries=3)
    >>> r.accuracy["solverlearner"].value
    1.0
    >>> r.to_pandas().groupby("setting").correct.mean().to_dict()
    {'solverlearner': 1.0, 'zero_shot': 1.0}
    """
    given = {**options, "results": os.fspath(results)}
    if settings is not None:
        given["settings"] = settings if isinstance(settings, str) else [*settings]
    return _carried_out(run_spec_of(composed_options(task, model, given)), progress)


def _carried_out(spec: RunSpec, progress: bool) -> Results:
    if spec.budget:
        within_budget(spec.budget.usd, spec.cost())
    if line := limit_line(spec):
        _warn(line)
    drawn = (keep_shown if sys.stderr.isatty() else keep_noted) if progress else None
    runner = Stoppable()
    interruption = Interruption(runner, drawn)
    engine, _ = apart(lambda: carry_out_spec(spec, interruption.shown, runner), interruption)
    if problem := left_open(engine):
        raise RunStopped(f"{problem}; load_results({str(spec.path)!r}) has the others")
    return load_results(spec.path)[0]


def load_results(places: Place | Sequence[Place] = "results") -> ResultsCollection:
    """The results of all runs in folders, in the order of their names.

    A place is a folder of runs, a run's folder, or a pattern such as `"results/arith-*"`; several come as a list. A
    folder that cannot be read is left out with a warning. Raises: UsageError where a place is not there or has no run.

    >>> import solverlearner as sl
    >>> r = sl.evaluate("cipher", "scripted", ["io"], episodes=2, queries=2, results="loaded")
    >>> rs = sl.load_results("loaded")
    >>> len(rs), rs[0].path == r.path
    (1, True)
    >>> rs.table("family")[["variant", "setting", "accuracy"]].to_dict("records")
    [{'variant': 'caesar-5', 'setting': 'io', 'accuracy': 1.0}]
    """
    listed = [places] if isinstance(places, str | os.PathLike) else [*places]
    return load_collection([os.fspath(Path(place)) for place in listed], _warn)


def run_programs(
    programs: Sequence[str],
    inputs: Sequence[Input],
    *,
    limits: Limits | None = None,
    workers: int | None = None,
    require: Require = "default",
    modules: Sequence[str] = (),
    typed: bool = False,
) -> list[list[Outcome]]:
    """Run the `solver` of each program on all inputs, in the restricted executor.

    An input is the tuple of the arguments, of JSON's types. Outcome `[i][j]` is that of program i on input j. Its
    `status` is `ok`, `rejected`, `error`, `timeout`, `memory` or `crash`, `value` is what `solver` returned, `seconds`
    is processor time. `limits` are seconds, megabytes and kilobytes (see `Limits`), `workers` processes (None: one a
    core), `require` the protections that must be there, `modules` further modules that programs may import. `typed`:
    arguments and values are typed JSON, which has tuples and sets too.

    Raises: UsageError for inputs or options that are wrong, and where the system lacks a required protection.

    >>> import solverlearner as sl
    >>> [[outcome]] = sl.run_programs(["def solver(a, b):\\n    return a + b"], [(1, 2)], workers=1)
    >>> outcome.status, outcome.value
    ('ok', 3)
    """
    if isinstance(programs, str):
        raise UsageError("programs", "must be a list of programs: run_programs([program], inputs)")
    for number, each in enumerate(inputs):
        if not isinstance(each, tuple | list):
            raise UsageError(f"inputs[{number}]={each!r}", "must be the tuple of the arguments: (x,) for one")
    if workers is not None:
        check_range("workers", workers, 1, 1_024)

    async def outcomes() -> list[list[Outcome]]:
        async with Executor(limits or Limits(), workers, require, modules) as executor:
            return await asyncio.gather(*(executor.run(program, inputs, typed) for program in programs))

    runner = Stoppable()
    return apart(lambda: runner.run(outcomes()), runner.cancel)


def _warn(line: str) -> None:
    warnings.warn(line, stacklevel=2)
