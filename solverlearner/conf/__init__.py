"""Hydra's configuration: one YAML file for each command, task, model and experiment.

The defaults of options that belong to no task or model are in no file: they are the fields of the classes in
`evaluation.run_options`. Hydra imports this package when it looks for the files, and finds those defaults under the
names `plan`, `requests`, `run_options` and `executor/default`.
"""

from typing import Any

from hydra.core.config_store import ConfigStore

from solverlearner.evaluation.run_options import CallOptions, DrawOptions, ExecutorOptions, RunOptions, own_options


def _store(name: str, options: type[Any], group: str | None = None) -> None:
    node = {each.name: each.default for each in own_options(options)}
    ConfigStore.instance().store(name, node, group, provider="solverlearner")


_store("plan", DrawOptions)
_store("requests", CallOptions)
_store("run_options", RunOptions)
_store("default", ExecutorOptions, "executor")
