"""Waiting lock: what one process of this machine or disk does at a time, while the others wait and say so."""

import asyncio
import sys
from io import FileIO
from pathlib import Path

from solverlearner.files import lock

_LOOK_AGAIN_S = 0.2


async def waited_lock(path: Path, waiting: str) -> FileIO | None:
    """The lock of this file, held until the returned file is closed or its process ends; None where a disk has none.

    `waiting` is the line for a person while another process holds it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = FileIO(path, "a")
    except OSError:
        return None
    try:
        free = _locked(file)
        if not free:
            print(f"solverlearner: waiting: {waiting}", file=sys.stderr, flush=True)
        while not free:
            await asyncio.sleep(_LOOK_AGAIN_S)
            free = _locked(file)
    except OSError:
        file.close()
        return None
    except BaseException:
        file.close()
        raise
    return file


def _locked(file: FileIO) -> bool:
    try:
        lock(file)
    except BlockingIOError:
        return False
    return True
