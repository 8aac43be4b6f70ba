"""Identity: the name of a run's folder, which follows from what the model is asked and from nothing else.

A run is named by the *kinds* of its task and model ("arith", "llamacpp"), never by the Python path of a class, so
moving a module renames no run. Our classes give their kind in the class attribute `kind`. A user's own class may do so
too; without one it is known by the path that the user typed.
"""

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from solverlearner.errors import UsageError, class_of
from solverlearner.evaluation.run_options import LATER_OF_MODELS, known_options, part_of

TARGET = "_target_"

OBJECT = "object"
"""In the record of an object of a user's own: its kind, where a configuration has the path of a class."""

_MOVED = {
    "solverlearner.local_model.LocalModel": "solverlearner.models.llamacpp.LocalModel",
    "solverlearner.openai_model.OpenAIModel": "solverlearner.models.openai.OpenAIModel",
    "solverlearner.scripted.Scripted": "solverlearner.design.scripted.Scripted",
}
"""Where classes stand now, by the paths that they once had: configurations of users still name those."""

_FIRST_KNOWN_AS = {
    "arith": "solverlearner.tasks.arith.Arith",
    "case2code": "solverlearner.tasks.case2code.Case2Code",
    "cipher": "solverlearner.tasks.cipher.Cipher",
    "spatial": "solverlearner.tasks.spatial.Spatial",
    "syntax": "solverlearner.tasks.syntax.Syntax",
    "llamacpp": "solverlearner.local_model.LocalModel",
    "openai": "solverlearner.openai_model.OpenAIModel",
    "scripted": "solverlearner.scripted.Scripted",
}
"""The text that stands for a kind in the hash of a run's name, where runs were made before kinds had names.

These are words and no places: what they once named has moved. A kind that is not here stands for itself.
"""


def class_at(target: str) -> type[Any]:
    """The class of this dotted path, also of one that it had in an earlier version. Raises: UsageError."""
    cls: type[Any] = class_of(TARGET, _MOVED.get(target, target))
    return cls


OWN_FOLDERS: set[str] = set()
"""Folders that a user named with `-cd`, whose modules may be imported for what a run's folder names."""


def stored_class(target: object) -> Any:
    """The class that a stored `config.json` names; None where finding it would run code that came with the folder.

    Somebody else's results may name any module. So only ours, those that this process has imported already, and those
    in folders that the user named with `-cd` are looked into.
    """
    path = _MOVED.get(str(target), str(target))
    module, _, name = path.rpartition(".")
    if module in sys.modules:
        return getattr(sys.modules[module], name, None)
    own = any(Path(folder, *module.split(".")).with_suffix(".py").is_file() for folder in OWN_FOLDERS)
    if not (own or module.startswith("solverlearner.")):
        return None
    try:
        return class_at(path)
    except UsageError:  # of another version
        return None


def kind_of(cls: type) -> str:
    """What a class is known by: its own attribute `kind`, or else its path. A subclass is another kind."""
    own = vars(cls).get("kind")
    return own if isinstance(own, str) else f"{cls.__module__}.{cls.__qualname__}"


def answers_follow_from(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that a run's folder is named by: all that the model's answers depend on."""
    named = {key: content(key, value) for key, value in options.items() if key != "executor" and _names_run(key, value)}
    return {**named, "model": model_answers_from(options["model"])}


def model_answers_from(model: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a model that its answers depend on; of an object, whose attributes may have any name, all."""
    if OBJECT in model:
        return dict(model)
    return {key: value for key, value in model.items() if _names_model(key, value)}


def _names_model(key: str, value: Any) -> bool:
    part = part_of(key)
    return (part is None or part.names_run) and not (key in LATER_OF_MODELS and value == LATER_OF_MODELS[key])


def content(key: str, value: Any) -> Any:
    """The part of an option's value that counts: of files that `config.json` keeps with their hash, the hash."""
    return value["hash"] if key in known_options() and isinstance(value, Mapping) and "hash" in value else value


def _names_run(key: str, value: Any) -> bool:
    if key in LATER_OF_MODELS:
        return _names_model(key, value)
    part, known = part_of(key), known_options().get(key)
    later = known is not None and not known.always_named
    return (part is None or part.names_run) and not (later and known is not None and value == known.default)


def folder_name(config: Mapping[str, Any], label: str) -> str:
    """A name that the same configuration always gets: the readable label and a hash of what changes answers.

    Raises: UsageError for a task or model whose class is not there.
    """
    canonical = json.dumps(_by_kind(config), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    readable = _short(re.sub(r"[^\w.-]+", "-", label))
    return f"{readable}-{hashlib.blake2b(canonical.encode(), digest_size=4).hexdigest()}"


_LONGEST_LABEL = 230
"""Bytes of a label in a file's name, of which file systems take 255: room for the hash and for names made from it."""


def _short(label: str) -> str:
    """The label, without its middle if it is too long for a file's name: paths of checkpoints differ at their ends."""
    raw = label.encode()
    if len(raw) <= _LONGEST_LABEL:
        return label
    half = (_LONGEST_LABEL - 2) // 2
    return f"{raw[:half].decode(errors='ignore')}--{raw[-half:].decode(errors='ignore')}"


def _by_kind(value: Any) -> Any:
    """The configuration with a kind wherever it names a class by its path, without its later options at defaults."""
    if not isinstance(value, Mapping):
        return value
    named = {key: _by_kind(each) for key, each in value.items()}
    if TARGET in named:
        cls = class_at(str(named[TARGET]))
        kind, later = vars(cls).get("kind"), getattr(cls, "later_options", {})  # its own kind: a subclass is another
        named = {key: each for key, each in named.items() if key not in later or each != later[key]}
        named[TARGET] = named[TARGET] if kind is None else _FIRST_KNOWN_AS.get(kind, kind)
    return named
