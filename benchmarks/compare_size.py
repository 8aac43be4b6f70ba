"""Size, coverage and power of the pooled answer of `compare`, by simulation.

    python benchmarks/compare_size.py [REPEATS]

Two models answer ten queries an episode in each variant. Variants have accuracies from 10 to 90 % (a single one: 50 %),
and the queries of an episode are correlated, beta-binomial. The second model is as good, or worse by five points in
every variant. Further rows break what the methods assume. Prints a table in Markdown.
"""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from solverlearner.analysis.stratified import stratified_effect

QUERIES, SEED, DIFFERENCE = 10, 0, 0.05
VARIANTS, EPISODES, CORRELATIONS = (1, 4, 12), (3, 5, 10, 50), (0.0, 0.5, 0.98)
HEADER = ("variants", "episodes each", "size", "coverage, equal", "coverage, 5 points", "power, 5 points")

Array = np.ndarray[Any, Any]
Sample = tuple[Array, Array, Array, Array]
"""Totals of both sides, sizes and strata of the clusters."""

Draw = Callable[[np.random.Generator, int, int, float, float], Sample]
"""Draws a sample for numbers of variants and episodes, a correlation and a difference."""


def totals(rng: np.random.Generator, means: Array, correlation: float, queries: int = QUERIES) -> Array:
    """Right answers of clusters with these mean accuracies."""
    if not correlation:
        return rng.binomial(queries, means)
    strength = (1 - correlation) / correlation
    return rng.binomial(queries, rng.beta(means * strength, (1 - means) * strength))


def means_of(variants: int) -> Array:
    """The accuracy of each variant."""
    return np.linspace(0.1, 0.9, variants) if variants > 1 else np.array([0.5])


def plain(rng: np.random.Generator, variants: int, episodes: int, correlation: float, difference: float) -> Sample:
    """Both sides scatter alike, and differ by as much in every variant."""
    means, strata = np.repeat(means_of(variants), episodes), np.repeat(np.arange(variants), episodes)
    first, second = (totals(rng, means + shift, correlation) for shift in (difference / 2, -difference / 2))
    return first, second, np.full(len(means), QUERIES), strata


def uneven(rng: np.random.Generator, variants: int, episodes: int, correlation: float, difference: float) -> Sample:
    """The first side is right on all of an episode or on none, as programs are; the second scatters by query."""
    first, _, sizes, strata = plain(rng, variants, episodes, 0.98, difference)
    return first, plain(rng, variants, episodes, 0.0, difference)[1], sizes, strata


def opposed(rng: np.random.Generator, variants: int, episodes: int, correlation: float, difference: float) -> Sample:
    """Half of the variants favour the first side by ten points, half the second."""
    means, strata = np.repeat(means_of(variants), episodes), np.repeat(np.arange(variants), episodes)
    favour = np.where(strata % 2, 0.05, -0.05)
    first, second = (
        totals(rng, np.clip(means + sign * (favour + difference / 2), 0.01, 0.99), correlation) for sign in (1, -1)
    )
    return first, second, np.full(len(means), QUERIES), strata


def shared(rng: np.random.Generator, variants: int, episodes: int, correlation: float, difference: float) -> Sample:
    """Beside the episodes, a program a variant that all of them share: one large cluster, in a stratum of its own."""
    first, second, sizes, strata = plain(rng, variants, episodes, correlation, difference)
    queries = QUERIES * episodes
    programs = [totals(rng, means_of(variants) + shift, 0.98, queries) for shift in (difference / 2, -difference / 2)]
    ends = (np.full(variants, queries), variants + np.arange(variants))
    parts = zip((first, second, sizes, strata), (*programs, *ends), strict=True)
    first, second, sizes, strata = (np.concatenate(part) for part in parts)
    return first, second, sizes, strata


ASSUMPTIONS = {"uneven scatter": uneven, "opposed variants": opposed, "a shared program": shared}


def measured(draw: Draw, variants: int, episodes: int, correlation: float, repeats: int) -> Iterator[float]:
    """Size, coverage of equal sides and of a difference, power; as shares of the repeats."""
    rng = np.random.default_rng(SEED)
    told, covered = [], []
    for difference in (0.0, DIFFERENCE):
        samples = (draw(rng, variants, episodes, correlation, difference) for _ in range(repeats))
        found = [stratified_effect((first, second), sizes, strata) for first, second, sizes, strata in samples]
        told.append(float(np.mean([each.p <= 0.05 for each in found])))
        covered.append(float(np.mean([each.estimate.low <= difference <= each.estimate.high for each in found])))
    yield from (told[0], *covered, told[1])


def main(repeats: int) -> None:
    """Print the table, each entry for the correlations 0, 0.5 and 0.98."""
    print("| " + " | ".join(HEADER) + " |\n|---|" + "--:|" * (len(HEADER) - 1))
    cases: list[tuple[str, Draw, int, int]] = [(f"{v}", plain, v, e) for v in VARIANTS for e in EPISODES]
    cases += [(f"4, {name}", draw, 4, e) for name, draw in ASSUMPTIONS.items() for e in (3, 10)]
    for name, draw, variants, episodes in cases:
        rows = map(partial(measured, draw, variants, episodes, repeats=repeats), CORRELATIONS)
        columns = zip(*rows, strict=True)
        cells = [" / ".join(f"{100 * share:.1f}" for share in column) for column in columns]
        print(f"| {name} | {episodes} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
