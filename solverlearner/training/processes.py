"""Processes: which one of the processes of a launcher this is, as torchrun and accelerate number them.

Without a launcher there is one process. The first one alone writes files and prints.
"""

import os


def process_count() -> int:
    """How many processes train together."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_first() -> bool:
    """Whether this process writes files and prints."""
    return os.environ.get("RANK", "0") == "0"


def wait_for_all() -> None:
    """Return when every process has come here, so that what the first one wrote is there for the others."""
    if process_count() > 1:
        from torch import distributed

        if distributed.is_initialized():
            distributed.barrier()
