"""Ray launcher: each run of a sweep is a task of a Ray cluster (`hydra/launcher=ray`).

Hydra's own plugin for Ray wants a cloudpickle that other packages refuse (`cloudpickle<3`), so this one is ours.
"""

import importlib
from collections.abc import Sequence
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn, JobStatus, run_job, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict

from solverlearner.errors import RunStopped


class RayLauncher(Launcher):
    """Gives runs to a Ray cluster. A run whose node or process dies is started again, up to `max_retries` times.

    `address` is the cluster's, "auto" the one that this machine is in; null starts Ray on this machine alone. Each run
    is given `num_cpus` cores and `num_gpus` devices. All nodes need this package and the disk of the results.
    """

    def __init__(self, address: str | None, num_cpus: float, num_gpus: float, max_retries: int) -> None:
        self._address = address
        self._asked = {"num_cpus": num_cpus, "num_gpus": num_gpus, "max_retries": max_retries}
        self.job: Any = None

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what a worker needs to carry out a run."""
        self.job = hydra_context, task_function, config

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        """Start all runs, and wait for them. One that is lost is a failed return; the others go on."""
        ray: Any = importlib.import_module("ray")  # an extra
        ray.init(address=self._address, log_to_driver=False, logging_level="error", include_dashboard=False)
        try:
            carried_out = ray.remote(**self._asked)(_carried_out)
            job, state = ray.put(self.job), ray.put(Singleton.get_state())
            tasks = [
                carried_out.remote(job, state, list(overrides), number)
                for number, overrides in enumerate(job_overrides, initial_job_idx)
            ]
            return [_returned(ray, task) for task in tasks]
        finally:
            ray.shutdown()


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
