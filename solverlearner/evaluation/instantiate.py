"""Build: make the objects that a configuration names, with every value's type checked."""

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from solverlearner.errors import UsageError, told
from solverlearner.evaluation.identity import TARGET, class_at
from solverlearner.evaluation.own_objects import GivenObject
from solverlearner.models.base_url import masked, masked_in
from solverlearner.models.secrets import public

T = TypeVar("T")

_WORDS = {int: "a whole number", float: "a number", str: "text", bool: "true or false", type(None): "null"}


def instance(config: Mapping[str, Any]) -> Any:
    """The object of the class that `_target_` names, made from the other keys; of a `GivenObject` the object itself.

    Raises: UsageError for a wrong type or value, or a class that is not there.
    """
    if isinstance(config, GivenObject):
        return config.made
    values = dict(config)
    return construct(class_at(str(values.pop(TARGET))), "", values)


def construct(cls: type[T], prefix: str, values: Mapping[str, Any]) -> T:
    """A dataclass from values whose types are checked against its fields; whole numbers count as numbers.

    Of any other class only the names of the values are checked. `prefix` stands before the key in a message.
    Raises: UsageError.
    """
    if not isinstance(cls, type):
        raise UsageError(f"{TARGET}={getattr(cls, '__name__', cls)}", "must be a class")
    own = f"{TARGET}={cls.__module__}.{cls.__qualname__}"
    fields, takes_any = _fields(cls)
    for key in values:
        if key not in fields and not takes_any:
            there = f"there are {', '.join(fields)}" if fields else f"{cls.__qualname__} takes none"
            raise UsageError(f"{prefix}{key}", f"no such option; {there}")
    if lacks := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UsageError(own, f"lacks {', '.join(lacks)}")
    typed = {key: _typed(f"{prefix}{key}", value, fields.get(key, Any)) for key, value in values.items()}
    try:
        inspect.signature(cls).bind(**typed)
    except TypeError as error:
        raise UsageError(own, f"cannot be made: {error}; the YAML file names what it is made from") from error
    return _made(cls, typed, own)


def _made(cls: type[T], values: Mapping[str, Any], own: str) -> T:
    """The object. Raises: UsageError, also for a fault in a class of the user's own."""
    try:
        return cls(**values)
    except (UsageError, KeyboardInterrupt):
        raise
    except Exception as error:
        if cls.__module__.startswith("solverlearner."):
            raise
        raise UsageError(own, f"cannot be made: {told(error)}") from error


def _fields(cls: type) -> tuple[dict[str, Any], bool]:
    """The names and types of what an object of the class is made from, and whether it takes any other name too."""
    if dataclasses.is_dataclass(cls):
        return {field.name: _evaluated(cls, field) for field in dataclasses.fields(cls) if field.init}, False
    parameters = inspect.signature(cls).parameters.values()
    named = {each.name: Any for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)}
    return named, any(each.kind is each.VAR_KEYWORD for each in parameters)


def _evaluated(cls: type, field: "dataclasses.Field[Any]") -> Any:
    """The type of a field, also in a module that begins with `from __future__ import annotations`."""
    if not isinstance(field.type, str):
        return field.type
    try:
        return typing.get_type_hints(cls)[field.name]
    except Exception:  # a name that is there for type checkers only
        return Any


def _typed(key: str, value: Any, wanted: Any) -> Any:
    if isinstance(value, GivenObject):  # a learner
        return value.made
    kinds = wanted.__args__ if isinstance(wanted, types.UnionType) else (wanted,)
    if not all(kind in _WORDS for kind in kinds):  # an object or a closed set, which the class checks itself
        return value
    if float in kinds and type(value) is int:
        return float(value)
    if str in kinds and type(value) is int:  # a name or a key made of digits
        return str(value)
    if str in kinds and type(value) in (float, bool):  # 1e3 is 1000.0 by now, and nobody knows what was typed
        problem = f"is read as {_WORDS[type(value)]} and must be text: put quotes into the word, {key}='\"…\"'"
        raise UsageError(f"{key}={value}", problem)
    if type(value) not in kinds:
        raise UsageError(f"{key}={value}", f"must be {' or '.join(_WORDS[kind] for kind in kinds)}")
    return value


def without_credentials(options: Any) -> Any:
    """The options as they may be stored: credentials in addresses and headers are left out."""
    if isinstance(options, dict):
        return {key: _stored(key, value) for key, value in options.items()}
    if isinstance(options, list):
        return [without_credentials(value) for value in options]
    return masked_in(options) if isinstance(options, str) and "://" in options else options


def _stored(key: str, value: Any) -> Any:
    if key == "headers" and isinstance(value, Mapping):
        return public(value) or None
    if isinstance(value, str) and "://" in value and not any(map(str.isspace, value.strip())):
        return masked(value)
    return masked(value) if key == "base_url" and isinstance(value, str) else without_credentials(value)
