"""Run job: a launcher calls it for one run of a sweep, in this process or another one. It reports to the board."""

import asyncio
import json
import os
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig

from solverlearner.cli.conf_files import make_importable
from solverlearner.cli.hydra_app import plain_options, verdict
from solverlearner.cli.sweep.scheduler import Scheduler
from solverlearner.cli.sweep.status_board import RunStatus, State, StatusBoard
from solverlearner.evaluation.cost import so_far
from solverlearner.evaluation.options import executor_of, run_spec_of
from solverlearner.evaluation.run_owner import RunInUse
from solverlearner.evaluation.run_spec import RunSpec
from solverlearner.execution.executor import Executor
from solverlearner.inference.engine import Engine, left_open
from solverlearner.inference.usage import Price
from solverlearner.pipeline import carry_out_spec

if TYPE_CHECKING:
    from solverlearner.analysis.summary import Summary

_TOLD_EVERY_S = 1.0
_WATCHED_EVERY_S = 0.2
_LEASE_S = 120.0  # for so long a file server may keep the lock of a node that is gone
_SILENT_S = 150.0  # network disks may show a file's time a minute late
_BY_SIGNAL = 130
_AGAIN = "The same command goes on from there; hydra.launcher.max_num_timeout=N lets the job start again N times"
_PARENT = os.getppid()  # of a launcher's worker, which imports this as it takes its first job


class _Watch:
    """Tells a job whether the process that started the sweep is still there, on this machine or another one."""

    def __init__(self, board: StatusBoard, sweep: int) -> None:
        self._board, self.is_worker = board, os.getpid() != sweep
        self._beaten, self._heard = board.beaten, time.monotonic()

    @property
    def orphaned(self) -> bool:
        """Whether this is a worker whose parent has ended."""
        return self.is_worker and os.getppid() != _PARENT

    @property
    def alone(self) -> bool:
        """Whether nobody waits for this job any more: its parent has ended, or the sweep is silent."""
        if self.is_worker and (beaten := self._board.beaten) != self._beaten:
            self._beaten, self._heard = beaten, time.monotonic()
        return self.orphaned or (self.is_worker and time.monotonic() - self._heard > _SILENT_S)


class SharedParts:
    """The parts that consecutive runs in one process share: an event loop and started executors.

    Starting an executor takes a tenth of a second, more than all other work of a run beside its calls.
    """

    def __init__(self) -> None:
        self.runner = asyncio.Runner()
        self._executors: dict[str, Executor] = {}

    def executor(self, config: dict[str, Any]) -> Executor:
        """The executor of these options."""
        key = json.dumps(config, sort_keys=True, default=str)
        if key not in self._executors:
            self._executors[key] = executor_of(config, _KeptExecutor)
        return self._executors[key]

    def close(self) -> None:
        """End the executors."""
        for executor in self._executors.values():
            self.runner.run(Executor.aclose(executor))
        self.runner.close()


class _KeptExecutor(Executor):
    """An executor that stays open when the run that used it ends."""

    async def aclose(self) -> None:
        """Stay open: `SharedParts.close` ends it."""


class RunJob:
    """A Hydra task function that does not raise: a run that fails must not end the others.

    `cwd` is where the sweep was started: relative paths of options count from there. `own` are the user's own folders
    (`-cd DIR`), whose modules a worker imports. Workers unpickle a job; a job that stays in this process may be given
    `shared` parts.
    """

    def __init__(self, board: Path, cwd: Path, own: Sequence[Path] = ()) -> None:
        self._board = board
        self._cwd = cwd
        self._own = [folder.absolute() for folder in own]
        self._sweep = os.getpid()
        self.shared: SharedParts | None = None

    def __call__(self, config: DictConfig) -> RunStatus:
        """Carry out one run; gives its final status, which is also written to the board."""
        os.chdir(self._cwd)
        make_importable(self._own)
        board, options = StatusBoard(self._board), plain_options(config)
        watch = _Watch(board, self._sweep)
        run = run_spec_of(options)  # the sweep has made it once already, so it does not fail
        if self.shared:
            run = replace(run, executor=self.shared.executor(options["executor"]))
        with Scheduler() as scheduler:
            status = _ReportingRun(run, board, watch, self.shared.runner if self.shared else None).carried_out()
        if status.code == _BY_SIGNAL and scheduler.listened_to and not (board.stopping or watch.alone):
            board.tell(replace(status, state="waiting"))
            status = replace(status, state="failed", line=f"{scheduler.hand_on()} {_AGAIN}", code=1)
        board.tell(status)
        if watch.orphaned:  # nobody takes the result; a launcher's queue may hold further jobs
            board.stop()
            os._exit(status.code)
        return status


class _ReportingRun:
    """A run that writes its progress to the board, and reads the request to stop and the cost of other runs."""

    def __init__(self, run: RunSpec, board: StatusBoard, watch: _Watch, runner: asyncio.Runner | None) -> None:
        self._run = run
        self._watch = watch
        self._board = board
        self._runner = runner
        self._engine: Engine | None = None

    def carried_out(self) -> RunStatus:
        self._hear()
        if self._board.stopping or self._watch.alone:
            return self._status("stopped", code=130)
        if self._run.budget and (problem := self._run.budget.problem(so_far(self._run.path).usage)):
            return self._status("stopped", problem, code=1)
        try:
            engine, summary = self._carried_out_in_turn()
        except (Exception, KeyboardInterrupt) as error:
            return self._failed(error)
        if problem := left_open(engine):
            return self._status("incomplete", problem, code=1)
        alone = " · programs ran behind the policy alone" if self._run.executor.policy_alone else ""
        return self._status("complete", headline(summary) + alone)

    def _carried_out_in_turn(self) -> "tuple[Engine, Summary]":
        """Carry out the run once no other job writes it; one of a lost node or of a sweep that died may still do so."""
        until = time.monotonic() + _SILENT_S + _LEASE_S if self._watch.is_worker else 0.0
        while True:
            try:
                return carry_out_spec(self._run, self._keep_telling, self._runner)
            except RunInUse:
                if time.monotonic() > until or self._board.stopping or self._watch.alone:
                    raise
            self._board.tell(self._status("waiting"))
            time.sleep(_WATCHED_EVERY_S)

    async def _keep_telling(self, engine: Engine, price: Price | None) -> None:
        self._engine = engine
        while True:
            self._hear()
            if self._board.stopping:
                engine.rate_limit.stop()
            self._board.tell(self._status("running"))
            for _ in range(round(_TOLD_EVERY_S / _WATCHED_EVERY_S)):
                if self._watch.alone:
                    engine.rate_limit.stop()
                await asyncio.sleep(_WATCHED_EVERY_S)

    def _hear(self) -> None:
        if self._run.budget:
            self._run.budget.elsewhere = self._board.spent(but=self._run.name)

    def _status(self, state: State, line: str = "", code: int = 0, trace: str = "") -> RunStatus:
        name, engine = self._run.name, self._engine
        if engine is None:
            return RunStatus(name, state, total=self._run.plan.calls, line=line, code=code, trace=trace)
        counts, usd = engine.counts, engine.log.usage.money(self._run.price) or 0.0
        return RunStatus(name, state, counts.done, counts.total, counts.asked, usd, line, code, trace)

    def _failed(self, error: BaseException) -> RunStatus:
        try:
            code, line = verdict(error)
        except Exception:  # a bug of ours; the other runs go on
            trace = "".join(traceback.format_exception(error))
            what = f"{type(error).__name__}: {error}".splitlines()[0]
            return self._status("failed", f"a bug of SolverLearner: {what}", code=1, trace=trace)
        over_budget = self._engine and self._engine.over_budget
        return self._status("stopped" if code == 130 or over_budget else "failed", line, code)


def headline(summary: "Summary") -> str:
    """The accuracies of one run, in a line."""
    estimates = ((name, summary.estimate(name)) for name in summary.settings)
    return ", ".join(f"{name} {estimate.value:.3f}" for name, estimate in estimates if estimate)
