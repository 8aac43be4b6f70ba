"""Build: make the objects that a configuration names, with every value's type checked."""

import dataclasses
import inspect
import types
from collections.abc import Mapping
from typing import Any, TypeVar

from solverlearner.errors import UsageError
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
    fields = _fields(cls)
    for key in values:
        if key not in fields:
            raise UsageError(f"{prefix}{key}", f"no such option; there are {', '.join(fields)}")
    if lacks := sorted(getattr(cls, "__abstractmethods__", ())):
        raise UsageError(f"{TARGET}={cls.__module__}.{cls.__qualname__}", f"lacks {', '.join(lacks)}")
    return cls(**{key: _typed(f"{prefix}{key}", value, fields[key]) for key, value in values.items()})


def _fields(cls: type) -> dict[str, Any]:
    """The names and types of what an object of the class is made from."""
    if dataclasses.is_dataclass(cls):
        return {field.name: field.type for field in dataclasses.fields(cls) if field.init}
    return dict.fromkeys(inspect.signature(cls).parameters, Any)


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
