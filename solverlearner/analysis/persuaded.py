"""Measures of draws: how sure a model is of its answers by setting, and how far each setting moves them from `closed`.

`uncertainty_by_setting` needs several draws a prompt, `persuasion_by_setting` the setting in which nothing is told.
Both take the prompts of `draws.Draws`.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import StatisticsError, correlation
from typing import Any

from solverlearner.analysis.divergence import (
    Draw,
    Shift,
    answer_draw,
    cp_as_coded,
    cp_of_paper,
    cp_pooled,
    partition,
    shift,
)
from solverlearner.analysis.draws import Prompt, numbered
from solverlearner.analysis.intervals import Estimate, contrast, mean, share, wilson
from solverlearner.analysis.persuasion import Outcome, moved, outcome
from solverlearner.analysis.uncertainty import Entropies, entropies
from solverlearner.design.setting import ASKABLE, CLOSED
from solverlearner.task import normal_form, rouge_l

SHORT_REPLY = 32
"""Tokens up to which a reply's mean distribution describes its answer and not its prose."""

ROUGE_MATCH = 0.3
"""ROUGE-L above it counts as the same answer in DYNAMICQA's code."""

ENTROPIES = ("discrete", "miller_madow", "rao", "formula", "coded")
_RESAMPLES = 1_000


@dataclass(frozen=True)
class Uncertainty:
    """The mean entropies over a setting's prompts, in nats, with the number of prompts and of samples a prompt.

    `groups` is the mean number of meanings, `right` the accuracy. Of free text `exact` and `rouge` are the accuracies
    by equal normal forms and by ROUGE-L above 0.3. Entropies that need log-probabilities are None without them.
    """

    prompts: int
    samples: int
    groups: Estimate
    discrete: Estimate
    miller_madow: Estimate
    rao: Estimate | None
    formula: Estimate | None
    coded: Estimate | None
    right: Estimate
    exact: Estimate | None = None
    rouge: Estimate | None = None


@dataclass(frozen=True)
class Moved:
    """How far a setting moves the answers from `closed`, over the questions that both have.

    `closed_target` and `target` are shares of draws with the target, `moved` their paired difference; `default` is the
    share with the default world's answer. `counts` has what became of the questions whose closed answer is not the
    target already, `shares` their shares. `answers` and `tokens` are mean Jensen–Shannon divergences less their floor,
    `*_raw` without that, `*_floor` the floor, `*_significant` the share of questions with p < 0.05; `slack` is the most
    that unlisted tokens may add. Where `too_long` completions have more than `SHORT_REPLY` tokens, tokens are not
    compared. CP is of listed tokens. `follows` is Spearman's correlation of the closed entropy with
    `moved`. `posterior` is the ideal learner's mean probability of the target. `coded_persuaded` and `coded_stubborn`
    are the shares of draws that DYNAMICQA's code calls so: ROUGE-L above 0.3 with the context's answer, or else with
    the closed draw of the same number.
    """

    questions: int
    closed_target: Estimate
    target: Estimate
    moved: Estimate
    closed_default: Estimate
    default: Estimate
    counts: dict[Outcome, int]
    shares: dict[Outcome, Estimate]
    answers: Estimate | None = None
    answers_raw: float | None = None
    answers_floor: float | None = None
    answers_significant: float | None = None
    too_long: int = 0
    tokens: Estimate | None = None
    tokens_raw: float | None = None
    tokens_floor: float | None = None
    tokens_significant: float | None = None
    slack: float | None = None
    cp_paper: float | None = None
    cp_coded: float | None = None
    cp_pooled: float | None = None
    cp_closed_itself: float | None = None
    follows: Estimate | None = None
    posterior: float | None = None
    coded_persuaded: float | None = None
    coded_stubborn: float | None = None


def uncertainty_by_setting(prompts: Sequence[Prompt], own_rules: bool) -> dict[str, Uncertainty]:
    """The entropies of every setting with prompts of several samples, in the order of settings."""
    found = {}
    for name in ASKABLE:
        own = [prompt for prompt in prompts if prompt.setting == name and len(prompt.answers) > 1]
        if own:
            found[name] = _uncertainty(own, _independent(name, own_rules))
    return found


def _uncertainty(prompts: Sequence[Prompt], independent: bool) -> Uncertainty:
    each = [entropies(prompt.groups, prompt.chosen) for prompt in prompts]
    clusters = _clusters(prompts, independent)

    def over(value: Callable[[Entropies], float | None]) -> Estimate | None:
        values = [value(found) for found in each]
        known = [number for number in values if number is not None]
        return mean_of(known, clusters) if len(known) == len(values) else None

    needed = {name: over(lambda found, name=name: getattr(found, name)) for name in ENTROPIES}  # type: ignore[misc]
    samples = max(len(prompt.answers) for prompt in prompts)
    ends = {"discrete": (0.0, math.log(samples)), "miller_madow": (0.0, math.inf), "rao": (0.0, math.inf)}
    needed |= {name: _within(needed[name], *each) for name, each in ends.items()}
    judged: dict[str, Any] = {"right": _share([prompt.right for prompt in prompts], clusters)}
    if all(prompt.said for prompt in prompts):
        judged["exact"] = _share([_judged(prompt, same_form) for prompt in prompts], clusters)
        judged["rouge"] = _share([_judged(prompt, same_by_rouge) for prompt in prompts], clusters)
    groups = _within(mean_of([e.groups for e in each], clusters), 1, samples)
    return Uncertainty(len(prompts), samples, groups, **needed, **judged)  # type: ignore[arg-type]


def persuasion_by_setting(prompts: Sequence[Prompt], own_rules: bool) -> dict[str, Moved]:
    """How far each setting whose completions are answers moves them from `closed`; empty without that setting."""
    closed = {(p.cluster, p.query): p for p in prompts if p.setting == CLOSED.name}
    found = {}
    for name, setting in ASKABLE.items():
        told = [p for p in prompts if p.setting == name and (p.cluster, p.query) in closed]
        if told and setting is not CLOSED and not setting.writes_program:
            pairs = [(closed[p.cluster, p.query], p) for p in told]
            found[name] = _moved(pairs, _independent(name, own_rules))
    return found


Pair = tuple[Prompt, Prompt]


@dataclass(frozen=True)
class Movement:
    """One question: the entropy of its closed answers in nats, how far a setting moved them, and its partition."""

    entropy: float
    moved: float
    partition: str = ""


def movements(prompts: Sequence[Prompt]) -> dict[str, list[Movement]]:
    """By setting, a movement for each question that has several draws there and in `closed`; no empty lists."""
    closed = {(p.cluster, p.query): p for p in prompts if p.setting == CLOSED.name and len(p.answers) > 1}
    found: dict[str, list[Movement]] = {}
    for told in prompts:
        before = closed.get((told.cluster, told.query))
        if before and told is not before and len(told.answers) > 1 and not ASKABLE[told.setting].draws_of:
            part = str(told.facts.get("partition", ""))
            found.setdefault(told.setting, []).append(_movement(before, told, part))
    return found


def _movement(closed: Prompt, told: Prompt, part: str) -> Movement:
    by = moved([*map(bool, closed.on_target)], [*map(bool, told.on_target)])
    return Movement(entropies(closed.groups).discrete, by, part)


def _moved(pairs: Sequence[Pair], independent: bool) -> Moved:
    clusters = _clusters([told for _, told in pairs], independent)

    def shares(values: Callable[[Prompt], list[float]], side: int) -> Estimate:
        return _share([values(pair[side]) for pair in pairs], clusters)

    kinds = [kind for pair in pairs if (kind := _outcome(*pair))]
    counts: dict[Outcome, int] = {kind: kinds.count(kind) for kind in ("persuaded", "stubborn", "elsewhere")}
    before, after = ([_mean(pair[side].on_target) for pair in pairs] for side in (0, 1))
    posteriors = [told.posterior for _, told in pairs if told.posterior is not None]
    sides = [_by_cluster([[each] for each in side], clusters) for side in (after, before)]
    return Moved(
        questions=len(pairs),
        closed_target=shares(lambda prompt: prompt.on_target, 0),
        target=shares(lambda prompt: prompt.on_target, 1),
        moved=_certain(contrast(sides, (1, -1))),
        closed_default=shares(lambda prompt: prompt.on_default, 0),
        default=shares(lambda prompt: prompt.on_default, 1),
        counts=counts,
        shares={kind: wilson(count, len(kinds)) for kind, count in counts.items()} if kinds else {},
        posterior=_mean(posteriors) if posteriors else None,
        **_shifts(pairs, clusters),
        **_tokens(pairs, clusters),
        **_coded(pairs),
        follows=_follows(pairs),
    )


def _outcome(closed: Prompt, told: Prompt) -> Outcome | None:
    groups = numbered([*closed.answers, *told.answers])
    on_target = [*closed.on_target, *told.on_target]
    target = next((group for group, hit in zip(groups, on_target, strict=True) if hit), None)
    count = len(closed.answers)
    return outcome(groups[:count], groups[count:], target)


def _shifts(pairs: Sequence[Pair], clusters: Sequence[int]) -> dict[str, Any]:
    """The divergences of answers, where each side has several draws."""
    if any(len(prompt.answers) < 2 for pair in pairs for prompt in pair):
        return {}
    found = []
    for closed, told in pairs:
        draws = [answer_draw(group) for group in numbered([*closed.answers, *told.answers])]
        found.append(shift(draws[: len(closed.answers)], draws[len(closed.answers) :]))
    return _over(found, "answers", clusters)


def _tokens(pairs: Sequence[Pair], clusters: Sequence[int]) -> dict[str, Any]:
    """The divergences of tokens and CP, where every completion is short and has log-probabilities."""
    sides = [(closed.means, told.means) for closed, told in pairs]
    known = [(closed, told) for closed, told in sides if closed and told and len(closed) > 1 and len(told) > 1]
    lengths = [len(tokens) for pair in pairs for prompt in pair for tokens in prompt.chosen or [[]]]
    if len(known) < len(pairs):
        return {}
    if too_long := sum(length > SHORT_REPLY for length in lengths):
        return {"too_long": too_long}
    found = [shift(closed, told) for closed, told in known]
    groups = [(partition(closed.groups), partition(told.groups)) for closed, told in pairs]

    def over(cp: Callable[[Sequence[Draw], Sequence[Draw], list[list[int]], list[list[int]]], float]) -> float:
        both = zip(known, groups, strict=True)
        return _mean([cp(told, closed, of_told, of_closed) for (closed, told), (of_closed, of_told) in both])

    itself = [cp_as_coded(c, c, of_closed, of_closed) for (c, _), (of_closed, _) in zip(known, groups, strict=True)]
    return _over(found, "tokens", clusters) | {
        "slack": _mean([each.js.high - each.js.value for each in found]),
        "cp_paper": over(cp_of_paper),
        "cp_coded": over(cp_as_coded),
        "cp_pooled": _mean([cp_pooled(told, closed) for closed, told in known]),
        "cp_closed_itself": _mean(itself),
    }


def _within(found: Estimate | None, least: float, most: float) -> Estimate | None:
    """An estimate whose interval ends where its values do."""
    return found and Estimate(found.value, max(least, found.low), min(most, found.high))


def _over(shifts: Sequence[Shift], name: str, clusters: Sequence[int]) -> dict[str, Any]:
    return {
        name: _within(mean_of([each.corrected for each in shifts], clusters), -math.log(2), math.log(2)),
        f"{name}_raw": _mean([each.js.value for each in shifts]),
        f"{name}_floor": _mean([each.floor for each in shifts]),
        f"{name}_significant": _mean([float(each.p < 0.05) for each in shifts]),
    }


def _coded(pairs: Sequence[Pair]) -> dict[str, Any]:
    if not all(closed.said and told.said for closed, told in pairs):
        return {}
    persuaded, stubborn = [], []
    for closed, told in pairs:
        for before, after in zip(closed.said, told.said, strict=False):
            hit = same_by_rouge(after, told.expected)
            persuaded.append(float(hit))
            stubborn.append(float(not hit and same_by_rouge(after, before)))
    return {"coded_persuaded": _mean(persuaded), "coded_stubborn": _mean(stubborn)}


def _judged(prompt: Prompt, same: Callable[[str, str], bool]) -> list[float]:
    return [float(same(said, prompt.expected)) for said in prompt.said]


def same_form(one: str, other: str) -> bool:
    """Whether two texts have one normal form."""
    return normal_form(one) == normal_form(other)


def same_by_rouge(one: str, other: str) -> bool:
    """Whether ROUGE-L is above 0.3, as DYNAMICQA's code judges, but without its stemmer."""
    return rouge_l(one, other) > ROUGE_MATCH


def _follows(pairs: Sequence[Pair]) -> Estimate | None:
    """Spearman's correlation of the closed entropy with `moved`, with the percentile interval of resampled questions.

    None below 10 questions, or where one of the two does not vary.
    """
    if len(pairs) < 10 or any(len(closed.answers) < 2 for closed, _ in pairs):
        return None
    found_each = [_movement(closed, told, "") for closed, told in pairs]
    x, y = [each.entropy for each in found_each], [each.moved for each in found_each]
    value = _spearman(x, y)
    if value is None:
        return None
    rng, found = Random(0), []
    for _ in range(_RESAMPLES):
        picks = [int(rng.random() * len(x)) for _ in x]
        if (again := _spearman([x[i] for i in picks], [y[i] for i in picks])) is not None:
            found.append(again)
    found.sort()
    return Estimate(value, found[int(0.025 * len(found))], found[int(0.975 * len(found))]) if found else None


def _spearman(x: Sequence[float], y: Sequence[float]) -> float | None:
    try:
        return correlation(_ranks(x), _ranks(y))
    except StatisticsError:  # one of them is constant
        return None


def _ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value from 1; equal values share their mean rank."""
    order = sorted(values)
    first = {value: place for place, value in reversed([*enumerate(order)])}
    count = Counter(values)
    return [first[value] + (count[value] + 1) / 2 for value in values]


def mean_of(values: Sequence[float], clusters: Sequence[int]) -> Estimate:
    """The mean of values with an interval over their clusters. Raises: ValueError without any."""
    grouped = _by_cluster([[value] for value in values], clusters)
    return _certain(mean([sum(each) for each in grouped], [len(each) for each in grouped]))


def _share(draws: Sequence[Sequence[float]], clusters: Sequence[int]) -> Estimate:
    """The mean share over prompts; the draws of a prompt are one cluster at least."""
    grouped = _by_cluster([[_mean(each)] for each in draws], clusters)
    squares = sum(value * value for cluster in grouped for value in cluster)
    return _certain(share([sum(each) for each in grouped], [len(each) for each in grouped], squares))


def _by_cluster(values: Sequence[Sequence[float]], clusters: Sequence[int]) -> list[list[float]]:
    found: dict[int, list[float]] = {}
    for cluster, each in zip(clusters, values, strict=True):
        found.setdefault(cluster, []).extend(each)
    return [*found.values()]


def _clusters(prompts: Iterable[Prompt], independent: bool) -> list[int]:
    """The cluster of each prompt: its episode, or where prompts share nothing a cluster of its own."""
    return [place if independent else prompt.cluster for place, prompt in enumerate(prompts)]


def _independent(name: str, own_rules: bool) -> bool:
    return ASKABLE[name].independent and not own_rules


def _certain(found: Estimate | None) -> Estimate:
    if found is None:
        raise ValueError("an estimate needs at least one value")
    return found


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
