"""Ray launcher: each run of a sweep is a task of a Ray cluster (`hydra/launcher=ray`).

Hydra's own plugin for Ray wants a cloudpickle that other packages refuse (`cloudpickle<3`), so this one is ours.

Ray kills the workers of a process that has ended, and with them the calls that are under way. So each run is a detached
actor, which outlives the process that started the sweep. Such a run notices that nobody waits for it, as under every
launcher, and ends after its calls. A worker that has nothing to do ends itself.
"""

import importlib
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from solverlearner.errors import RunStopped

_ASKED_S = 60.0  # a worker whose sweep has ended before it began is asked for nothing
_TAKEN_S = 2.0  # for what the run returned to be on its way


class RayLauncher(Launcher):
    """Gives runs to a Ray cluster. A run whose node or process dies is started again, up to `max_retries` times.

    `address` is the cluster's, "auto" the one that this machine is in; null starts Ray on this machine alone. Each run
    is given `num_cpus` cores and `num_gpus` devices. All nodes need this package and the disk of the results.
    """

    def __init__(self, address: str | None, num_cpus: float, num_gpus: float, max_retries: int) -> None:
        self._address = address
        again = {"max_restarts": max_retries, "max_task_retries": -1}  # a restarting worker counts as failed attempts
        self._asked = {"num_cpus": num_cpus, "num_gpus": num_gpus, "lifetime": "detached", **again}
        self.job: Any = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what a worker needs to carry out a run."""
        self.job = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Start all runs, and wait for them. One that is lost is a failed return; the others go on."""
        ray: Any = importlib.import_module("ray")  # an extra
        quiet = {"log_to_driver": False, "logging_level": "error", "include_dashboard": False}
        ray.init(address=self._address, namespace="solverlearner", **quiet)
        try:
            worker = ray.remote(_Worker)
            job, state = ray.put(self.job), ray.put(Singleton.get_state())
            tasks = [
                worker.options(name=f"solverlearner-{uuid.uuid4().hex}", **self._asked)
                .remote()
                .carry_out.remote(job, state, list(overrides), number)
                for number, overrides in enumerate(job_overrides, initial_job_idx)
            ]
            return [_returned(ray, task) for task in tasks]
        finally:
            ray.shutdown()


class _Worker:
    """A process of the cluster that carries out one run, whether or not the sweep's own process goes on."""

    def __init__(self) -> None:
        self._ends_in(_ASKED_S)

    def carry_out(self, job: Any, state: Any, overrides: list[str], number: int) -> JobReturn:
        """The one run."""
        self._timer.cancel()
        try:
            return _carried_out(job, state, overrides, number)
        finally:
            self._ends_in(_TAKEN_S)

    def _ends_in(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, _end)
        self._timer.daemon = True
        self._timer.start()


def _end() -> None:
    """End the worker that this is, for good."""
    ray: Any = importlib.import_module("ray")
    ray.kill(ray.get_runtime_context().current_actor, no_restart=True)


def _carried_out(job: Any, state: Any, overrides: list[str], number: int) -> JobReturn:
    """One run, in a worker."""
    hydra_context, task_function, config = job
    Singleton.set_state(state)
    setup_globals()
    run = hydra_context.config_loader.load_sweep_config(config, overrides)
    with open_dict(run):
        run.hydra.job.id, run.hydra.job.num = f"ray-{number}", number
    returned = run_job(
        task_function=task_function,
        config=run,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
        hydra_context=hydra_context,
    )
    return JobReturn(status=returned.status, _return_value=returned._return_value)


def _returned(ray: Any, task: Any) -> JobReturn:
    try:
        returned: JobReturn = ray.get(task)
    except ray.exceptions.RayError as error:
        line = f"Ray: {type(error).__name__}: {str(error).strip().splitlines()[0]}; the same command goes on from there"
        return JobReturn(status=JobStatus.FAILED, _return_value=RunStopped(line))
    return returned
