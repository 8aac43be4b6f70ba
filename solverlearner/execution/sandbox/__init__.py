"""Sandbox: the worker's side of the executor, a zygote process that forks one confined child per program.

The harness only needs the formats and limits in `channel`, `plain_values` and `typed_values`. All other modules run in
the zygote, as the package `sandbox`, so that no worker ever loads the harness. `executor.py` lists the covered threats.
"""
