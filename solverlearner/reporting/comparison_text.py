"""Comparison as text: the pooled answer first, then each level of it, within the width of a terminal."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple

from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.comparison import Comparison, titles
from solverlearner.analysis.labels import counted
from solverlearner.analysis.pooled import ALL, PAIR, PooledComparison
from solverlearner.analysis.significance import FLIPS
from solverlearner.analysis.stratified import FEWEST
from solverlearner.analysis.tables.table import p_value
from solverlearner.reporting.aligned import columns

_TITLES = {"task": "family", PAIR: "each alone"}
_HEADER = ("A", "B", "A − B [95 % interval]", "finds", "n", "p", "")
_NAMES = {"first": "A", "second": "B", None: ""}
_MOST_EPISODES = 10
_MOST_LISTS = 3
_MOST_NAMED = 3


def comparison_text(
    levels: Mapping[str, Sequence[PooledComparison]], sides: Sequence[str], width: int, *, details: bool
) -> str:
    """All levels of a comparison as text. `sides` are what A and B were asked for as; `width` is in letters.

    `details`: also each pair for itself, and the episodes in which the clearest pairs differ. One pair always has them.
    """
    (whole,) = levels[ALL]
    one = len(whole.pairs) == 1
    blocks = [[f"A  {sides[0]}", f"B  {sides[1]}"], [*_answer(whole, width)]]
    shown = [level for level in levels if level not in (ALL, PAIR) or (level == PAIR and details and not one)]
    blocks += [[*_level(level, levels[level], width)] for level in shown]
    blocks += [textwrap.wrap(told, width) for told in _over_wordings(whole)]
    blocks += [*_parting(whole.pairs)] if one or details else []
    blocks.append([line for note in _notes(whole, shown, levels) for line in textwrap.wrap(note, width)])
    return "\n\n".join("\n".join(block) for block in blocks)


def verdict(whole: PooledComparison) -> str:
    """The pooled answer in a sentence: "B is better by 12.3 points, 95 % interval [8.1, 16.5], p <0.001"."""
    effect, p = whole.effect, f"p {p_value(whole.p)}"
    if whole.better is None:
        value, low, high = _points(effect.value, effect.low, effect.high)
        return f"A and B are not told apart. A − B is {value} points, 95\u00a0% interval [{low}, {high}], {p}"
    ahead = (effect.value, effect.low, effect.high)
    ahead = (-effect.value, -effect.high, -effect.low) if whole.better == "second" else ahead
    value, low, high = _points(*ahead, sign="-")
    return f"{_NAMES[whole.better]} is better by {value} points, 95\u00a0% interval [{low}, {high}], {p}"


def _points(*shares: float, sign: str = "+") -> list[str]:
    """Differences of shares in points: "+12.3", and where only a minus is to be written (`sign="-"`) "12.3"."""
    return [f"{100 * share:{sign}.1f}".replace("-", "−") for share in shares]


def _answer(whole: PooledComparison, width: int) -> Iterator[str]:
    a, b = (f"{each}\u00a0%" for each in _percents(whole))
    yield from textwrap.wrap(f"All together: {verdict(whole)}.", width)
    facts = [each.facts for each in whole.pairs]
    several = {name: len({f.get(key) for f in facts}) for key, name in (("variant", "variant"), ("setting", "setting"))}
    places = [counted(number, name) for name, number in several.items() if number > 1]
    sizes = ", ".join([counted(whole.episodes, "episode"), *places])
    clusters = f"{counted(whole.clusters, 'cluster')}{FEWER * whole.fewer}"
    graded = any(each.effect.graded for each in whole.pairs)
    told = f"A scores {a} and B {b} on" if graded else f"A is right on {a} and B on {b} of"
    yield from textwrap.wrap(f"{told} {whole.n:,} queries ({sizes}; {clusters}). {_power(whole)}", width)
    if len(whole.pairs) == 1:
        test = whole.pairs[0].effect
        higher = "scores higher" if graded else "is right"
        only = f"Only A {higher} on {test.only_first}, only B on {test.only_second}"
        yield from textwrap.wrap(f"{only}; p by queries {p_value(test.p_item or 1.0)} ({test.item_test}).", width)


def _power(whole: PooledComparison) -> str:
    if whole.detectable is None:
        return f"No difference could be told: the test needs {FEWEST} clusters."
    return f"The test would tell a difference of {100 * whole.detectable:.1f} points with a power of 80\u00a0%."


def _over_wordings(whole: PooledComparison) -> Iterator[str]:
    """The difference where wordings are a second random factor."""
    if found := whole.over_wordings():
        value, low, high = _points(*astuple(found.estimate))
        yield (
            f"Over {found.wordings} wordings, as if other wordings had been drawn: A − B {value} points, 95 % interval "
            f"[{low}, {high}]. The true difference has a standard deviation of {100 * found.spread:.1f} points between "
            f"wordings, {100 * found.share:.1f} % of the variance of a query's difference."
        )


def _level(level: str, found: Sequence[PooledComparison], width: int) -> Iterator[str]:
    yield f"By {_TITLES.get(level, level)}" if level != PAIR else "Each alone"
    rows, names = [list(_HEADER), *map(_row, found)], ["", *map(_group_name, found)]
    lines = [line[2:] for line in columns([[cell.rjust(_widest(rows, i)) for i, cell in enumerate(r)] for r in rows])]
    room = max(12, width - 4 - max(map(len, lines)))
    named = min(room, max(map(len, names)))
    families = [None, *(each.group.get("task") if level == "variant" else None for each in found)]
    for place, (name, line) in enumerate(zip(names, lines, strict=True)):
        if families[place] and families[place] != families[place - 1]:
            yield f"  {families[place]}"
        if len(name) > named:
            yield f"  {name}"
        yield f"  {name if len(name) <= named else '':<{named}}  {line}"


def _widest(rows: Sequence[Sequence[str]], index: int) -> int:
    return max(len(row[index]) for row in rows)


def _group_name(each: PooledComparison) -> str:
    """ "shots 4", "io"; of a variant its name alone, since its family stands above."""
    if each.level == "variant":
        return f"  {each.group['variant']}" if "task" in each.group else each.group["variant"]
    places = ("task", "variant", "model", "setting")
    return ", ".join(value if key in places else f"{key} {value}" for key, value in each.group.items())


def _row(each: PooledComparison) -> list[str]:
    value, low, high = _points(each.effect.value, each.effect.low, each.effect.high)
    difference = f"{value} [{low:>6}, {high:>6}]"
    detects = "–" if each.detectable is None else f"{100 * each.detectable:.1f}"
    clusters = f"{each.clusters:,}{FEWER * each.fewer}"
    return [*_percents(each), difference, detects, clusters, p_value(each.p_holm), _NAMES[each.better]]


def _percents(each: PooledComparison) -> list[str]:
    """The accuracies of both sides."""
    return [f"{100 * accuracy.value:.1f}" if accuracy else "–" for accuracy in each.accuracies]


def _notes(
    whole: PooledComparison, shown: Sequence[str], levels: Mapping[str, Sequence[PooledComparison]]
) -> Iterator[str]:
    """In what A and B differ beside what was asked for, what is in no number, and what the columns mean."""
    pairs = whole.pairs
    yield from _differing(pairs)
    if unanswered := sum(each.unanswered for each in pairs):
        yield f"{unanswered} quer{'ies are' if unanswered > 1 else 'y is'} unanswered by A or B and in no number."
    if shown:
        counts = ", ".join(f"{len(levels[level])} by {_TITLES.get(level, level)}" for level in shown)
        yield (
            f"Percent of queries; differences in points. p: Holm's correction over the lines of one level ({counts}); "
            "the last column names the better side where p ≤ 0.05. n: clusters. finds: the smallest difference that "
            "the test would tell with a power of 80\u00a0%."
        )
    yield (
        "Clusters count as independent: episodes, programs that several episodes share, and single queries where these "
        f"share nothing. Test: every pattern of swapped sides of whole clusters ({FLIPS:,} random ones where scores "
        "have no common step). Intervals of several variants take the variance within each variant."
    )
    if whole.fewer:
        yield FEWER_LEGEND
    if len(pairs) > 1 and PAIR not in shown:
        yield f"details=true shows each of the {len(pairs)} pairs alone, and episodes in which they differ."


def _differing(pairs: Sequence[Comparison]) -> Iterator[str]:
    differing: dict[str, list[str]] = {}
    for name, each in zip(titles(pairs), pairs, strict=True):
        words = "; ".join(f"{key} {a} against {b}" for key, (a, b) in each.differing.items())
        differing.setdefault(words, []).append(name)
    for words, where in differing.items():
        yield f"They differ in {words or 'nothing that is on record'}{_place(where) if len(differing) > 1 else ''}."


def _place(names: Sequence[str]) -> str:
    if len(names) > _MOST_NAMED:
        return f" ({len(names)} pairs)"
    named = [name for name in names if name]
    return f" ({'; '.join(named)})" if named else ""


def _parting(pairs: Sequence[Comparison]) -> Iterator[list[str]]:
    """The episodes of the clearest pairs in which the sides differ."""
    names = titles(pairs)
    clearest = sorted(range(len(pairs)), key=lambda i: (pairs[i].effect.p_episode, i))[:_MOST_LISTS]
    for index in sorted(clearest):
        episodes, graded = pairs[index].episodes, pairs[index].effect.graded
        if episodes.empty:
            continue
        shown = episodes.head(_MOST_EPISODES)
        rows = [["seed", "episode", "A", "B", "of"]]
        rows += [[f"{x:.6g}" for x in row] for row in shown.itertuples(index=False)]
        kind = "sums of scores" if graded else "queries right"
        title = f"Episodes where they part{_place([names[index]])}: {kind}, the furthest apart first"
        more = len(episodes) - len(shown)
        yield [title, *columns(rows), *([f"  and {more} more"] if more else [])]
