"""Hydra runs a command here, and an error of a command becomes one line and an exit code."""

import argparse
import functools
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

from hydra._internal.hydra import Hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from solverlearner.cli.composed import checked
from solverlearner.cli.conf_files import make_importable, own_folders
from solverlearner.cli.config_errors import usage_line
from solverlearner.cli.declared import DeclaredOptions
from solverlearner.cli.own_fault import own_fault
from solverlearner.cli.words import prepared
from solverlearner.errors import RunStopped, UsageError, output_failed, reader_gone
from solverlearner.execution.executor import ExecutorError
from solverlearner.models.base_url import masked_in
from solverlearner.models.secrets import masked_lines

_MAY_SWEEP = ("experiment", "+experiment", "hydra", "-", "+")


def hydra_command(main: Callable[[], None], argv: Sequence[str]) -> int:
    """Run a function that `hydra.main` wraps on the words of a command line; gives the exit code.

    0, 1 for a run that could not finish, 2 for an option that is wrong, 130 for Ctrl-C; each with one line.
    """
    # Python 3.14 checks help texts as options are added, and stumbles over Hydra 1.3's lazy one (hydra issue 3121).
    setattr(argparse.ArgumentParser, "_check_help", lambda parser, action: None)  # noqa: B010
    os.environ["HYDRA_FULL_ERROR"] = "1"  # errors come to us instead of being printed and ended with code 1
    try:
        make_importable(own_folders(argv))
        words = prepared(command_of(main), argv)
        with _typed(words), _mode_known(words), _masked_config(words):
            main()
    except Reported as reported:
        return reported.code
    except Exception as error:
        return _report(error)
    return 0


def command_of(main: Callable[..., Any]) -> str:
    """The command that a function belongs to: the name of its module."""
    return main.__module__.rpartition(".")[2]


@contextmanager
def _typed(words: Sequence[str]) -> Iterator[None]:
    """Let Hydra, which reads `sys.argv`, find these words there; a caller in Python gets its own back."""
    before = sys.argv
    sys.argv = ["solverlearner", *words]
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _mode_known(argv: Sequence[str]) -> Iterator[None]:
    """Tell Hydra that this is one run and no sweep, if the words say so.

    Hydra would compose the whole configuration to find out, which takes 0.1 s before the first call. Only an experiment
    or a user's own file can ask for a sweep by itself.
    """
    asks = Hydra.get_mode
    if not any(word.startswith(_MAY_SWEEP) for word in argv):
        setattr(Hydra, "get_mode", lambda self, config_name, overrides: RunMode.RUN)  # noqa: B010
    try:
        yield
    finally:
        setattr(Hydra, "get_mode", asks)  # noqa: B010


@contextmanager
def _masked_config(argv: Sequence[str]) -> Iterator[None]:
    """Leave out credentials in addresses and headers where Hydra prints the configuration (`--cfg job`)."""
    if not any(word in ("-c", "--info", "-i") or word.startswith(("--cfg", "--info")) for word in argv):
        yield
        return
    printed = io.StringIO()
    try:
        with redirect_stdout(printed):
            yield
    finally:
        print(masked_lines(masked_in(printed.getvalue())), end="", flush=True)


class Reported(BaseException):
    """An error of a job whose line is printed. Not an Exception, because Hydra would add a line of its own."""

    def __init__(self, code: int) -> None:
        self.code = code


def _report(error: BaseException) -> int:
    """Print the line of an error that a user can act on; gives its exit code. Raises: any other error, a bug."""
    if isinstance(error, BrokenPipeError):
        return reader_gone()
    if isinstance(error, OSError) and not (usage_line(error) or own_fault(error)):
        return output_failed(error)
    code, line = verdict(error)
    print(f"solverlearner: {line}", file=sys.stderr)
    return code


def verdict(error: BaseException) -> tuple[int, str]:
    """The exit code and the line of an error that a user can act on. Raises: any other error, a bug."""
    if isinstance(error, KeyboardInterrupt):
        return 130, masked_in(f"stopped. {error}".rstrip())
    if isinstance(error, RunStopped | ExecutorError):
        return 1, masked_in(str(error))
    if found := usage_line(error) or own_fault(error):
        return 2, masked_in(found)
    raise error


def job(body: Callable[[dict[str, Any]], None]) -> Callable[[DictConfig], None]:
    """A function of plain options as Hydra's task function, whose errors end as a line and an exit code."""

    @functools.wraps(body)
    def task_function(config: DictConfig) -> None:
        try:
            choices = HydraConfig.get().runtime.choices
            body(checked(plain_options(config), choices, DeclaredOptions(command_of(body), sys.argv[1:])))
            sys.stdout.flush()  # a reader who has gone is met here, before Hydra can say that the job failed
        except (Exception, KeyboardInterrupt) as error:
            raise Reported(_report(error)) from None

    return task_function


def plain_options(config: DictConfig) -> dict[str, Any]:
    """A composed configuration as plain options. Raises: OmegaConf's errors, as for an option that must be given."""
    options = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    if not isinstance(options, dict):
        raise UsageError("configuration", "must be a mapping of options")
    return {str(key): value for key, value in options.items()}


def listed(value: Any) -> list[str]:
    """An option that is a word or a list of words; null is none."""
    return [] if value is None else [str(each) for each in value] if isinstance(value, list) else [str(value)]
