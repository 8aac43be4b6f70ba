"""Coverage and cost under stopping: python benchmarks/stopping.py [--times N], under two minutes on one core.

A run of 5 queries an episode stops by `until=width:W` or `until=effect:NAME:W`, with looks after 30, 38, 48, …
episodes, as a real run does. Each episode's chance of a right answer is drawn from a beta distribution with a cluster
correlation of 0 to 0.98. Printed, by cluster correlation: how often the 95 % interval at the stop holds the true value,
how often that of a plan fixed beforehand at the mean number of episodes does, and the mean number of episodes.

The second table has the calls saved at equal width. A plan that is fixed beforehand has to be large enough for an
accuracy of 0.5 and for a correlation of 0.98, since nobody knows them. The last columns have the plan of the same mean
width by somebody who knows both.
"""

import argparse
import math
from collections.abc import Iterator

import numpy as np

from solverlearner.analysis.intervals import Estimate, share, share_contrast
from solverlearner.analysis.stopping import INFLATION, accuracy_width, effect_width
from solverlearner.evaluation.until import looks

QUERIES, MOST = 5, 2_500
CORRELATIONS = (0.0, 0.3, 0.7, 0.98)
CASES = (
    ((0.5,), 0.2),
    ((0.8,), 0.2),
    ((0.8,), 0.1),
    ((0.9,), 0.1),
    ((0.95,), 0.1),
    ((0.6, 0.5), 0.2),
    ((0.9, 0.8), 0.2),
    ((0.95,), 0.2),
)


Runs = list[list[list[int]]]
"""For each run and side the right answers of each episode."""


def totals(rng: np.random.Generator, mean: float, correlation: float, episodes: int) -> list[int]:
    """Right answers of each episode."""
    scale = 1 / correlation - 1 if correlation else math.inf
    chances = rng.beta(mean * scale, (1 - mean) * scale, episodes) if correlation else np.full(episodes, mean)
    found: list[int] = rng.binomial(QUERIES, chances).tolist()
    return found


def interval(sides: list[list[int]], episodes: int) -> Estimate:
    """The interval that a run shows: of the accuracy, or of the difference of two."""
    own, sizes = [side[:episodes] for side in sides], [QUERIES] * episodes
    found = share(own[0], sizes) if len(sides) == 1 else share_contrast(own, sizes, (1, -1))
    assert found is not None
    return found


def stopped(sides: list[list[int]], width: float) -> int:
    """The episodes after which the run stops."""
    for episodes in looks(MOST):
        own, sizes = [side[:episodes] for side in sides], [QUERIES] * episodes
        seen = accuracy_width(own[0], sizes) if len(sides) == 1 else effect_width(own, sizes, (1, -1))
        if seen * INFLATION <= width:
            break
    return episodes


def width_at(runs: Runs, episodes: int) -> float:
    """The mean width of so many episodes' intervals."""
    found = (interval(run, episodes) for run in runs)
    return float(np.mean([each.high - each.low for each in found]))


def known_size(runs: Runs, width: float) -> int:
    """The fewest episodes whose intervals have this mean width."""
    low, high = 2, MOST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width_at(runs[:40], middle) <= width else (middle + 1, high)
    return low


def case(runs: Runs, true: float, width: float) -> tuple[float, float, float]:
    """Coverage at the stop, coverage of the fixed plan, and the mean number of episodes."""
    ends = [stopped(run, width) for run in runs]
    fixed = round(float(np.mean(ends)))
    at_end = [interval(run, end) for run, end in zip(runs, ends, strict=True)]
    at_fixed = [interval(run, fixed) for run in runs]
    covers = [float(np.mean([each.low <= true <= each.high for each in found])) for found in (at_end, at_fixed)]
    return covers[0], covers[1], float(np.mean(ends))


def lines(times: int) -> Iterator[str]:
    """Both tables, as Markdown."""
    rng, saved = np.random.default_rng(0), []
    safe = {width: known_size([[totals(rng, 0.5, 0.98, MOST)] for _ in range(40)], width) for width in (0.1, 0.2)}
    yield "| until | true value |" + "".join(f" {rho} |" for rho in CORRELATIONS)
    yield "|---|---|" + "---|" * len(CORRELATIONS)
    for means, width in CASES:
        rule, cells = f"width:{width}" if len(means) == 1 else f"effect:…:{width}", []
        for rho in CORRELATIONS:
            runs = [[totals(rng, mean, rho, MOST) for mean in means] for _ in range(times)]
            covers, fixed, episodes = case(runs, means[0] - sum(means[1:]), width)
            cells.append(f"{100 * covers:.1f} ({100 * fixed:.1f}), {episodes:,.0f}")
            if len(means) == 1:
                sizes = safe[width], known_size(runs, width)
                told = [f"{size} | {100 * (1 - episodes / size):.0f} %".replace("-", "−") for size in sizes]
                saved.append(f"| {rule} | {means[0]} | {rho} | {episodes:,.0f} | {' | '.join(told)} |")
        yield f"| {rule} | {' − '.join(map(str, means))} | {' | '.join(cells)} |"
    yield "\n| until | accuracy | cluster correlation | episodes | fixed, nothing known | saved | all known | saved |"
    yield "|---|---|---|---|---|---|---|---|"
    yield from saved


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=1_500)
    for line in lines(parser.parse_args().times):
        print(line, flush=True)


if __name__ == "__main__":
    main()
