"""The errors that a person can cause or has to act on. Each is one line that names the key and the fix."""

import difflib
import errno
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

Warn = Callable[[str], None]
"""Gets a line for what is skipped or left out."""


def stop_signals() -> list[signal.Signals]:
    """The signals that end a run or a sweep after what is under way: Ctrl-C, a cluster's, a closed terminal's.

    Under `nohup` a closed terminal ends nothing.
    """
    numbers = [signal.SIGINT, signal.SIGTERM]
    hangup = getattr(signal, "SIGHUP", None)  # Windows has no such signal
    return [*numbers, hangup] if hangup and signal.getsignal(hangup) is not signal.SIG_IGN else numbers


class UsageError(Exception):
    """A wrong option, file or endpoint. The command prints the line and ends with exit code 2."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class RunStopped(Exception):
    """A run that began and cannot finish: a dead endpoint, a full disk. What was answered is kept; exit code 1."""


LOGS = ("quiet", "info", "debug")
"""What standard error gets beside errors: nothing; warnings and progress; also a line for each attempt at a call."""

_log = "info"


def set_log(level: str) -> None:
    """Choose one of `LOGS` for this process. Raises: UsageError."""
    global _log
    check_choice("log", level, LOGS)
    _log = level


def debugging() -> bool:
    """Whether `debug` prints, for a caller whose line takes time to make."""
    return _log == "debug"


def warn(line: str) -> None:
    """Print such a line on standard error, unless the log is quiet."""
    if _log != "quiet":
        print(f"solverlearner: {line}", file=sys.stderr)


def debug(line: str) -> None:
    """Print a line with the time of day on standard error, where the log is at "debug"."""
    if debugging():
        print(f"solverlearner: {datetime.now():%H:%M:%S.%f} {line}", file=sys.stderr)


def reader_gone() -> int:
    """The exit code after the program that read our output (`| head`) has closed the pipe; nothing more is printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + getattr(signal, "SIGPIPE", 13)  # Windows has no such signal


def output_failed(error: OSError) -> int:
    """The exit code after standard output could not take what we print, with a line. Raises: any other such error."""
    if error.filename is not None or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO):
        raise error
    reader_gone()  # what is still to be printed cannot be either
    warn(f"standard output: cannot be written: {error.strerror}; name another file, or make room")
    return 1


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """ "; did you mean WORD?" for the choice that is spelt most like a word; empty where none is like it."""
    named = {each.lower(): each for each in choices}
    near = difflib.get_close_matches(word.lower(), named, n=1, cutoff=0.6)
    return f"; did you mean {named[near[0]]}?" if near else ""


def check_range(key: str, value: int | float, low: int | float, high: int | float) -> None:
    """Refuse a number outside low..high (both included).

    Raises: UsageError.
    """
    if not low <= value <= high:
        raise UsageError(f"{key}={value}", f"must be between {low} and {high}")


def check_choice(key: str, value: str, choices: tuple[str, ...]) -> None:
    """Refuse a word that is none of `choices`.

    Raises: UsageError.
    """
    if value not in choices:
        raise UsageError(f"{key}={value}", f"must be one of {', '.join(choices)}{did_you_mean(value, choices)}")


def class_of(key: str, path: str) -> Any:
    """The class at a path such as `package.module.Class`; `key` names the option in an error.

    Raises: UsageError that says where the module fails, also for a fault in a user's own code.
    """
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        hint = "; put its folder on Python's path, or name the folder with -cd DIR" if error.name == module else ""
        raise UsageError(f"{key}={path}", f"cannot be imported: {error}{hint}") from error
    except Exception as error:
        raise UsageError(f"{key}={path}", f"cannot be imported: {told(error)}") from error


def told(error: BaseException) -> str:
    """An error of a user's own code in one line: its type, its message, and the line of code that raised it."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({os.path.basename(error.filename or '?')}, line {error.lineno})"
    frames = [each for each in traceback.extract_tb(error.__traceback__) if not each.filename.startswith("<frozen")]
    where = f" ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if len(frames) > 1 else ""
    return f"{type(error).__name__}: {' '.join(str(error).split())}{where}"[:400]
