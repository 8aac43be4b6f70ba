"""Semantic uncertainty: entropies over the meanings of several replies to one prompt, each formula under its own name.

All entropies are in nats. `groups` holds the number of the meaning of each reply, as `Prompt.groups` does. A
`logprobs` argument holds one log-probability for each reply. The published formulas differ: `formula_entropy` follows
equation (2) of DYNAMICQA (Marjanović et al. 2024), which sums over repeated draws and may be negative.
`coded_entropy` is what their code computes. `rao_entropy` and `discrete_entropy` are those of Farquhar et al. 2024.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CODED_SHIFT = 5.0
"""What the published code adds to the entropy (`llh_shift`, taken from Kuhn et al. 2023)."""


@dataclass(frozen=True)
class Entropies:
    """The entropies of the replies to one prompt, in nats; those that need log-probabilities are None without them."""

    discrete: float
    miller_madow: float
    rao: float | None = None
    formula: float | None = None
    coded: float | None = None
    groups: int = 1


def discrete_entropy(groups: Sequence[int]) -> float:
    """−Σ p log p with p the share of the replies in each group: 0 to log K (`cluster_assignment_entropy`).

    >>> discrete_entropy([0, 0, 1, 1]) == math.log(2)
    True
    """
    shares = [count / len(groups) for count in Counter(groups).values()]
    return math.fsum(-share * math.log(share) for share in shares)


def miller_madow(groups: Sequence[int]) -> float:
    """The discrete entropy plus (groups − 1) / 2K, which corrects its bias of first order (Miller 1955)."""
    return discrete_entropy(groups) + (len({*groups}) - 1) / (2 * len(groups))


def rao_entropy(groups: Sequence[int], logprobs: Sequence[float]) -> float:
    """−Σ p log p with p the share of each group in the summed probability of all replies: 0 to log K.

    As `predictive_entropy_rao` over `logsumexp_by_id` in jlko/semantic_uncertainty (Farquhar et al. 2024), where
    `logprobs` are means over the tokens of a reply.
    """
    masses = _log_masses(groups, logprobs)
    total = _logsumexp(masses)
    return math.fsum(-math.exp(mass - total) * (mass - total) for mass in masses)


def formula_entropy(groups: Sequence[int], logprobs: Sequence[float]) -> float:
    """−1/V Σ log p(g) over the V groups, with p(g) the sum of its replies' probabilities: DYNAMICQA, equation (2).

    `logprobs` are sums over the tokens of a reply. A repeated draw counts again, so p(g) may exceed 1 and the result
    may be negative: it is no entropy, but it can be compared with published numbers.
    """
    masses = _log_masses(groups, logprobs)
    return -math.fsum(masses) / len(masses)


def coded_entropy(groups: Sequence[int], mean_logprobs: Sequence[float]) -> float:
    """What DYNAMICQA's code prints as semantic entropy: equation (2) with means over tokens, plus 5.

    `get_predictive_entropy_over_concepts` in copenlu/dynamicqa. Groups are a partition here; its own overlap.
    """
    return formula_entropy(groups, mean_logprobs) + CODED_SHIFT


def entropies(groups: Sequence[int], tokens: Sequence[Sequence[float]] | None = None) -> Entropies:
    """All entropies of the replies to one prompt; `tokens` has the log-probabilities of each reply's tokens.

    Without `tokens`, or where a reply has no token, the last three are None. Raises: ValueError without a reply.
    """
    if not groups:
        raise ValueError("entropies need at least one reply")
    plain = discrete_entropy(groups), miller_madow(groups)
    number = len({*groups})
    if tokens is None or not all(tokens):
        return Entropies(*plain, groups=number)
    sums = [math.fsum(each) for each in tokens]
    means = [total / len(each) for total, each in zip(sums, tokens, strict=True)]
    more = rao_entropy(groups, means), formula_entropy(groups, sums), coded_entropy(groups, means)
    return Entropies(*plain, *more, groups=number)


def _log_masses(groups: Sequence[int], logprobs: Sequence[float]) -> list[float]:
    """The log of each group's summed probability."""
    members: dict[int, list[float]] = {}
    for group, logprob in zip(groups, logprobs, strict=True):
        members.setdefault(group, []).append(logprob)
    return [_logsumexp(each) for each in members.values()]


def _logsumexp(values: Sequence[float]) -> float:
    most = max(values)
    return most + math.log(math.fsum(math.exp(value - most) for value in values))
