"""Hydra's and OmegaConf's errors, which take many lines, as one line that names the key and the fix."""

import re

from hydra.errors import (
    ConfigCompositionException,
    HydraException,
    MissingConfigException,
    OverrideParseException,
)
from omegaconf.errors import MissingMandatoryValue, OmegaConfBaseException

from solverlearner.errors import UsageError, did_you_mean
from solverlearner.evaluation.run_options import renamed

_NO_KEY = re.compile(
    r"Could not (?:override|append to config|delete from config)\.? ?'?([\w./@-]+)?|Key '([\w.]+)' is not"
)
_SEVERAL = re.compile(r"Ambiguous value for argument '(.+?)'\s")
_THERE_ALREADY = re.compile(r"An item is already at '([\w./@-]+)'")
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
                f"{cause.override}: cannot be read as OPTION=VALUE; a value with special characters needs two pairs of "
                "quotes, one for the shell and one for Hydra: OPTION=\"'VALUE'\""
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
        return f"{group}={name}: must be one of {', '.join(error.options)}{did_you_mean(name, error.options)}"
    return _flat(error)


def _mandatory(error: BaseException) -> str:
    found = _MISSING.search(str(error))
    key = (found[1] or found[2]).rstrip(".") if found else "an option"
    return f"{key}: must be given: {key}=…"


def _composition(error: BaseException) -> str:
    """What `words` cannot see: an option that only a file names, a parameter of a model, a sweep without -m."""
    text = str(error)
    if there := _THERE_ALREADY.search(text):
        return f"+{there[1]}: the option exists already: give {there[1]}=… without +"
    if several := _SEVERAL.search(text):
        return f"{several[1]}: is several values; `run -m {several[1]}` runs each of them"
    if found := _NO_KEY.search(text):
        key = found[1] or found[2]
        if now := renamed(key):
            return f"{key}: is called {now} now: give {now}=…"
        return f"{key}: no such option; the command's --help lists them"
    return _flat(error)


def _flat(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
