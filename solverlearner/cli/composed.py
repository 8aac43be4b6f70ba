"""Composed options: what a command line, an experiment and a user's files came to, checked before anything is done."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from solverlearner.cli.declared import Declared, DeclaredOptions
from solverlearner.cli.words import unknown_option
from solverlearner.errors import UsageError

_TYPES: Mapping[str, tuple[type, ...]] = {
    "text": (str,), "switch": (bool,), "whole number": (int,), "number": (int, float), "words": (list,),
}  # fmt: skip
_MUST_BE = {
    "text": "text", "switch": "true or false", "whole number": "a whole number", "number": "a number",
    "words": "a list of words",
}  # fmt: skip
_NO_PATHS = ("name", "key")
"""Texts in which a "~" at the beginning is meant."""


def checked(options: dict[str, Any], choices: Mapping[str, Any], declared: DeclaredOptions) -> dict[str, Any]:
    """The options, with "~" in paths replaced by the home folder.

    `choices` are the chosen files by their group, as Hydra tells them. Raises: UsageError for an option that neither
    the command nor the chosen task and model have, and for a value of another kind than the option's.
    """
    if not declared.own_folders:
        _check_names(options, choices, declared)
    return {key: _checked(key, value, declared) for key, value in options.items()}


def _check_names(options: Mapping[str, Any], choices: Mapping[str, Any], declared: DeclaredOptions) -> None:
    known = {*declared.own}
    for group, by_name in declared.of_members.items():
        name = str(choices.get(group))
        if choices.get(group) is not None and name not in by_name:
            return  # a file in a folder that only Hydra knows
        known |= by_name.get(name, {}).keys() | {group}
    for key in options:
        if key not in known:
            raise unknown_option(key, declared)
    for group in declared.of_members:
        if options.get(group) is None and declared.own[group].default is not None:
            names = ", ".join(declared.of_members[group])
            raise UsageError(f"{group}={choices.get(group) or 'null'}", f"must be one of {names}")


def _checked(key: str, value: Any, declared: DeclaredOptions) -> Any:
    if key == "executor" and isinstance(value, dict):
        return {name: _checked(f"executor.{name}", each, declared) for name, each in value.items()}
    found = declared.find(key)
    if found is None or found.kind not in _TYPES or (value is None and found.null):
        return value
    if found.kind == "switch" and found.ours and value in ("on", "off"):
        return value == "on"
    if found.kind == "number" and type(value) is int:  # so that 0 and 0.0 are one value
        return float(value)
    if found.ours or found.kind in ("text", "words"):
        _check_kind(key, value, found)
    if found.kind in ("text", "words") and key not in _NO_PATHS:
        return [_at_home(each) for each in value] if isinstance(value, list) else _at_home(value)
    return value


def _check_kind(key: str, value: Any, found: Declared) -> None:
    """Raises: UsageError. What a number is written like is up to the class that takes it."""
    types = (*_TYPES[found.kind], list) if found.several else _TYPES[found.kind]
    wanted = _MUST_BE[found.kind]
    is_number = not isinstance(value, bool) and value == value  # not so is only nan
    if not isinstance(value, types) or not (is_number or found.kind == "switch"):
        shown = str(value).lower() if isinstance(value, bool | None) else value
        quotes = "; in a YAML file write it in quotes" if found.kind == "text" and not isinstance(value, list) else ""
        raise UsageError(f"{key}={'null' if value is None else shown}", f"must be {wanted}{quotes}")
    of_words = found.kind in ("text", "words")
    for each in value if isinstance(value, list) else ():
        if not of_words:
            _check_kind(key, each, replace(found, several=False))
        elif not isinstance(each, str):
            raise UsageError(f"{key}=[{each}]", "must be a list of words; in a YAML file write each in quotes")
        elif not each.strip():
            raise UsageError(f"{key}=['{each}']", "has an empty word; leave it out")
    if value == "" and found.kind == "text":
        raise UsageError(f"{key}=", "is empty; give it a value, or leave it out")


def _at_home(text: str) -> str:
    if not text.startswith("~"):
        return text
    try:
        return str(Path(text).expanduser())
    except RuntimeError:  # no such user, so a file of that name is meant
        return text
