"""A plan as text: episodes by effect and queries per episode, with calls and dollars."""

from collections.abc import Iterator, Sequence

from solverlearner.analysis.pilot import PilotEffect, Size, Wanted, sizes
from solverlearner.analysis.sample_size import QUERIES
from solverlearner.reporting.aligned import columns, sentences

_ABOUT = (
    "n–m: n episodes by the pilot's variance as it is; m are enough with a chance of 80 % although that variance is an "
    "estimate.",
    "SD: of a query's difference. alike: its correlation within an episode (cluster correlation), 0 to 1; the higher "
    "it is, the less further queries of an episode tell. pilot tells: the smallest effect that the pilot could have "
    "told, – with too few episodes for the test.",
)
_ONE_PROGRAM = (
    "one program: all episodes of the pilot show the same program, so more episodes tell no more. With temperature=0.7 "
    "each episode has a program of its own."
)
_ONE_EPISODE = "one episode: it takes two or more to tell how far episodes differ; 20 make a good pilot."
_FLOORED = (
    "*: the pilot shows less variance than any effect of this size has; the least variance of such an effect is taken."
)


def power_text(title: str, effects: Sequence[PilotEffect], wanted: Wanted) -> str:
    """The plan, one line an effect; below it the run that tells all of them."""
    points = f"{100 * wanted.effect:g} points"
    goal = f"To tell an effect of {points} from none with a power of {100 * wanted.power:g}\u00a0%"
    test = f"(two-sided test at {100 * wanted.alpha:g}\u00a0%, paired by episode):"
    planned = [*sizes(effects, wanted)]
    head = ["episodes at … queries per episode", "pilot tells", "SD", "alike", *map(str, QUERIES)]
    rows: list[Sequence[str]] = [head, *(_row(each, wanted) for each in effects), *_whole(planned, len(effects))]
    notes = [*_ABOUT]
    notes += [_FLOORED] if any(_floored(each, wanted) for each in effects) else []
    alone = [each.shared for each in effects if each.found is None]
    notes += [_ONE_PROGRAM] * any(alone) + [_ONE_EPISODE] * (not all(alone))
    return "\n".join([title, f"{goal} {test}", "", *columns(rows), "", *sentences(notes, 100)])


def _row(each: PilotEffect, wanted: Wanted) -> list[str]:
    told = each.told(wanted)
    least = "–" if told is None else f"{100 * told:.1f} points"
    if each.found is None:
        why = "one program" if each.shared else "one episode"
        return [each.title, "–", "–", "–", why, *[""] * (len(QUERIES) - 1)]
    mark = "*" * _floored(each, wanted)
    counts = [_range(both) for n in QUERIES if (both := each.episodes_for(n, wanted))]
    return [each.title + mark, least, f"{each.found.deviation:.2f}", f"{each.found.correlation:.2f}", *counts]


def _floored(each: PilotEffect, wanted: Wanted) -> bool:
    return each.found is not None and each.found.at_least(wanted.effect).floored


def _whole(planned: Sequence[Size], effects: int) -> Iterator[list[str]]:
    if not planned:
        return
    if effects > 1:
        yield ["all of these", "", "", "", *(_range(each.episodes) for each in planned)]
    yield ["calls", "", "", "", *(_range(each.calls) for each in planned)]
    if planned[0].usd:
        yield ["US dollars", "", "", "", *(f"{each.usd[0]:,.2f}–{each.usd[1]:,.2f}" for each in planned if each.usd)]


def _range(both: tuple[int, int]) -> str:
    return f"{both[0]:,}–{both[1]:,}" if both[0] != both[1] else f"{both[0]:,}"
