"""Variant counts: how common a variant or rule is outside of this project, from `variant_counts.csv` beside this file.

Of some families the hidden rule has a count and not the variant, because each episode draws its own rule.
"""

import csv
import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

SOURCES = {
    "texts": (
        'how often texts name the base ("base 9", "octal digits"), in 426 million characters of Python\'s standard '
        "library, installed packages, and Debian's documents and Perl library (benchmarks/commonness.py)"
    ),
    "documents": (
        "how often texts name it (benchmarks/commonness.py), in 149 million characters of Python's standard library, "
        "installed packages (named from a to l, or with a capital), and Debian's documents and libraries of Python and "
        "Perl"
    ),
    "python": (
        "how often Python sources compute it in one expression (benchmarks/commonness.py), in 47 million characters of "
        "Python's standard library and Debian's libraries of Python"
    ),
    "c4": "how often the corpus C4 names the shift, as in rot-13 (McCoy et al. 2023, arXiv 2309.13638, their figure)",
    "languages": "how many languages have the order, of 5,252 (Hammarström 2016, Journal of Language Evolution 1)",
}
"""What was counted, by the name in the column `source`."""

RULE_SOURCE = "python"
"""The source that counts rules; the others count variants."""

_LOOKED_FOR = {
    "base_conversion": re.compile(r"\d+-to-\d+"),
    "linear": re.compile(r"-?\d+x[+-]\d+"),
    "lists": re.compile(r"[^?.]+(\.[^?.]+){0,2}"),  # up to three operations, without a condition
}
"""The variants and rules of a family that were all looked for: those without a line in the file were found never."""


class VariantCount(NamedTuple):
    """How often something that a variant stands for was counted, and in which of `SOURCES`."""

    times: int
    source: str


def variant_count(task: str, variant: str) -> VariantCount | None:
    """The count of a variant; further parts of its name, as digits, do not matter. None where nobody counted.

    >>> variant_count("arith", "base-16-digits-3").times, variant_count("spatial", "r90")
    (286, None)
    """
    parts = variant.split("-")
    names = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((each for name in names if (each := _count(task, name)) and each.source != RULE_SOURCE), None)


def rule_count(task: str, rule: str) -> VariantCount | None:
    """The count of a hidden rule by its name; None where nobody counted.

    >>> rule_count("linear", "2x+1").times > rule_count("linear", "17x-19").times, rule_count("arith", "base 9")
    (True, None)
    """
    found = _count(task, rule)
    return found if found and found.source == RULE_SOURCE else None


@cache
def families_with_rule_counts() -> frozenset[str]:
    """The tasks whose rules were counted."""
    return frozenset(task for (task, _), found in _counts().items() if found.source == RULE_SOURCE)


def _count(task: str, name: str) -> VariantCount | None:
    if found := _counts().get((task, name)):
        return found
    looked_for = _LOOKED_FOR.get(task)
    source = "documents" if task == "base_conversion" else RULE_SOURCE
    return VariantCount(0, source) if looked_for and looked_for.fullmatch(name) else None


@cache
def _counts() -> dict[tuple[str, str], VariantCount]:
    text = (files("solverlearner.analysis") / "variant_counts.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["task"], row["variant"]): VariantCount(int(row["count"]), row["source"]) for row in rows}
