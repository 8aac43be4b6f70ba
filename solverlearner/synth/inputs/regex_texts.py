"""Regex texts: makes texts that match a regular expression, to reach the branches that depend on it."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

from solverlearner.synth.inputs.chance import below

_parser: Any = getattr(re, "_parser")  # noqa: B009  the standard library's parser of patterns
_LONGEST = 6
_CLASSES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_SPACE": " \t",
    "CATEGORY_WORD": "abcxyzABC_019",
    "CATEGORY_NOT_DIGIT": "abc -",
    "CATEGORY_NOT_SPACE": "abcXYZ09.-",
    "CATEGORY_NOT_WORD": " .-,",
}
_ANY = "abcde XYZ019_-.,:/"


def matched(pattern: str, rng: Random) -> str | None:
    """A text that the pattern probably matches; None for an invalid pattern or one that is not supported."""
    try:
        return _sequence(_parser.parse(pattern), rng, {})
    except (re.error, RecursionError, OverflowError, ValueError, KeyError, TypeError):
        return None


def _sequence(parsed: Any, rng: Random, groups: dict[int, str]) -> str:
    return "".join(_one(str(kind), argument, rng, groups) for kind, argument in parsed)


def _one(kind: str, argument: Any, rng: Random, groups: dict[int, str]) -> str:
    write = _WRITERS.get(kind)
    return write(argument, rng, groups) if write else ""  # anchors, assertions: nothing to write


def _repeat(argument: Any, rng: Random, groups: dict[int, str]) -> str:
    low, high, inner = argument
    times = low + below(rng, min(int(high), low + _LONGEST) - low + 1)
    return "".join(_sequence(inner, rng, groups) for _ in range(times))


def _branch(argument: Any, rng: Random, groups: dict[int, str]) -> str:
    _, branches = argument
    return _sequence(branches[below(rng, len(branches))], rng, groups)


def _group(argument: Any, rng: Random, groups: dict[int, str]) -> str:
    number, _, _, inner = argument
    text = _sequence(inner, rng, groups)
    groups[number] = text
    return text


def _in(argument: Any, rng: Random, groups: dict[int, str]) -> str:
    members = [(str(kind), each) for kind, each in argument]
    if members and members[0][0] == "NEGATE":
        refused = "".join(_members(kind, each) for kind, each in members[1:])
        left = [char for char in _ANY if char not in refused] or ["~"]
        return left[below(rng, len(left))]
    kind, each = members[below(rng, len(members))]
    found = _members(kind, each)
    return found[below(rng, len(found))]


def _members(kind: str, argument: Any) -> str:
    if kind == "LITERAL":
        return chr(argument)
    if kind == "RANGE":
        low, high = argument
        return "".join(map(chr, range(low, min(high, low + 60) + 1)))
    return _CLASSES[str(argument)]


_WRITERS: dict[str, Callable[[Any, Random, dict[int, str]], str]] = {
    "LITERAL": lambda argument, rng, groups: chr(argument),
    "NOT_LITERAL": lambda argument, rng, groups: "x" if argument != ord("x") else "y",
    "ANY": lambda argument, rng, groups: _ANY[below(rng, len(_ANY))],
    "IN": _in,
    "BRANCH": _branch,
    "SUBPATTERN": _group,
    "ATOMIC_GROUP": lambda argument, rng, groups: _sequence(argument, rng, groups),
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "POSSESSIVE_REPEAT": _repeat,
    "GROUPREF": lambda argument, rng, groups: groups.get(argument, ""),
}
