"""Sweeper: Hydra calls it for `-m`. The only file that knows Hydra's plugins."""

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins import basic_launcher  # Hydra loads it again as it looks for plugins
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from solverlearner.cli.conf_files import own_folders
from solverlearner.cli.hydra_app import Reported, verdict
from solverlearner.cli.sweep import slurm_jobs
from solverlearner.cli.sweep.grid import Grid, SweepPoint
from solverlearner.cli.sweep.ray_launcher import RayLauncher
from solverlearner.cli.sweep.run_job import RunJob, SharedParts
from solverlearner.cli.sweep.status_board import RunStatus, StatusBoard
from solverlearner.cli.sweep.sweep import checked_sweep


class GridSweeper(Sweeper):
    """Checks every run, skips finished ones and gives the others to the configured launcher.

    `params` is one product of values, as in Hydra's own sweeper; `grids` is a list of such products.
    """

    def __init__(
        self, params: Mapping[str, Any] | None = None, grids: Sequence[Mapping[str, Any]] | None = None
    ) -> None:
        super().__init__()
        self._params = params
        self._grids = grids

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep Hydra's context; the launcher is made when a run has to be started."""
        self.hydra_context = hydra_context
        self.config = config

    def sweep(self, arguments: list[str]) -> Any:
        """Carry out the sweep of these words. Raises: Reported, UsageError."""
        assert self.hydra_context is not None
        assert self.config is not None
        from solverlearner.cli.sweep.carry_out import (
            carry_out_sweep,  # with what draws its display, which a single run goes without
        )

        loader = self.hydra_context.config_loader
        assert isinstance(loader, ConfigLoaderImpl)
        grid = Grid(loader, self.config, sys.argv[1:])
        sweep = checked_sweep(grid, grid.points(self._params, self._grids, arguments))
        code = carry_out_sweep(sweep, Path(str(self.config.hydra.sweep.dir)), self._launch)
        sys.stdout.flush()
        if code:
            raise Reported(code)

    def _launch(self, board: StatusBoard, todo: Mapping[str, SweepPoint]) -> Iterator[RunStatus]:
        job = RunJob(board.path, Path.cwd(), own_folders(sys.argv[1:]))
        launcher = Plugins.instance().instantiate_launcher(
            hydra_context=self.hydra_context,  # type: ignore[arg-type]
            task_function=job,
            config=self.config,  # type: ignore[arg-type]
        )
        if not isinstance(launcher, basic_launcher.BasicLauncher):
            with slurm_jobs.watched() if getattr(launcher, "_EXECUTOR", "") == "slurm" else nullcontext():
                yield from _launched(launcher, todo, 0)
            return
        # Hydra's own launcher runs one run after another in this process: each run is reported as it ends.
        with closing(SharedParts()) as job.shared:
            for number, (name, point) in enumerate(todo.items()):
                for status in _launched(launcher, {name: point}, number):
                    yield status
                    if status.state == "stopped":
                        return


def _launched(launcher: Launcher, runs: Mapping[str, SweepPoint], first: int) -> Iterator[RunStatus]:
    jobs = launcher.launch([point.overrides for point in runs.values()], initial_job_idx=first)
    for name, job in zip(runs, jobs, strict=True):
        yield _status(name, job)


def _status(name: str, job: JobReturn) -> RunStatus:
    if isinstance(job._return_value, RunStatus):
        return job._return_value
    code, line = verdict(job._return_value)
    return RunStatus(name, "failed", line=line, code=code)


def register() -> None:
    """Make the sweeper known to Hydra; to be called before `hydra.main` runs.

    Hydra takes plugins from the package `hydra_plugins` only. An installed distribution can add a folder to it, a bare
    checkout cannot; so this module gets a second name in there. The class keeps its first, by which workers find it.
    """
    plugins = Plugins.instance()
    try:
        package = importlib.import_module("hydra_plugins")
    except ImportError:  # no plugin is installed
        package = sys.modules["hydra_plugins"] = ModuleType("hydra_plugins")
    setattr(package, "solverlearner", sys.modules[__name__])  # noqa: B010
    for plugin in (GridSweeper, RayLauncher):
        plugins.class_name_to_class[f"hydra_plugins.solverlearner.{plugin.__name__}"] = plugin
