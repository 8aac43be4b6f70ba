"""Variant counts: how common a variant is outside of this project, from `variant_counts.csv` beside this file."""

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

SOURCES = {
    "texts": (
        'how often texts name the base ("base 9", "octal digits"), in 426 million characters of Python\'s standard '
        "library, installed packages, and Debian's documents and Perl library (benchmarks/commonness.py)"
    ),
    "c4": "how often the corpus C4 names the shift, as in rot-13 (McCoy et al. 2023, arXiv 2309.13638, their figure)",
    "languages": "how many languages have the order, of 5,252 (Hammarström 2016, Journal of Language Evolution 1)",
}
"""What was counted, by the name in the column `source`."""


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
    return next((_counts()[task, name] for name in names if (task, name) in _counts()), None)


@cache
def _counts() -> dict[tuple[str, str], VariantCount]:
    text = (files("solverlearner.analysis") / "variant_counts.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(row["task"], row["variant"]): VariantCount(int(row["count"]), row["source"]) for row in rows}
