"""Whether the promised power is reached: python benchmarks/power.py [--times N], a minute on one core.

Two settings answer the same queries. Of each episode the chances of a right answer are drawn once (beta-binomial), so
queries are alike within an episode. `power` plans the episodes of an effect of 0.1, or 0.2, at a power of 80 %: from
the true components of variance, and from a pilot of 20 episodes, by the pilot's variance as it is and so that it is
surely enough. Runs of that size are then drawn, and the test of `compare` asked. Printed: in how many it is
significant at 5 %, and in how many where there is no effect.
"""

import argparse
import itertools
from collections.abc import Iterator

import numpy as np

from solverlearner.analysis.sample_size import Components, components, episodes_needed
from solverlearner.analysis.significance import flip_signs

Numbers = np.ndarray
PILOT, POWER, ALPHA = 20, 0.8, 0.05


def drawn(rng: np.random.Generator, episodes: int, queries: int, effect: float, correlation: float) -> Numbers:
    """Differences of scores by episode and query: two sides around 0.5, each with this cluster correlation."""
    sides = []
    for mean in (0.5 + effect / 2, 0.5 - effect / 2):
        if correlation:
            scale = 1 / correlation - 1
            chance = rng.beta(mean * scale, (1 - mean) * scale, (episodes, 1))
        else:
            chance = np.full((episodes, 1), mean)
        sides.append((rng.random((episodes, queries)) < chance).astype(float))
    return sides[0] - sides[1]


def power_of(
    rng: np.random.Generator, times: int, episodes: int, queries: int, effect: float, correlation: float
) -> float:
    """The share of runs in which the test tells the sides apart."""
    runs = (drawn(rng, episodes, queries, effect, correlation).sum(axis=1).tolist() for _ in range(times))
    return float(np.mean([flip_signs(each) <= ALPHA for each in runs]))


def pilots(rng: np.random.Generator, times: int, queries: int, effect: float, correlation: float) -> list[Components]:
    """What pilots of 20 episodes show."""
    made = (components(drawn(rng, PILOT, queries, effect, correlation).tolist()) for _ in range(times))
    return [each for each in made if each]


def line(rng: np.random.Generator, times: int, effect: float, correlation: float, queries: int) -> Iterator[str]:
    """The cells of one line of the table."""
    truth = components(drawn(rng, 20_000, queries, effect, correlation).tolist())
    assert truth is not None
    size, case = (queries, effect, POWER, ALPHA), (queries, effect, correlation)
    planned = episodes_needed(truth, *size)
    yield from (f"{effect}", f"{correlation}", f"{queries}", f"{planned}")
    yield f"{100 * power_of(rng, times, planned, *case):.0f} %"
    seen = pilots(rng, max(20, times // 10), *case)
    for plans in ([each.at_least(effect) for each in seen], [each.cautious.at_least(effect) for each in seen]):
        numbers = [episodes_needed(each, *size) for each in plans]
        yield f"{np.median(numbers):.0f}"
        yield f"{100 * np.mean([power_of(rng, 10, number, *case) for number in numbers]):.0f} %"
    yield f"{100 * power_of(rng, times, planned, queries, 0.0, correlation):.1f} %"


def lines(times: int) -> Iterator[str]:
    """The table, as Markdown."""
    rng = np.random.default_rng(0)
    yield "| effect | cluster correlation | queries | episodes | power | pilots plan | power | surely | power | none |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for case in itertools.product((0.1, 0.2), (0.0, 0.3, 0.9), (2, 10)):
        yield f"| {' | '.join(line(rng, times, *case))} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1_000)
    for line in lines(parser.parse_args().times):
        print(line, flush=True)


if __name__ == "__main__":
    main()
