"""The errors that a person can cause or has to act on. Each is one line that names the key and the fix."""

import os
import signal
import sys
from collections.abc import Callable

Warn = Callable[[str], None]
"""Gets a line for what is skipped or left out."""


class UsageError(Exception):
    """A wrong option, file or endpoint. The command prints the line and ends with exit code 2."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


class RunStopped(Exception):
    """A run that began and cannot finish: a dead endpoint, a full disk. What was answered is kept; exit code 1."""


def warn(line: str) -> None:
    """Such a line on standard error."""
    print(f"solverlearner: {line}", file=sys.stderr)


def reader_gone() -> int:
    """The exit code where who read our output (`| head`) has closed the pipe; from here on, also at exit, no word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 128 + signal.SIGPIPE


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
        raise UsageError(f"{key}={value}", f"must be one of {', '.join(choices)}")
