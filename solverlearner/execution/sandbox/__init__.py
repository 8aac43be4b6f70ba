"""The child's side of the executor: a zygote process that forks one locked-down child a program.

The harness imports only `channel` from here; the rest runs in the zygote, as the package `sandbox`, so that no worker
ever loads the harness. `executor.py` says what the whole covers.
"""
