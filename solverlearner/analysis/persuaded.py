"""Measures of draws: how sure a model is of its answers by setting, and how far each setting moves them from `closed`.

`uncertainty_by_setting` needs several draws a prompt, `persuasion_by_setting` the setting in which nothing is told.
The former takes the prompts of `draws.Draws`, the latter the questions that `moved_questions` makes of them.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import StatisticsError, correlation
from typing import Any

from solverlearner.analysis.divergence import Shift
from solverlearner.analysis.draws import Prompt
from solverlearner.analysis.intervals import Estimate, contrast, mean, share, wilson
from solverlearner.analysis.moved_question import (
    MovedQuestion,
    Movement,
    moved_questions,
    same_by_rouge,
    same_form,
)
from solverlearner.analysis.persuasion import Outcome
from solverlearner.analysis.uncertainty import Entropies, entropies
from solverlearner.design.setting import ASKABLE

SHORT_REPLY = 32
"""Tokens up to which a reply's mean distribution describes its answer and not its prose."""

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


def persuasion_by_setting(questions: Mapping[str, Sequence[MovedQuestion]], own_rules: bool) -> dict[str, Moved]:
    """How far each setting moves the answers from `closed`, from the questions of `moved_questions`."""
    return {name: _moved(own, _independent(name, own_rules)) for name, own in questions.items() if own}


def movements(prompts: Sequence[Prompt]) -> dict[str, list[Movement]]:
    """By setting, a movement for each question that has several draws there and in `closed`; no empty lists."""
    found = {}
    for name, questions in moved_questions(prompts).items():
        several = [each for each in questions if each.has_draws]
        if several and not ASKABLE[name].draws_of:
            found[name] = [each.movement for each in several]
    return found


def _moved(questions: Sequence[MovedQuestion], independent: bool) -> Moved:
    clusters = _clusters([each.told for each in questions], independent)
    closed, told = [each.closed for each in questions], [each.told for each in questions]

    def shares(values: Callable[[Prompt], list[float]], prompts: Sequence[Prompt]) -> Estimate:
        return _share([values(prompt) for prompt in prompts], clusters)

    kinds = [each.outcome for each in questions if each.outcome]
    counts: dict[Outcome, int] = {kind: kinds.count(kind) for kind in ("persuaded", "stubborn", "elsewhere")}
    posteriors = [prompt.posterior for prompt in told if prompt.posterior is not None]
    sides = [_by_cluster([[_mean(prompt.on_target)] for prompt in side], clusters) for side in (told, closed)]
    return Moved(
        questions=len(questions),
        closed_target=shares(lambda prompt: prompt.on_target, closed),
        target=shares(lambda prompt: prompt.on_target, told),
        moved=_certain(contrast(sides, (1, -1))),
        closed_default=shares(lambda prompt: prompt.on_default, closed),
        default=shares(lambda prompt: prompt.on_default, told),
        counts=counts,
        shares={kind: wilson(count, len(kinds)) for kind, count in counts.items()} if kinds else {},
        posterior=_mean(posteriors) if posteriors else None,
        **_answers(questions, clusters),
        **_tokens(questions, clusters),
        **_coded(questions),
        follows=_follows(questions),
    )


def _answers(questions: Sequence[MovedQuestion], clusters: Sequence[int]) -> dict[str, Any]:
    """The divergences of answers, where each side has several draws."""
    if not all(each.has_draws for each in questions):
        return {}
    return _over([each.answers for each in questions], "answers", clusters)


def _tokens(questions: Sequence[MovedQuestion], clusters: Sequence[int]) -> dict[str, Any]:
    """The divergences of tokens and CP, where every completion is short and has log-probabilities."""
    if not all(each.has_tokens for each in questions):
        return {}
    if too_long := sum(length > SHORT_REPLY for each in questions for length in each.lengths):
        return {"too_long": too_long}
    found = [each.tokens for each in questions]
    return _over([each.shift for each in found], "tokens", clusters) | {
        "slack": _mean([each.shift.js.high - each.shift.js.value for each in found]),
        "cp_paper": _mean([each.paper for each in found]),
        "cp_coded": _mean([each.coded for each in found]),
        "cp_pooled": _mean([each.pooled for each in found]),
        "cp_closed_itself": _mean([each.itself for each in found]),
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


def _coded(questions: Sequence[MovedQuestion]) -> dict[str, Any]:
    found = [each.coded for each in questions if each.coded is not None]
    if len(found) < len(questions):
        return {}
    draws = [draw for each in found for draw in each]
    shares = zip(("coded_persuaded", "coded_stubborn"), zip(*draws, strict=True), strict=True)
    return {name: _mean([*map(float, values)]) for name, values in shares}


def _judged(prompt: Prompt, same: Callable[[str, str], bool]) -> list[float]:
    return [float(same(said, prompt.expected)) for said in prompt.said]


def _follows(questions: Sequence[MovedQuestion]) -> Estimate | None:
    """Spearman's correlation of the closed entropy with `moved`, with the percentile interval of resampled questions.

    None below 10 questions, or where one of the two does not vary.
    """
    if len(questions) < 10 or any(len(each.closed.answers) < 2 for each in questions):
        return None
    x, y = [each.movement.entropy for each in questions], [each.movement.moved for each in questions]
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
