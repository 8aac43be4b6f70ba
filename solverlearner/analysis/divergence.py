"""Divergence: how far the distribution of a model's replies moves, as Jensen–Shannon divergence and as CP.

A draw is a distribution: of a reply's tokens, its mean over positions; of an answer, 1 for the group of its meaning.
The draws of a prompt are pooled into their mean. All values are in nats. What top-n log-probabilities leave out is
`Draw.tail`, a probability of unknown tokens. Coherent Persuasion (CP) is equation (4) of DYNAMICQA (Marjanović et al.
2024). It compares each group of one prompt with each of the other, so a set of varied answers differs from itself.
"""

import itertools
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # a run that compares nothing starts without it
    import numpy as np

_SPLITS, _SHUFFLES, _SEED = 64, 199, 0
_BLOCK = 64  # columns of a product that BLAS does in one thread; more threads take more than they give for so little
_LOG2 = math.log(2)


@dataclass(frozen=True)
class Draw:
    """A distribution: the `listed` probabilities and the `tail`, the probability that is on nothing listed."""

    listed: Mapping[Hashable, float]
    tail: float = 0.0


def answer_draw(group: int) -> Draw:
    """An answer as a distribution: 1 for the group of its meaning."""
    return Draw({group: 1.0})


def pooled(draws: Sequence[Draw]) -> Draw:
    """The mean of several distributions."""
    total: dict[Hashable, float] = {}
    for draw in draws:
        for key, value in draw.listed.items():
            total[key] = total.get(key, 0.0) + value / len(draws)
    return Draw(total, math.fsum(draw.tail for draw in draws) / len(draws))


class Divergence(NamedTuple):
    """A Jensen–Shannon divergence of listed parts; the whole one is at least `low` and at most `high`."""

    value: float
    low: float
    high: float


def jensen_shannon(p: Draw, q: Draw) -> Divergence:
    """The Jensen–Shannon divergence of two distributions, 0 to log 2, with what the tails may add or take away.

    With P′ and Q′ the listed parts and R_P and R_Q the tails, ½ Σ p log(2p/(p+q)) + q log(2q/(p+q)) is convex and
    homogeneous, so JS ≤ JS(P′, Q′) + ½ (R_P + R_Q) log 2. Its root is a metric (Endres & Schindelin 2003), so
    √JS ≥ √JS(P′, Q′) − √(½ R_P log 2) − √(½ R_Q log 2).

    >>> jensen_shannon(Draw({"a": 1.0}), Draw({"b": 1.0})).value == math.log(2)
    True
    """
    keys = {*p.listed, *q.listed}
    value = max(0.0, math.fsum(_js_term(p.listed.get(key, 0.0), q.listed.get(key, 0.0)) for key in keys))
    root = math.sqrt(value) - math.sqrt(p.tail * _LOG2 / 2) - math.sqrt(q.tail * _LOG2 / 2)
    return Divergence(value, max(0.0, root) ** 2, min(_LOG2, value + (p.tail + q.tail) * _LOG2 / 2))


def _js_term(p: float, q: float) -> float:
    return sum(each / 2 * math.log(2 * each / (p + q)) for each in (p, q) if each > 0)


class Shift(NamedTuple):
    """How far pooled draws are from others: JS, its sampling floor, JS less the floor, and a permutation p value.

    `floor` is the divergence that so few draws of two equal prompts would show. `corrected` may be below 0 by chance,
    so that its mean over prompts is not biased.
    """

    js: Divergence
    floor: float
    corrected: float
    p: float


def shift(before: Sequence[Draw], after: Sequence[Draw]) -> Shift:
    """The Jensen–Shannon divergence of two prompts' pooled draws, beside what chance alone would give.

    The floor is half the mean divergence between two halves of a prompt's own draws, over both prompts: halves have
    half as many draws, and the bias is inverse to their number. It is 0 where a prompt has one draw. `p` is the share
    of all draws' reassignments to the two prompts that give at least as much: all of them where they are few, else 199
    random ones of a fixed seed (Phipson & Smyth 2010). Draws have to be independent, and exchangeable if nothing moved.
    """
    js = jensen_shannon(pooled(before), pooled(after))
    floor = (_split_half(before) + _split_half(after)) / 4
    return Shift(js, floor, js.value - floor, _permutation_p(before, after, js.value))


def _split_half(draws: Sequence[Draw]) -> float:
    """The mean divergence between two disjoint halves of the draws; with an odd number one draw is left out."""
    half = len(draws) // 2
    if not half:
        return 0.0
    import numpy as np

    values, rng, count = _matrix(draws), np.random.default_rng(_SEED), len(draws)
    order = np.array([rng.permutation(count) for _ in range(_SPLITS)])
    first, second = values[order[:, :half]].mean(axis=1), values[order[:, half : 2 * half]].mean(axis=1)
    return float(_js_rows(first, second).clip(0).mean())


def _permutation_p(before: Sequence[Draw], after: Sequence[Draw], observed: float) -> float:
    import numpy as np

    values, count, size = _matrix([*before, *after]), len(before) + len(after), len(before)
    exact = math.comb(count, size) <= _SHUFFLES
    if exact:
        chosen = [list(each) for each in itertools.combinations(range(count), size)]
    else:
        rng = np.random.default_rng(_SEED)
        chosen = [rng.permutation(count)[:size].tolist() for _ in range(_SHUFFLES)]
    member = np.zeros((len(chosen), count))
    for row, each in enumerate(chosen):
        member[row, each] = 1.0
    found = np.zeros(len(chosen))
    for at in range(0, values.shape[1], _BLOCK):
        block = values[:, at : at + _BLOCK]
        found += _js_rows(member @ block / size, (1 - member) @ block / (count - size))
    hits = int((found >= observed - 1e-12).sum())
    return hits / len(chosen) if exact else (hits + 1) / (len(chosen) + 1)


def _matrix(draws: Sequence[Draw]) -> "np.ndarray[Any, Any]":
    """The listed probabilities: a row a draw, a column a token or group."""
    import numpy as np

    columns = {key: index for index, key in enumerate(dict.fromkeys(key for draw in draws for key in draw.listed))}
    values = np.zeros((len(draws), len(columns)))
    for row, draw in enumerate(draws):
        for key, value in draw.listed.items():
            values[row, columns[key]] = value
    return values


def _js_rows(p: "np.ndarray[Any, Any]", q: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    import numpy as np

    total = p + q
    terms = np.zeros_like(p)
    for side in (p, q):
        some = side > 0
        terms[some] += side[some] / 2 * np.log(2 * side[some] / total[some])
    found: np.ndarray[Any, Any] = terms.sum(axis=1)
    return found


def kl_of_listed(p: Draw, q: Draw, *, drop_infinite: bool = False) -> float:
    """Kullback–Leibler divergence of p from q, with everything that q does not list as one outcome.

    Where p lists all that q lists, it is a lower bound of the whole divergence, by the data processing inequality; else
    it is near one. No upper bound follows from listed tokens. It is infinite where p has a probability on what q
    excludes; `drop_infinite` leaves such terms out, as the `masked_invalid` of the published code does.
    """
    inside = [(value, q.listed[key]) for key, value in p.listed.items() if q.listed.get(key)]
    beyond = p.tail + math.fsum(value for key, value in p.listed.items() if not q.listed.get(key))
    pairs = [pair for pair in (*inside, (beyond, q.tail)) if pair[0] > 0]
    if not drop_infinite and any(not other for _, other in pairs):
        return math.inf
    return math.fsum(value * math.log(value / other) for value, other in pairs if other)


Groups = Sequence[Sequence[int]]
"""The positions of the draws in each group; groups may overlap."""


def partition(groups: Sequence[int]) -> list[list[int]]:
    """The positions in each group, from the group's number of each draw.

    >>> partition([0, 1, 0])
    [[0, 2], [1]]
    """
    found: dict[int, list[int]] = {}
    for position, group in enumerate(groups):
        found.setdefault(group, []).append(position)
    return [*found.values()]


def coded_groups(entails: Sequence[Sequence[bool]]) -> list[list[int]]:
    """The overlapping groups that DYNAMICQA's code makes (`evaluate_semantic_sim`), each once, in order.

    `entails[i][j]`: answers i and j entail each other. One group begins at every answer and takes each further answer
    that is entailed by it and by the member that joined last, because a flag is overwritten in the loop over members.
    """
    found = set()
    for first, row in enumerate(entails):
        members = [first]
        for other, linked in enumerate(row):
            if linked and other != first and entails[other][members[-1]]:
                members.append(other)
        found.add(tuple(sorted(members)))
    return [[*each] for each in sorted(found)]


def cp_of_paper(told: Sequence[Draw], closed: Sequence[Draw], told_groups: Groups, closed_groups: Groups) -> float:
    """Coherent Persuasion, equation (4): the mean of KL(p_u ‖ p_r) over all pairs of a group u told and r closed.

    Groups count equally, whatever their size. With listed tokens it is a lower bound, see `kl_of_listed`.
    """
    return _mean_kl(told, closed, told_groups, closed_groups, drop_infinite=False)


def cp_as_coded(told: Sequence[Draw], closed: Sequence[Draw], told_groups: Groups, closed_groups: Groups) -> float:
    """Coherent Persuasion as DYNAMICQA's code computes it: infinite terms are left out of each divergence."""
    return _mean_kl(told, closed, told_groups, closed_groups, drop_infinite=True)


def cp_pooled(told: Sequence[Draw], closed: Sequence[Draw]) -> float:
    """KL between the pooled distributions of the two prompts: 0 for a set of draws and itself, unlike CP."""
    return kl_of_listed(pooled(told), pooled(closed))


def _mean_kl(
    told: Sequence[Draw], closed: Sequence[Draw], told_groups: Groups, closed_groups: Groups, *, drop_infinite: bool
) -> float:
    after = [pooled([told[index] for index in group]) for group in told_groups]
    before = [pooled([closed[index] for index in group]) for group in closed_groups]
    found = [kl_of_listed(u, r, drop_infinite=drop_infinite) for u in after for r in before]
    return sum(found) / len(found)
