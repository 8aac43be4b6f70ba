"""Own fault: whether an error comes from a task, model or learner of the user's own, and where it was raised."""

import os
import re
import traceback

import solverlearner

_OURS = tuple(
    os.path.realpath(path) + os.sep
    for path in (os.path.dirname(solverlearner.__file__), *(f"{root}/tasks" for root in solverlearner.__path__))
)
_INSTALLED = re.compile(r"[\\/](site|dist)-packages[\\/]")


def own_fault(error: BaseException) -> str | None:
    """The line for an error that code of the user's raised as we called it; None for any other error.

    Code of the user's stands in no folder of Python, of installed packages or of this package.
    """
    place = None
    called = False
    pythons = _pythons()
    for frame in traceback.extract_tb(error.__traceback__):
        if not os.path.isabs(frame.filename):  # a frozen module of Python
            continue
        path = os.path.realpath(frame.filename)
        if path.startswith(_OURS):
            called = True
        elif called and not path.startswith(pythons) and not _INSTALLED.search(path):
            place = frame
    if place is None:
        return None
    what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return f"{os.path.basename(place.filename)}, line {place.lineno}, in {place.name}: your own code failed: {what}"


def _pythons() -> tuple[str, ...]:
    import sysconfig  # 3 ms, which a command without an error need not wait

    return tuple(os.path.realpath(sysconfig.get_path(name)) + os.sep for name in ("stdlib", "platstdlib"))
