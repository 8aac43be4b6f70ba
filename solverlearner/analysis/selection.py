"""Selection: which of several programs of one episode counts, and how often one of k would be right.

The choice sees the outputs of the programs and never the expected values: agreement with the shots, then a majority
vote of the outputs on the queries' inputs (Li et al. 2022, AlphaCode, section 4; Wang et al. 2023, self-consistency),
then length.
"""

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from solverlearner.analysis.intervals import Estimate, share

_Chance = Callable[[int, int, int], float]
"""Of n drawn programs, the number of correct ones and k: the chance that k drawn ones pass."""


class Program(NamedTuple):
    """One sample's program: its outputs on shots and queries, and its cost.

    `outputs` has an entry for each query, in order; None where the program gave no value. `score` adds up its scores
    on the queries, which the choice does not look at: the number of right ones without partial credit. `length` is in
    characters, None where there is no program.
    `tokens` is None where they are not known.
    """

    sample: int
    shots_right: int
    length: int | None
    outputs: tuple[Hashable | None, ...]
    score: float
    calls: int = 1
    tokens: float | None = None

    @property
    def perfect(self) -> bool:
        """Whether it gives all queries right; pass@k counts such programs as correct."""
        return self.score == len(self.outputs)


def selected(programs: Sequence[Program]) -> Program:
    """The program that a learner takes: the most shots right; of equals the largest cluster, then the shortest.

    Programs of a cluster give the same value for every query. One that gives none for some query has no vote, since
    failing in the same way is no agreement. Remaining ties go to the lowest sample.
    """
    most = max(program.shots_right for program in programs)
    tied = [program for program in programs if program.shots_right == most]
    votes = Counter(program.outputs for program in tied if None not in program.outputs)
    return min(tied, key=lambda program: (-votes[program.outputs], _length(program), program.sample))


def _length(program: Program) -> float:
    return math.inf if program.length is None else program.length


def oracle(programs: Sequence[Program]) -> Program:
    """The program with the highest score on the queries: the choice if the answers were known."""
    return max(programs, key=lambda program: (program.score, -program.sample))


def pass_at_k(n: int, correct: int, k: int) -> float:
    """The chance that one of k programs is correct, of n drawn ones of which so many are: 1 − C(n−c, k) / C(n, k).

    Unbiased for the k ≤ n of a model's draws (Chen et al. 2021, "Evaluating large language models trained on code",
    equation 1).
    """
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


def all_pass_at_k(n: int, correct: int, k: int) -> float:
    """pass^k: the chance that all of k programs are correct, of n drawn ones: C(c, k) / C(n, k).

    Unbiased for the k ≤ n of a model's draws (Yao et al. 2024, τ-bench, section 3).

    >>> all_pass_at_k(4, 3, 2)
    0.5
    """
    return math.comb(correct, k) / math.comb(n, k)


@dataclass(frozen=True)
class Several:
    """The worth of several programs an episode; all accuracies but pass@k and pass^k are mean scores of queries.

    `samples`: of most episodes, the n of `oracle` and the largest k. `passes` (pass@k) and `all_pass`
    (pass^k) by k; `calls` and `tokens` are means an episode of one of its programs, tokens None where one call does not
    tell them.
    """

    samples: int
    episodes: int
    selected: Estimate
    oracle: Estimate
    passes: dict[int, Estimate]
    all_pass: dict[int, Estimate]
    calls: float
    tokens: float | None


def several(episodes: Sequence[Sequence[Program]]) -> Several | None:
    """The programs of each episode, judged together; None where no episode has two. Episodes are the clusters."""
    episodes = [programs for programs in episodes if programs]
    n = max(map(len, episodes), default=0)
    if n < 2:
        return None
    sizes = [len(programs[0].outputs) for programs in episodes]
    chosen = share([selected(programs).score for programs in episodes], sizes)
    ideal = share([oracle(programs).score for programs in episodes], sizes)
    assert chosen is not None
    assert ideal is not None
    drawn = [program for programs in episodes for program in programs]
    tokens = [program.tokens for program in drawn if program.tokens is not None]
    return Several(
        n,
        len(episodes),
        chosen,
        ideal,
        _by_k(episodes, n, pass_at_k),
        _by_k(episodes, n, all_pass_at_k),
        sum(program.calls for program in drawn) / len(drawn),
        sum(tokens) / len(tokens) if len(tokens) == len(drawn) else None,
    )


def _ks(n: int) -> list[int]:
    """1, 2, 4, … and n."""
    return sorted({*(2**i for i in range(n.bit_length()) if 2**i <= n), n})


def _by_k(episodes: Sequence[Sequence[Program]], n: int, chance: _Chance) -> dict[int, Estimate]:
    return {k: passed for k in _ks(n) if (passed := _passed(episodes, k, chance))}


def _passed(episodes: Sequence[Sequence[Program]], k: int, chance_of: _Chance) -> Estimate | None:
    """The mean chance of the episodes that have k programs. An episode's weight in the interval is its programs."""
    enough = [programs for programs in episodes if len(programs) >= k]
    found = [chance_of(len(each), sum(program.perfect for program in each), k) for each in enough]
    n = max(map(len, enough), default=0)
    return share([n * chance for chance in found], [n] * len(found))
