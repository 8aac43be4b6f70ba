"""First look: what a run measured and what came out, in a few lines, with no more digits than its numbers have."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from solverlearner.analysis.clusters import FEWER, FEWER_LEGEND
from solverlearner.analysis.intervals import Estimate
from solverlearner.analysis.rules_found import line_of_kinds
from solverlearner.analysis.summary import Summary
from solverlearner.design.setting import CHECK, SETTINGS
from solverlearner.reporting.aligned import sentences
from solverlearner.reporting.terminal import square

_DIGIT_FROM = 1_000
"""From so many queries on, percentages have a decimal."""

_WIDTH = 100


class Measured(NamedTuple):
    """The accuracy of one setting and the number of queries that it is of; None without an answered query.

    `fewer`: the model wrote fewer programs than there are episodes.
    """

    estimate: Estimate | None
    queries: int
    fewer: bool = False


def measured(summary: Summary) -> dict[str, Measured]:
    """The accuracies of a summary by setting, the comprehension checks among them."""
    found = {
        name: Measured(summary.estimate(name), each.answered, summary.fewer(name))
        for name, each in summary.settings.items()
    }
    return found | ({CHECK.name: Measured(summary.check, summary.checks.answered)} if summary.checks.queries else {})


def first_look(
    summary: Summary,
    *,
    variant: str,
    model: str,
    shots: int,
    default_world: str | None,
    options: Mapping[str, Any] | None = None,
) -> str:
    """A sentence that says what was measured, one or two that say what came out, then the square.

    `options` are those of the run and decide what is advised on replies that were cut; None: there is no advice.
    """
    found = measured(summary)
    what = f"does {model} find the hidden rule of {variant} from {shots} examples, and can it carry out a rule?"
    lines = [f"Measured: {what}", *_outcome(found, summary.graded), *_recited(summary, default_world)]
    cut = [] if options is None else sentences(summary.cut_lines(model, options), 80)
    below = [*_legend(found), *_programs(summary), *cut, *_unanswered(summary)]
    return "\n".join([*sentences(lines), "", *small_square(found, summary.graded), *sentences(below)])


def small_square(found: Mapping[str, Measured], graded: bool = False, *, legend: bool = True) -> list[str]:
    """The square in percent: each accuracy with its 95 % interval and its number of queries.

    `legend`: below it what its mark means, unless another square above has said so.
    """
    texts = {name: _cell(each) for name, each in found.items()}
    title = "Mean scores" if graded else "Right answers"
    below = sentences([FEWER_LEGEND], _WIDTH) if legend and any(each.fewer for each in found.values()) else []
    return [f"{title} in percent [95 % interval] of n queries", *square(texts), *below]


def _legend(found: Mapping[str, Measured]) -> Iterator[str]:
    """What a reader who is new here takes for something else: the examples of `io_mf`, and the width of intervals."""
    told = [each for name in found if (each := SETTINGS.get(name)) and each.rule_given and not each.writes_program]
    alone = next((each.name for each in told if not each.shots_shown), None)
    shown = next((each.name for each in told if each.shots_shown), None)
    if alone and shown:
        yield f"{alone} tells the rule alone; {shown} tells the rule and shows the examples too."
    if any(name in SETTINGS and not SETTINGS[name].independent for name in found):
        yield "Queries of one episode share their examples, so intervals count episodes: few make them wide."


def percent(value: float, queries: int) -> str:
    """A share in percent, without decimals below 1,000 queries.

    >>> percent(0.2222, 50)
    '22'
    """
    return f"{100 * value:.{int(queries >= _DIGIT_FROM)}f}"


def _cell(each: Measured) -> str:
    if each.estimate is None:
        return "–"
    found = each.estimate
    value, low, high = (percent(part, each.queries) for part in (found.value, found.low, found.high))
    return f"{value:>3} % [{low}, {high}] of {each.queries}{FEWER * each.fewer}"


def _outcome(found: Mapping[str, Measured], graded: bool) -> Iterator[str]:
    for given, told in ((True, "Told the rule"), (False, "Shown examples instead")):
        ways = ((False, "when it answers itself"), (True, "when a program of its own does"))
        texts = ((_share(found.get(_corner(given, program))), way) for program, way in ways)
        parts = [f"{text} % {way}" for text, way in texts if text]
        if parts:
            yield f"{told}, it {'scores' if graded else 'is right on'} {' and '.join(parts)}."


def _corner(rule_given: bool, program: bool) -> str:
    """The setting of the plain square whose prompt has the rule or else the examples, and asks for a program or not."""
    return next(
        name
        for name, each in SETTINGS.items()
        if (each.rule_given, each.shots_shown, each.writes_program) == (rule_given, not rule_given, program)
    )


def _share(each: Measured | None) -> str:
    return percent(each.estimate.value, each.queries) if each and each.estimate else ""


def _recited(summary: Summary, default_world: str | None) -> Iterator[str]:
    """How many wrong values of programs induced from examples follow habit."""
    counts = summary.settings.get(_corner(rule_given=False, program=True))
    if counts and default_world and counts.recited:
        habit = f"follow habit ({default_world}), whatever the examples say"
        yield f"Of the {counts.wrong} wrong values of programs from examples, {counts.recited} {habit}."


def _programs(summary: Summary) -> Iterator[str]:
    """What the programs do, in settings where some of them are wrong."""
    for name, found in summary.programs.items():
        if found.keys() - {"hidden"}:
            yield f"Programs of {name} by the rule that they carry out: {line_of_kinds(found)}."


def _unanswered(summary: Summary) -> Iterator[str]:
    open_queries = sum(counts.unanswered for counts in (*summary.settings.values(), summary.checks))
    if open_queries:
        yield f"{open_queries} queries are unanswered, so accuracies leave them out: this run is not complete."
