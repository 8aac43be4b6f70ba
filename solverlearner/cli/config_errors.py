"""Hydra's and OmegaConf's errors, which take many lines, as one line that names the key and the fix."""

import difflib
import re

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from solverlearner.cli.help import option_names
from solverlearner.errors import UsageError
from solverlearner.evaluation.run_options import renamed

_NO_KEY = re.compile(
    r"Could not (?:override|append to config|delete from config)\.? ?'?([\w./@-]+)?|Key '([\w.]+)' is not"
)
_MISSING = re.compile(r"[Mm]issing (?:mandatory )?value: ?([\w.]+)|Missing mandatory value: (\S+)")

# What launchers come with, by their names.
_EXTRAS = {"joblib": "joblib", "submitit_local": "slurm", "submitit_slurm": "slurm", "ray": "ray", "ray_aws": "ray"}


def usage_line(error: BaseException) -> str | None:
    """The line to print for an error that a user caused; None for any other, which is a bug and keeps its traceback."""
    for cause in _chain(error):
        if isinstance(cause, UsageError):
            return str(cause)
    for cause in _chain(error):
        if isinstance(cause, MissingConfigException):
            return _missing_config(cause)
        if isinstance(cause, OverrideParseException):
            return (
                f"{cause.override}: cannot be read as OPTION=VALUE; put quotes around a value with special characters"
            )
        if isinstance(cause, MissingMandatoryValue):
            return _mandatory(cause)
        if isinstance(cause, ConfigCompositionException | OmegaConfBaseException | HydraException):
            return _composition(cause)
    return None


def _chain(error: BaseException | None) -> list[BaseException]:
    chain = []
    while error is not None:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _missing_config(error: MissingConfigException) -> str:
    group, _, name = (error.missing_cfg_file or "").rpartition("/")
    if group == "hydra/launcher" and name in _EXTRAS:
        return f"{group}={name}: is not installed: pip install 'solverlearner[{_EXTRAS[name]}]'"
    if group and error.options:
        return f"{group}={name}: must be one of {', '.join(error.options)}"
    return _flat(error)


def _mandatory(error: BaseException) -> str:
    found = _MISSING.search(str(error))
    key = (found[1] or found[2]).rstrip(".") if found else "an option"
    return f"{key}: must be given: {key}=…"


def _composition(error: BaseException) -> str:
    text = str(error)
    found = _NO_KEY.search(text)
    key = (found[1] or found[2]) if found else None
    if key and (now := renamed(key)):
        return f"{key}: is called {now} now: give {now}=…"
    if key:
        names = option_names()
        near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        hint = "it belongs to another task, model or command; " if key in names else hint
        return f"{key}: no such option; {hint}`python -m solverlearner run --help` lists them"
    return _flat(error)


def _flat(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
