"""Rule: a mapping and its program; the items that it makes, and the plain values that they are of."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
"""A plain value: what goes to a program and comes back, and what stands in a row."""

Input: TypeAlias = tuple[JSON, ...]
"""The positional arguments of the mapping function."""


@dataclass(frozen=True)
class Item:
    """One input with the value that the hidden mapping gives it."""

    input: Input
    expected: JSON


@dataclass(frozen=True)
class Published:
    """One line of a published set: an input to ask about, and the inputs of its demonstrations, if it has any."""

    query: Input
    shots: Sequence[Input] = ()


@dataclass(frozen=True)
class Rule:
    """One hypothesis of a family: a mapping, and the same mapping as a Python program that defines `solver`.

    `apply` gives None for an input that the rule does not cover (a digit "9" under base 8). `weight` says how plausible
    it is before the shots, beside the other rules of its family.
    """

    name: str
    apply: Callable[[Input], JSON]
    program: str
    weight: float = 1.0


@dataclass(frozen=True)
class Check:
    """One question whether the model understands the stated rule at all (the CCC of Wu et al. 2023).

    Asked after `framing("rule")`, with its own answer format; passed when `equal(expected, read(text))`.
    """

    question: str
    answer_format: str
    expected: JSON
    reply: Callable[[JSON], str]
    read: Callable[[str], JSON]
    equal: Callable[[JSON, JSON], bool] = operator.eq
