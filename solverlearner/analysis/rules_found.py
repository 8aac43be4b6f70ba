"""Rules found: how many programs of a setting carry out which rule, from the columns of rows that say it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

NAMES = {
    "hidden": "the hidden rule",
    "default_world": "the default world's rule",
    "another": "another rule of the family",
    "shot_table": "a table of its shots",
    "fits_shots": "fits its shots, no known rule",
    "none": "something else",
    "fails": "gives no value",
    "no_program": "no program in the reply",
}
"""What a program was found to do, in words; the last one is not in rows."""

_RULES = ("hidden", "default_world", "another")
PARTLY = " partly"
"""The ending of a kind whose programs do so on most probe inputs, not on all."""

KINDS = tuple(kind for name in NAMES for kind in ((name, name + PARTLY) if name in _RULES else (name,)))
"""All kinds of programs, in the order of tables."""

DIAGNOSE = "python -m solverlearner diagnose"


def kind_of(found: str, agreement: float | None) -> str:
    """The kind of a program.

    >>> kind_of("hidden", 1.0), kind_of("hidden", 0.75), kind_of("none", 0.2)
    ('hidden', 'hidden partly', 'none')
    """
    return found + PARTLY if found in _RULES and agreement != 1 else found


def words_of(kind: str) -> str:
    """A kind in words: "the hidden rule, on most inputs"."""
    name = kind.removesuffix(PARTLY)
    return NAMES[name] + (", on most inputs" if kind != name else "")


def counted_kinds(rows: Iterable[Mapping[str, Any]]) -> Counter[str]:
    """How many programs are of which kind; of programs that nobody examined none. `rows`: one of each program."""
    return Counter(kind_of(row["found"], row["found_agreement"]) for row in rows if row["found"])


def line_of_kinds(counts: Mapping[str, int]) -> str:
    """The counts as a line: "7 the default world's rule, 2 something else"."""
    return ", ".join(f"{counts[kind]} {words_of(kind)}" for kind in KINDS if counts.get(kind))
