"""Coverage of intervals over several wordings: python benchmarks/wordings.py [--times N], a minute on one core.

Five wordings are drawn from a population whose true accuracies scatter with a standard deviation of 0, 0.05, 0.1 or
0.2. 40 episodes have 5 queries each, with a cluster correlation of 0.3. Under `wording=all` each episode is asked in
one wording; under a sweep over `wording` each is asked in all five. The effect is the difference of two settings of
this kind. Printed: how often 95 % intervals hold the value over the whole population, by `over_wordings` and by
episodes alone, with their mean widths, the standard deviation that is found, and the share of variance.
"""

import argparse
from collections.abc import Iterator, Sequence

import numpy as np

from solverlearner.analysis.intervals import Estimate, share, share_contrast
from solverlearner.analysis.wordings import OverWordings, Place, PlaceSum, over_wordings

WORDINGS, EPISODES, QUERIES, CORRELATION = 5, 40, 5, 0.3
Numbers = np.ndarray


def chances(rng: np.random.Generator, mean: float, spread: float) -> Numbers:
    """The true chance of a right answer by episode and wording, by normal effects of wordings and episodes."""
    of_wording = spread * rng.standard_normal(WORDINGS)
    of_episode = np.sqrt(CORRELATION * mean * (1 - mean)) * rng.standard_normal((EPISODES, 1))
    return np.clip(mean + of_wording + of_episode, 0, 1)


def population_mean(rng: np.random.Generator, mean: float, spread: float) -> float:
    """The accuracy over all wordings and episodes, which the ends 0 and 1 move away from `mean`."""
    scatter = np.sqrt(spread**2 + CORRELATION * mean * (1 - mean))
    return float(np.clip(mean + scatter * rng.standard_normal(1_000_000), 0, 1).mean())


def sums(scores: Numbers) -> dict[Place, PlaceSum]:
    """What `over_wordings` takes, of sums of right answers by episode and wording, NaN where not asked."""
    asked = np.argwhere(~np.isnan(scores))
    return {(int(w), int(e)): PlaceSum(float(scores[e, w]), float(abs(scores[e, w])), QUERIES) for e, w in asked}


def drawn(
    rng: np.random.Generator, means: Sequence[float], spread: float, crossed: bool
) -> tuple[OverWordings, Estimate]:
    """One simulated run: the answer over wordings, and the interval by episodes alone. Of two means: the effect."""
    sides = [rng.binomial(QUERIES, chances(rng, mean, spread)).astype(float) for mean in means]
    if not crossed:  # all settings of an episode have its one wording
        other = np.arange(WORDINGS) != rng.permutation(np.arange(EPISODES) % WORDINGS)[:, None]
        sides = [np.where(other, np.nan, side) for side in sides]
    value = sides[0] - sides[1] if len(means) > 1 else sides[0]
    over = over_wordings(sums(value), bounded=len(means) == 1)
    sizes = ((~np.isnan(value)).sum(axis=1) * QUERIES).tolist()
    totals = [np.nansum(side, axis=1).tolist() for side in sides]
    alone = share_contrast(totals, sizes, (1, -1)[: len(means)]) if len(means) > 1 else share(totals[0], sizes)
    assert over is not None
    assert alone is not None
    return over, alone


def lines(times: int, cases: Sequence[Sequence[float]], spreads: Sequence[float]) -> Iterator[str]:
    """The table, as Markdown."""
    yield "| episodes | true accuracy | SD of wordings | covers | width | by episodes | its width | SD found | share |"
    yield "|---|---|---|---|---|---|---|---|---|"
    rng = np.random.default_rng(0)
    for crossed in (False, True):
        for means in cases:
            for spread in spreads:
                truth = [population_mean(rng, mean, spread) for mean in means]
                true = truth[0] - truth[1] if len(means) > 1 else truth[0]
                found = [drawn(rng, means, spread, crossed) for _ in range(times)]
                cells = []
                for each in ([over.estimate for over, _ in found], [alone for _, alone in found]):
                    cells.append(f"{100 * np.mean([e.low <= true <= e.high for e in each]):.1f} %")
                    cells.append(f"{np.mean([e.high - e.low for e in each]):.2f}")
                of = f"{np.sqrt(np.mean([over.spread**2 for over, _ in found])):.2f}"
                shares = f"{100 * np.mean([over.share for over, _ in found]):.1f} %"
                how = "in all wordings" if crossed else "in one wording"
                yield f"| {how} | {' − '.join(map(str, means))} | {spread} | {' | '.join(cells)} | {of} | {shares} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=2_000)
    for line in lines(parser.parse_args().times, ((0.5,), (0.85,), (0.6, 0.4)), (0.0, 0.05, 0.1, 0.2)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
