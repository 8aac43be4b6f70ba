"""`python -m solverlearner`."""

import atexit
import gc
import os
import sys
import threading
from typing import NoReturn

from solverlearner.cli.main import main
from solverlearner.errors import output_failed, reader_gone

_GARBAGE_AFTER = 50_000
"""Objects until Python looks for garbage. Importing makes hundreds of thousands, of which none is any."""


def shell() -> int:
    """`main` for a shell: a reader that closes the pipe early (`| head`) ends it without a word."""
    gc.set_threshold(_GARBAGE_AFTER)
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        code = reader_gone()
    except OSError as error:
        code = output_failed(error)
    if threading.active_count() == 1:
        _leave(code)
    return code


def _leave(code: int) -> NoReturn:
    """End without taking every object apart, which would take a tenth of a second or two of each command."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(shell())
